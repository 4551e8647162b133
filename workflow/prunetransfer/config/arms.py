"""The arms of a study: which weights are fine-tuned, for how long, and what becomes of the mask."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, field_validator

from .base import PositiveCount, Settings
from .methods import METHODS, Mask, Method, Sparsities, Start

MethodName = Literal[*METHODS]

_RANGE = re.compile(r"^(\d{1,2})(?:-(\d{1,2}))?$")


def sparsity_percent_range(key: str | int) -> range:
    """The whole percents that `70-90` or `80` stands for. Raises ValueError for anything else."""
    match = _RANGE.match(str(key))
    if not match or int(match[1]) > int(match[2] or match[1]):
        raise ValueError(f"must be sparsities in percent such as 80 or 70-90, found {key!r}")
    return range(int(match[1]), int(match[2] or match[1]) + 1)


class Arm(Settings):
    """A row group of Table 1: which checkpoint is fine-tuned, and what becomes of its mask."""

    method: MethodName
    """`prune_pretrain`: the mask stays. `information_deletion`: the mask is dropped, and pruned weights may grow back.
    `prune_downstream`: fine-tune, prune in one shot, fine-tune on. `from_scratch`: random weights (a control)."""
    criterion: str = "magnitude"
    """One of `pretraining.criteria`. A method that prunes in one shot also takes a file of pruning/criteria by its name."""
    epochs: PositiveCount | Annotated[dict[str, PositiveCount], Field(min_length=1)]
    """A number, or numbers by sparsity: {0-60: 13, 70-90: 15}."""

    @field_validator("epochs", mode="wrap")
    @classmethod
    def _one_number_for_each_sparsity(cls, epochs: Any, validate: ValidatorFunctionWrapHandler) -> int | dict[str, int]:
        if isinstance(epochs, dict):
            seen: dict[int, str | int] = {}
            for key in epochs:
                for sparsity_percent in sparsity_percent_range(key):
                    if sparsity_percent in seen:
                        raise ValueError(
                            f"gives {sparsity_percent} % twice: in {seen[sparsity_percent]!r} and in {key!r}"
                        )
                    seen[sparsity_percent] = key
            epochs = {str(key): value for key, value in epochs.items()}
        try:
            return validate(epochs)
        except ValidationError:
            allowed = "a whole number of at least 1, or one for each range of sparsities, such as {0-60: 13, 70-90: 15}"
            raise ValueError(f"found {epochs!r}; allowed: {allowed}") from None

    def epochs_at(self, sparsity_percent: int) -> int:
        """Epochs of fine-tuning at a sparsity. Raises ValueError where the arm gives none for it."""
        if isinstance(self.epochs, int):
            return self.epochs
        for key, epochs in self.epochs.items():
            if sparsity_percent in sparsity_percent_range(key):
                return epochs
        raise ValueError(f"says nothing about {sparsity_percent} %: it has {', '.join(self.epochs)}")

    @property
    def _does(self) -> Method:
        return METHODS[self.method]

    @property
    def starts_from(self) -> Start:
        """The weights that fine-tuning starts from."""
        return self._does.start

    @property
    def mask(self) -> Mask:
        """What fine-tuning does with a mask, above 0 %."""
        return self._does.mask

    @property
    def sparsities(self) -> Sparsities:
        """At which of the study's sparsities the arm runs."""
        return self._does.sparsities
