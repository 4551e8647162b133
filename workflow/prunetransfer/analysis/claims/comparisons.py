"""Arms compared with one another, from differences.csv: a cell per sparsity, or per sparsity and task."""

import math
from collections.abc import Callable, Sequence
from enum import Enum

import pandas as pd

from prunetransfer.jobs.grid import UNPRUNED

from ..differences import AVERAGE
from .evidence import Evidence
from .verdict import Estimate


class Against(Enum):
    """What an arm is compared with."""

    UNPRUNED_MODEL = "the unpruned model"
    ITS_OWN_UNPRUNED = "its own runs at 0 %"
    PRUNE_PRETRAIN = "prune_pretrain at the same sparsity"

    def reference(self, arm: str, sparsity: int) -> tuple[str, int]:
        match self:
            case Against.UNPRUNED_MODEL:
                return UNPRUNED, 0
            case Against.ITS_OWN_UNPRUNED:
                return arm, 0
            case Against.PRUNE_PRETRAIN:
                return UNPRUNED, sparsity


def above_zero(sparsity: int) -> bool:
    return sparsity > 0


def compared(
    evidence: Evidence,
    quantity: str,
    arm: str,
    against: Against,
    sparsities: Callable[[int], bool] = above_zero,
    *,
    tasks: Sequence[str] = (AVERAGE,),
) -> list[Estimate]:
    """The arm minus what it is compared with, at each of its `sparsities` that the study has: points or nats.

    The average over tasks, or each of `tasks`. A comparison that the study should have and doesn't is a cell
    without value; none is expected with prune_pretrain at a sparsity that this arm hasn't. An arm without runs of its own
    at 0 % shares the unpruned model's, which has as many epochs there.
    """
    found = evidence.comparisons
    own = sparsities_of(evidence, arm)
    of_references = {arm: own, UNPRUNED: sparsities_of(evidence, UNPRUNED)}
    if against is Against.ITS_OWN_UNPRUNED and not any(key[-2:] == (arm, 0) for key in found):
        against = Against.UNPRUNED_MODEL
    cells = []
    for sparsity in filter(sparsities, own):
        reference = against.reference(arm, sparsity)
        if reference[1] in of_references[reference[0]]:
            for task in tasks:
                estimate = found.get((quantity, task, arm, sparsity, *reference), Estimate(math.nan))
                at = f"at {sparsity} %" if task == AVERAGE else f"{task} at {sparsity} %"
                cells.append(estimate._replace(at=at))
    return cells


def pretraining_losses(evidence: Evidence, arm: str) -> pd.Series:
    """Pre-training dev loss in nats by sparsity of an arm's checkpoints; NaN where it is missing."""
    rows = evidence.table1[evidence.table1["arm"] == arm]
    return rows.groupby("sparsity")["pretrain_loss"].first().astype(float)


def sparsities_of(evidence: Evidence, arm: str) -> list[int]:
    """In percent, ascending; [] for an arm that the study doesn't have."""
    rows = evidence.table1[evidence.table1["arm"] == arm]
    return sorted({int(sparsity) for sparsity in rows["sparsity"]})


def tasks_of(evidence: Evidence) -> list[str]:
    return list(dict.fromkeys(evidence.table1["task"]))
