"""Claim 4: pruning is no regularisation, because the unpruned model fits both the training data and the dev set best."""

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.config.methods import PRUNE_PRETRAIN

from ..tables.words import points
from .comparisons import AVERAGE, Against, compared, tasks_of
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """4a: dev accuracy, averaged over tasks. 4b: dev accuracy on each task. 4c: training loss, averaged over tasks."""
    tolerance = settings.tolerance
    accuracy = Claimed(Side.BELOW, tolerance.accuracy)
    return [
        every(
            "4a",
            f"No pruned model gains {points(tolerance.accuracy)} of dev accuracy on the unpruned one, "
            "on average over tasks",
            "points of dev accuracy gained, average over tasks",
            compared(evidence, "dev_accuracy", PRUNE_PRETRAIN, Against.UNPRUNED_MODEL, tasks=[AVERAGE]),
            accuracy,
        ),
        every(
            "4b",
            f"No pruned model gains {points(tolerance.accuracy)} on any task",
            "points of dev accuracy gained",
            compared(evidence, "dev_accuracy", PRUNE_PRETRAIN, Against.UNPRUNED_MODEL, tasks=tasks_of(evidence)),
            accuracy,
        ),
        every(
            "4c",
            f"No pruned model's training loss is {tolerance.loss:g} nats below the unpruned one's",
            "nats of training loss above the unpruned model's, average over tasks",
            compared(evidence, "train_loss", PRUNE_PRETRAIN, Against.UNPRUNED_MODEL),
            Claimed(Side.ABOVE, -tolerance.loss),
        ),
    ]
