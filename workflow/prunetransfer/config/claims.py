"""Thresholds of the paper's claims. The defaults are the paper's numbers, or our own if the paper gives none."""

from typing import Annotated

from pydantic import AfterValidator, Field

from .base import Number, PositiveFloat, Settings, Share, SparsityPercent


def _ascending(sparsities: tuple[int, int]) -> tuple[int, int]:
    low, high = sparsities
    if low > high:
        raise ValueError(
            f"must be the lowest and the highest sparsity in percent, in this order, found {low} and {high}"
        )
    return sparsities


SparsityRange = Annotated[tuple[SparsityPercent, SparsityPercent], AfterValidator(_ascending)]
Percent = Annotated[Number, Field(ge=0, le=100)]


class ToleranceSettings(Settings):
    """Losses up to these values count as no loss: you would accept them for a smaller model."""

    accuracy: PositiveFloat = 1.0
    """The tolerated loss of dev accuracy, in points."""
    loss: PositiveFloat = 0.05
    """The tolerated increase of the pre-training loss and of the training loss, in nats."""


class ClaimsSettings(Settings):
    tolerance: ToleranceSettings = ToleranceSettings()
    harmless: SparsityRange = (30, 40)
    """Claim 1: the lowest and the highest sparsity in percent at which pruning is said to do no harm."""
    not_recovered_from: SparsityPercent = 50
    """Claim 2: from this sparsity on, information deletion is said not to recover the unpruned model's dev accuracy."""
    alike: SparsityRange = (40, 60)
    """Claim 3: the lowest and the highest sparsity in percent at which pruning and information deletion are said to lose the
    same."""
    restricted_from: SparsityPercent = 70
    """Claim 3: from this sparsity on, information deletion is said to do better than pruning."""
    mask_difference: Percent = 6.0
    """Claim 6: the masks of pruning before and after fine-tuning are said to differ in less than this percentage of entries."""
    linear_r2: Share = 0.8
    """Claim 7: the smallest R^2 that counts as linear. The paper shows lines and gives no number."""
    drift_correlation: Annotated[Number, Field(ge=-1, le=1)] = 0.8
    """Claim 8: the smallest rank correlation of feature similarity with accuracy. The paper gives no number."""
    first_epoch_share: Percent = 50.0
    """Claim 9: the paper says that most movement in the sort order happens in the first epoch; this percentage is `most`."""
    movement: Percent = 4.0
    """Claim 9: the largest mean movement in the sort order, in percent of the matrix's size."""
    top_movement: PositiveFloat = 1.0
    """Claim 9: the largest tenth of the weights is said to move less than this many times the mean of all weights."""
    head_deviation: Percent = 5.0
    """Claim 10: the largest distance of a head's sparsity from the model's, in points. The paper: 55 to 65 % at 60 %."""
