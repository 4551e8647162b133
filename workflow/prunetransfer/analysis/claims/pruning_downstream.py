"""Claim 6: pruning after fine-tuning is no better than pruning before it, and prunes much the same weights."""

from prunetransfer.config.claims import ClaimsSettings

from ..tables.words import points
from .comparisons import Against, compared
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Estimate, Side

ARM = "prune_downstream"


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """6a: dev accuracy on average over tasks; 6b: masks, all matrices together, counted and so exact."""
    tolerance = settings.tolerance.accuracy
    return [
        every(
            "6a",
            f"Pruning downstream gains less than {points(tolerance)} on pruning in pre-training at every sparsity",
            "points of dev accuracy, pruning downstream minus pruning in pre-training, average over tasks",
            compared(evidence, "dev_accuracy", ARM, Against.PRUNE_PRETRAIN),
            Claimed(Side.BELOW, tolerance),
        ),
        every(
            "6b",
            f"Their masks differ in less than {settings.mask_difference:g} % of the entries",
            "percent of the entries in which the two masks differ",
            _mask_differences(evidence),
            Claimed(Side.BELOW, settings.mask_difference),
        ),
    ]


def _mask_differences(evidence: Evidence) -> list[Estimate]:
    table = evidence.mask_differences
    if table is None:
        return []
    table = table[(table["comparison"] == "pretraining") & (table["name"] == "all") & (table["sparsity"] > 0)]
    return [
        Estimate(
            row.difference,
            exact=True,
            at=f"{row.task} at {row.sparsity:g} %, learning rate {row.learning_rate:g}, seed {row.seed:g}",
        )
        for row in table.itertuples()
    ]
