"""Claim 1: pruning 30-40 % of the weights costs no dev accuracy and leaves the pre-training loss as it is."""

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.config.methods import PRUNE_PRETRAIN

from ..tables.words import points
from .comparisons import AVERAGE, Against, compared, pretraining_losses, tasks_of
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Finding, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """1a: dev accuracy, averaged over tasks. 1b: dev accuracy on each task. 1c: pre-training dev loss.

    1c has no interval, because each loss comes from a single pre-training.
    """
    low, high = settings.harmless
    tolerance = settings.tolerance
    accuracy = Claimed(Side.BELOW, tolerance.accuracy)

    def is_harmless(sparsity_percent: int) -> bool:
        return max(low, 1) <= sparsity_percent <= high

    def losses(tasks: list[str]) -> list[Finding]:
        findings = compared(evidence, "dev_accuracy", PRUNE_PRETRAIN, Against.UNPRUNED_MODEL, is_harmless, tasks=tasks)
        return [finding.negated() for finding in findings]

    by_sparsity = pretraining_losses(evidence, PRUNE_PRETRAIN)
    rises = [
        Finding(loss - by_sparsity.get(0), exact=True, at=f"at {sparsity_percent} %")
        for sparsity_percent, loss in by_sparsity.items()
        if is_harmless(sparsity_percent)
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
