"""Compares arms with each other: findings from differences.csv, one per sparsity, or one per sparsity and task."""

import math
from collections.abc import Callable, Sequence
from enum import Enum

import pandas as pd

from prunetransfer.config.methods import PRUNE_PRETRAIN, UNPRUNED, Cell

from ..differences import AVERAGE
from .evidence import Evidence
from .verdict import Finding


class Against(Enum):
    """The reference with which an arm is compared."""

    UNPRUNED_MODEL = "the unpruned model"
    ITS_OWN_UNPRUNED = "its own runs at 0 %"
    PRUNE_PRETRAIN = "pruning in pre-training to the same sparsity"

    def reference(self, arm: str, sparsity_percent: int) -> Cell:
        match self:
            case Against.UNPRUNED_MODEL:
                return UNPRUNED
            case Against.ITS_OWN_UNPRUNED:
                return Cell(arm, 0)
            case Against.PRUNE_PRETRAIN:
                return Cell(PRUNE_PRETRAIN, sparsity_percent)


def above_zero(sparsity_percent: int) -> bool:
    return sparsity_percent > 0


def compared(
    evidence: Evidence,
    quantity: str,
    arm: str,
    against: Against,
    is_asked_for: Callable[[int], bool] = above_zero,
    *,
    tasks: Sequence[str] = (AVERAGE,),
) -> list[Finding]:
    """Differences between an arm and its reference, in points or nats: one finding per sparsity and task.

    is_asked_for: takes a sparsity in percent, and returns whether to compare at it.
    tasks: the tasks to compare on. By default this is only the average over tasks.

    A comparison that the study should have but lacks becomes a finding without value. No comparison is expected if the
    reference arm was not run at the sparsity. An arm that shares the unpruned model's runs at 0 % is compared with the
    unpruned model instead of with `ITS_OWN_UNPRUNED`.
    """
    found = evidence.comparisons
    own = sparsity_percents_of(evidence, arm)
    known = {arm: own, PRUNE_PRETRAIN: sparsity_percents_of(evidence, PRUNE_PRETRAIN)}
    if against is Against.ITS_OWN_UNPRUNED and not any(key[-2:] == (arm, 0) for key in found):
        against = Against.UNPRUNED_MODEL
    findings = []
    for sparsity_percent in filter(is_asked_for, own):
        reference = against.reference(arm, sparsity_percent)
        if reference.sparsity_percent in known[reference.arm]:
            for task in tasks:
                finding = found.get((quantity, task, arm, sparsity_percent, *reference), Finding(math.nan))
                at = f"at {sparsity_percent} %" if task == AVERAGE else f"{task} at {sparsity_percent} %"
                findings.append(finding._replace(at=at))
    return findings


def pretraining_losses(evidence: Evidence, arm: str) -> pd.Series:
    """Pre-training dev loss in nats of an arm's checkpoints, by sparsity in percent; NaN if it is missing."""
    rows = evidence.table1[evidence.table1["arm"] == arm]
    return rows.groupby("sparsity")["pretrain_loss"].first().astype(float)


def sparsity_percents_of(evidence: Evidence, arm: str) -> list[int]:
    """An arm's sparsities in percent, in ascending order; [] for an arm that the study doesn't have."""
    rows = evidence.table1[evidence.table1["arm"] == arm]
    return sorted({int(sparsity_percent) for sparsity_percent in rows["sparsity"]})


def tasks_of(evidence: Evidence) -> list[str]:
    """The study's tasks, in the study's order."""
    return list(dict.fromkeys(evidence.table1["task"]))
