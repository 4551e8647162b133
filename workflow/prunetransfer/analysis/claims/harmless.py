"""Claim 1: some 30-40 % of the weights can go with no loss of dev accuracy and no change of pre-training loss."""

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.jobs.grid import UNPRUNED

from ..tables.words import points
from .comparisons import AVERAGE, Against, compared, pretraining_losses, tasks_of
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Estimate, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """1a: the average over tasks; 1b: each task; 1c: pre-training dev loss, of one training and so without interval."""
    low, high = settings.harmless
    tolerance = settings.tolerance
    accuracy = Claimed(Side.BELOW, tolerance.accuracy)

    def losses(tasks: list[str]) -> list[Estimate]:
        cells = compared(
            evidence, "dev_accuracy", UNPRUNED, Against.UNPRUNED_MODEL, lambda s: max(low, 1) <= s <= high, tasks=tasks
        )
        return [cell.negated() for cell in cells]

    by_sparsity = pretraining_losses(evidence, UNPRUNED)
    rises = [
        Estimate(loss - by_sparsity.get(0), exact=True, at=f"at {sparsity} %")
        for sparsity, loss in by_sparsity.items()
        if max(low, 1) <= sparsity <= high
    ]
    where = f"Pruning {low}-{high} % of the weights"
    return [
        every(
            "1a",
            f"{where} costs less than {points(tolerance.accuracy)} of dev accuracy, on average over tasks",
            "points of dev accuracy lost, average over tasks",
            losses([AVERAGE]),
            accuracy,
        ),
        every(
            "1b",
            f"{where} costs less than {points(tolerance.accuracy)} on every task",
            "points of dev accuracy lost",
            losses(tasks_of(evidence)),
            accuracy,
        ),
        every(
            "1c",
            f"{where} raises the pre-training loss by less than {tolerance.loss:g} nats",
            "nats by which the pre-training loss rises",
            rises,
            Claimed(Side.BELOW, tolerance.loss),
        ),
    ]
