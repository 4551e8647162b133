"""Claim 6: pruning after fine-tuning is no better than pruning before it, and prunes nearly the same weights."""

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.config.methods import PRUNE_DOWNSTREAM

from ..tables.words import points
from ..weights.mask_overlap import ALL
from .comparisons import Against, compared
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Finding, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """6a: dev accuracy, averaged over tasks. 6b: masks of all matrices together; differences are counts, and so exact."""
    tolerance = settings.tolerance.accuracy
    return [
        every(
            "6a",
            f"Pruning downstream gains less than {points(tolerance)} on pruning in pre-training at every sparsity",
            "points of dev accuracy, pruning downstream minus pruning in pre-training, average over tasks",
            compared(evidence, "dev_accuracy", PRUNE_DOWNSTREAM, Against.PRUNE_PRETRAIN),
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


def _mask_differences(evidence: Evidence) -> list[Finding]:
    table = evidence.mask_differences
    if table is None:
        return []
    table = table[(table["comparison"] == "pretraining") & (table["name"] == ALL) & (table["sparsity"] > 0)]
    return [
        Finding(
            row.difference,
            exact=True,
            at=f"{row.task} at {row.sparsity:g} %, learning rate {row.learning_rate:g}, seed {row.seed:g}",
        )
        for row in table.itertuples()
    ]
