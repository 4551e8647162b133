"""What the paper's claims mean in numbers. The defaults are the paper's wording, or ours where it gives no number."""

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
    """How large a difference is still none: what you would pay for a smaller model."""

    accuracy: PositiveFloat = 1.0
    """In points of dev accuracy."""
    loss: PositiveFloat = 0.05
    """In nats, of pre-training and of training loss."""


class ClaimsSettings(Settings):
    tolerance: ToleranceSettings = ToleranceSettings()
    harmless: SparsityRange = (30, 40)
    """Claim 1: the sparsities from and to which pruning is said to do no harm."""
    not_recovered_from: SparsityPercent = 50
    """Claim 2: from here on information deletion is said not to recover the unpruned model's dev accuracy."""
    alike: SparsityRange = (40, 60)
    """Claim 3: where pruning and information deletion are said to degrade alike."""
    restricted_from: SparsityPercent = 70
    """Claim 3: from here on information deletion is said to do better than pruning."""
    mask_difference: Percent = 6.0
    """Claim 6: masks of pruning before and after fine-tuning are said to differ in less than this share of entries."""
    linear_r2: Share = 0.8
    """Claim 7: the least R^2 that is called linear. The paper shows the lines and gives no number."""
    drift_correlation: Annotated[Number, Field(ge=-1, le=1)] = 0.8
    """Claim 8: the least rank correlation of features' similarity with accuracy. The paper gives no number."""
    first_epoch_share: Percent = 50.0
    """Claim 9: `most` of the movement in the sort order is said to happen in the first epoch: more than this share."""
    movement: Percent = 4.0
    """Claim 9: the largest mean movement in the sort order, in percent of the matrix's size."""
    top_movement: PositiveFloat = 1.0
    """Claim 9: the top tenth of weights is said to move less than so many times what all weights move."""
    head_deviation: Percent = 5.0
    """Claim 10: how far a head's sparsity may be from the model's, in points. The paper: 55 to 65 % at 60 %."""
