"""The fine-tunings and checkpoints of a study. Jobs that collect results need nothing else of its configuration."""

from collections.abc import Iterator
from typing import NamedTuple

from prunetransfer.config.base import Settings
from prunetransfer.config.methods import UNPRUNED
from prunetransfer.storage.paths import DENSE, format_learning_rate


class Run(NamedTuple):
    """One fine-tuning."""

    arm: str
    sparsity_percent: int
    task: str
    learning_rate: float
    seed: int

    def wildcards(self) -> dict[str, str]:
        """The run as the templates of `storage.paths` spell it."""
        return {
            "arm": self.arm,
            "sparsity": str(self.sparsity_percent),
            "task": self.task,
            "learning_rate": format_learning_rate(self.learning_rate),
            "seed": str(self.seed),
        }

    def columns(self) -> dict[str, str | int | float]:
        """The run as runs.csv and metrics.json name it."""
        return {
            "arm": self.arm,
            "sparsity": self.sparsity_percent,
            "task": self.task,
            "learning_rate": self.learning_rate,
            "seed": self.seed,
        }

    @property
    def is_of_unpruned_model(self) -> bool:
        return (self.arm, self.sparsity_percent) == UNPRUNED


class Checkpoint(NamedTuple):
    """One pre-trained checkpoint."""

    criterion: str
    """The criterion by which weights are pruned; `dense` at 0 %."""
    sparsity_percent: int

    def wildcards(self) -> dict[str, str]:
        """The checkpoint as the templates of `storage.paths` spell it."""
        return {"criterion": self.criterion, "sparsity": str(self.sparsity_percent)}


UNPRUNED_CHECKPOINT = Checkpoint(DENSE, 0)
"""The checkpoint at 0 %, which all criteria share."""


class GridSettings(Settings):
    arms: dict[str, list[int]]
    """The sparsities in percent that each arm is trained at. An arm without 0 shares the unpruned model's runs there."""
    criteria: dict[str, str | None]
    """By arm, the criterion whose checkpoints it is fine-tuned from: `dense` if it starts from the unpruned one at every
    sparsity, None if it starts from no pre-trained checkpoint."""
    tasks: list[str]
    learning_rates: list[float]
    seeds: list[int]
    allow_missing: bool = False
    """Whether jobs go on without missing runs and checkpoints, and name them."""

    def runs(self) -> Iterator[Run]:
        """Every fine-tuning of the study once: loops over arms, sparsities, tasks, learning rates and seeds, in this order."""
        for arm, sparsity_percents in self.arms.items():
            for sparsity_percent in sparsity_percents:
                for task in self.tasks:
                    for learning_rate in self.learning_rates:
                        for seed in self.seeds:
                            yield Run(arm, sparsity_percent, task, learning_rate, seed)

    def checkpoints(self) -> Iterator[Checkpoint]:
        """Every pre-trained checkpoint once, the unpruned one first."""
        yield UNPRUNED_CHECKPOINT
        yield from dict.fromkeys(
            Checkpoint(criterion, sparsity_percent)
            for arm, criterion in self.criteria.items()
            if criterion not in (None, DENSE)
            for sparsity_percent in self.arms[arm]
            if sparsity_percent
        )

    def rows(self) -> Iterator[tuple[str, int, str]]:
        """The rows of Table 1, by arm and then by ascending sparsity: (arm, sparsity in percent, arm whose runs are shown).

        The last entry is the arm itself, except at 0 % if the arm shares the unpruned model's runs.
        """
        for arm, sparsity_percents in self.arms.items():
            if 0 not in sparsity_percents:
                yield arm, 0, UNPRUNED.arm
            for sparsity_percent in sorted(sparsity_percents):
                yield arm, sparsity_percent, arm

    def checkpoint_of(self, arm: str, sparsity_percent: int) -> Checkpoint | None:
        """The checkpoint that an arm is fine-tuned from at a sparsity; None if it starts from no pruned checkpoint."""
        criterion = self.criteria[arm]
        if criterion is None:
            return None
        if criterion == DENSE or not sparsity_percent:
            return UNPRUNED_CHECKPOINT
        return Checkpoint(criterion, sparsity_percent)
