"""Fine-tuning: the arms of the study, their epochs, and what all runs share."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, field_validator

from .base import PositiveCount, PositiveFloat, Seed, Settings, Share, Unique
from .optimization import OptimizerSettings

Method = Literal["prune_pretrain", "information_deletion", "prune_downstream", "from_scratch"]

_RANGE = re.compile(r"^(\d{1,2})(?:-(\d{1,2}))?$")


def sparsity_range(key: str | int) -> range:
    """The whole percents that `70-90` or `80` speaks of. Raises ValueError for anything else."""
    match = _RANGE.match(str(key))
    if not match or int(match[1]) > int(match[2] or match[1]):
        raise ValueError(f"must be sparsities in percent such as 80 or 70-90, found {key!r}")
    return range(int(match[1]), int(match[2] or match[1]) + 1)


class Arm(Settings):
    """A row group of Table 1: which checkpoint is fine-tuned, and what becomes of its mask."""

    method: Method
    """`prune_pretrain`: the mask stays. `information_deletion`: it is dropped, weights may grow back.
    `prune_downstream`: fine-tune, prune in one shot, fine-tune on. `from_scratch`: fresh weights (a control)."""
    criterion: str = "magnitude"
    epochs: PositiveCount | Annotated[dict[str, PositiveCount], Field(min_length=1)]
    """A number, or numbers by sparsity: {0-60: 13, 70-90: 15}."""

    @field_validator("epochs", mode="wrap")
    @classmethod
    def _one_number_for_each_sparsity(cls, epochs: Any, validate: ValidatorFunctionWrapHandler) -> int | dict[str, int]:
        if isinstance(epochs, dict):
            seen: dict[int, str | int] = {}
            for key in epochs:
                for sparsity in sparsity_range(key):
                    if sparsity in seen:
                        raise ValueError(f"gives {sparsity} % twice: in {seen[sparsity]!r} and in {key!r}")
                    seen[sparsity] = key
            epochs = {str(key): value for key, value in epochs.items()}
        try:
            return validate(epochs)
        except ValidationError:
            allowed = "a whole number of at least 1, or one for each range of sparsities, such as {0-60: 13, 70-90: 15}"
            raise ValueError(f"found {epochs!r}; allowed: {allowed}") from None

    def epochs_at(self, sparsity: int) -> int:
        """Epochs at a sparsity in whole percents. Raises ValueError where none are given."""
        if isinstance(self.epochs, int):
            return self.epochs
        for key, epochs in self.epochs.items():
            if sparsity in sparsity_range(key):
                return epochs
        raise ValueError(f"says nothing about {sparsity} %: it has {', '.join(self.epochs)}")


class FinetuningSettings(Settings):
    learning_rates: Annotated[list[PositiveFloat], Field(min_length=1), Unique]
    """Each is tried; the best on dev is reported, beside the mean and an unbiased figure."""
    seeds: Annotated[list[Seed], Field(min_length=1), Unique]
    """Each decides a run's classifier weights, order of examples and dropout."""
    max_length: Annotated[int, Field(strict=True, ge=8)] = 128
    """Longer examples are cut to so many tokens."""
    classifier_dropout: Share = 0.1
    optimizer: OptimizerSettings = OptimizerSettings()
