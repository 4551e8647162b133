"""Claim 5: magnitude pruning beats random pruning at every sparsity above 0."""

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.config.methods import PRUNE_PRETRAIN, RANDOM

from .comparisons import AVERAGE, Against, compared, pretraining_losses, tasks_of
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Finding, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """5a: dev accuracy, averaged over tasks. 5b: dev accuracy on each task. 5c: pre-training dev loss.

    5c has no interval, because each loss comes from a single pre-training.
    """

    def gains(tasks: list[str]) -> list[Finding]:
        findings = compared(evidence, "dev_accuracy", RANDOM, Against.PRUNE_PRETRAIN, tasks=tasks)
        return [finding.negated() for finding in findings]

    magnitude, random = (pretraining_losses(evidence, arm) for arm in (PRUNE_PRETRAIN, RANDOM))
    rises = [
        Finding(random[sparsity_percent] - magnitude[sparsity_percent], exact=True, at=f"at {sparsity_percent} %")
        for sparsity_percent in random.index.intersection(magnitude.index)
        if sparsity_percent > 0
    ]
    quantity = "points of dev accuracy, magnitude minus random pruning"
    return [
        every(
            "5a",
            "Magnitude pruning beats random pruning at every sparsity, on average over tasks",
            f"{quantity}, average over tasks",
            gains([AVERAGE]),
            Claimed(Side.ABOVE, 0.0),
        ),
        every(
            "5b",
            "Magnitude pruning beats random pruning at every sparsity, on every task",
            quantity,
            gains(tasks_of(evidence)),
            Claimed(Side.ABOVE, 0.0),
        ),
        every(
            "5c",
            "Magnitude pruning has the lower pre-training loss at every sparsity",
            "nats of pre-training loss, random minus magnitude pruning",
            rises,
            Claimed(Side.ABOVE, 0.0),
        ),
    ]
