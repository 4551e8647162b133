"""Claim 5: magnitude beats random pruning at every sparsity above 0."""

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.jobs.grid import UNPRUNED

from .comparisons import AVERAGE, Against, compared, pretraining_losses, tasks_of
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Estimate, Side

ARM = "random"


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """5a: dev accuracy on average over tasks; 5b: on each task; 5c: pre-training dev loss, without interval as in 1c."""

    def gains(tasks: list[str]) -> list[Estimate]:
        cells = compared(evidence, "dev_accuracy", ARM, Against.PRUNE_PRETRAIN, tasks=tasks)
        return [cell.negated() for cell in cells]

    magnitude, random = (pretraining_losses(evidence, arm) for arm in (UNPRUNED, ARM))
    rises = [
        Estimate(random[sparsity] - magnitude[sparsity], exact=True, at=f"at {sparsity} %")
        for sparsity in random.index.intersection(magnitude.index)
        if sparsity > 0
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
