"""The base class of all sections of a configuration, and types with their allowed ranges."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Settings(BaseModel):
    """A frozen group of settings that refuses unknown keys. Attribute docstrings become the descriptions in the schema."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _without_duplicates(values: list) -> list:
    repeated = sorted({value for value in values if values.count(value) > 1}, key=str)
    if repeated:
        raise ValueError(f"must not repeat a value, found {', '.join(map(str, repeated))} more than once")
    return values


Unique = AfterValidator(_without_duplicates)


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"must be a number, found {value}")
    return value


# `strict` refuses YAML's `true` and `"3"`, which pydantic would otherwise convert to numbers.
Count = Annotated[int, Field(strict=True, ge=0)]
PositiveCount = Annotated[int, Field(strict=True, ge=1)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**31)]
SparsityPercent = Annotated[int, Field(strict=True, ge=0, le=99)]
# Not strict, because YAML 1.1 reads 1e-3 as text.
Number = Annotated[float, BeforeValidator(_no_boolean), Field(allow_inf_nan=False)]
Share = Annotated[Number, Field(ge=0, le=1)]
PositiveFloat = Annotated[Number, Field(gt=0)]
# A name that becomes part of a path. It has no separators and no leading dot, so that no path can leave results/.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=80)]
