"""The arms of a study: the weights that fine-tuning starts from, how long it takes, and what happens to the mask."""

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
    """A group of rows of Table 1: the checkpoint that is fine-tuned, and what happens to its mask."""

    method: MethodName
    """`prune_pretrain`: the mask stays. `information_deletion`: the mask is dropped, and pruned weights may grow back.
    `prune_downstream`: fine-tune, prune in one shot, fine-tune further. `from_scratch`: random weights (a control)."""
    criterion: str = "magnitude"
    """One of `pretraining.criteria`. For a method that prunes in one shot, it may also be the name of a file in
    pruning/criteria."""
    epochs: PositiveCount | Annotated[dict[str, PositiveCount], Field(min_length=1)]
    """Epochs of fine-tuning: one number, or a number for each range of sparsities, such as {0-60: 13, 70-90: 15}."""

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
        """Epochs of fine-tuning at a sparsity. Raises ValueError if the arm gives no number for this sparsity."""
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
        """What fine-tuning above 0 % does with a mask."""
        return self._does.mask

    @property
    def sparsities(self) -> Sparsities:
        """At which of the study's sparsities the arm runs."""
        return self._does.sparsities

    @property
    def is_unpruned_model_at_zero(self) -> bool:
        """Whether a run at 0 %, with as many epochs, would repeat the unpruned model's."""
        return self._does.is_unpruned_model_at_zero
