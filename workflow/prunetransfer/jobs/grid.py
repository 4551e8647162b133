"""What runs a study has: all that the stages which collect results need to know of its configuration."""

from collections.abc import Iterator
from typing import NamedTuple

from prunetransfer.config.base import Name, Settings
from prunetransfer.storage.paths import DENSE, format_learning_rate

UNPRUNED = "prune_pretrain"
"""The arm under which the unpruned model's fine-tunings are filed, at 0 %."""


class Run(NamedTuple):
    """One fine-tuning."""

    arm: str
    sparsity: int
    task: str
    learning_rate: float
    seed: int

    def fields(self) -> dict[str, str | int]:
        """The run as the templates of `paths` spell it."""
        return {**self._asdict(), "learning_rate": format_learning_rate(self.learning_rate)}


class GridSettings(Settings):
    study: Name
    arms: dict[str, list[int]]
    """The sparsities in percent that each arm is trained at. One that leaves out 0 shares the unpruned model's runs."""
    criteria: dict[str, str | None]
    """The criterion whose pruned checkpoints an arm is fine-tuned from; None where it is fine-tuned from none of them."""
    tasks: list[str]
    learning_rates: list[float]
    seeds: list[int]
    allow_missing: bool = False
    """Go on without the runs and checkpoints that aren't there, and name them."""

    def runs(self) -> Iterator[Run]:
        """Every fine-tuning of the study once, by arm, sparsity, task, learning rate and seed as they are listed."""
        for arm, sparsities in self.arms.items():
            for sparsity in sparsities:
                for task in self.tasks:
                    for learning_rate in self.learning_rates:
                        for seed in self.seeds:
                            yield Run(arm, sparsity, task, learning_rate, seed)

    def checkpoints(self) -> Iterator[tuple[str, int]]:
        """(criterion, sparsity) of every pre-trained checkpoint, the unpruned one first."""
        yield DENSE, 0
        yield from dict.fromkeys(
            (criterion, sparsity)
            for arm, criterion in self.criteria.items()
            if criterion is not None
            for sparsity in self.arms[arm]
            if sparsity
        )

    def rows(self) -> Iterator[tuple[str, int, str]]:
        """(arm, sparsity, filed under) of the rows of Table 1: sparsities ascend, shared ones are among them."""
        for arm, sparsities in self.arms.items():
            if 0 not in sparsities:
                yield arm, 0, UNPRUNED
            for sparsity in sorted(sparsities):
                yield arm, sparsity, arm

    def checkpoint_of(self, arm: str, sparsity: int) -> tuple[str, int] | None:
        """(criterion, sparsity) of the checkpoint that an arm is fine-tuned from; None as in `criteria`."""
        criterion = self.criteria[arm]
        if criterion is None:
            return None
        return (criterion, sparsity) if sparsity else (DENSE, 0)
