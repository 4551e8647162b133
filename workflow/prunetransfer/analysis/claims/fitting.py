"""Claim 2: information deletion fits the training data better than the unpruned model, and still loses dev accuracy."""

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.config.methods import INFORMATION_DELETION

from .comparisons import Against, compared
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """2a: training loss compared with the unpruned model. 2b: training loss compared with the same number of epochs at 0 %.
    2c: dev accuracy.

    2a is the paper's comparison, although the unpruned model is trained for fewer epochs.
    """
    tolerance, start = settings.tolerance, settings.not_recovered_from
    accuracy = compared(
        evidence,
        "dev_accuracy",
        INFORMATION_DELETION,
        Against.UNPRUNED_MODEL,
        lambda percent: percent >= max(start, 1),
    )
    quantity = "nats of training loss above {}, average over tasks"
    return [
        every(
            "2a",
            "Information deletion has a lower training loss than the unpruned model at every sparsity",
            quantity.format("the unpruned model's"),
            compared(evidence, "train_loss", INFORMATION_DELETION, Against.UNPRUNED_MODEL),
            Claimed(Side.BELOW, 0.0),
        ),
        every(
            "2b",
            f"With equal epochs its training loss is less than {tolerance.loss:g} nats above that at 0 %",
            quantity.format("its own at 0 %"),
            compared(evidence, "train_loss", INFORMATION_DELETION, Against.ITS_OWN_UNPRUNED),
            Claimed(Side.BELOW, tolerance.loss),
        ),
        every(
            "2c",
            f"From {start} % it still doesn't recover all of the unpruned model's dev accuracy",
            "points of dev accuracy lost, average over tasks",
            [finding.negated() for finding in accuracy],
            Claimed(Side.ABOVE, 0.0),
        ),
    ]
