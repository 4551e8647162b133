"""What is asked of the checkpoints and the runs. Nothing that trains the study's arms reads this."""

from typing import Annotated

from pydantic import Field

from .base import PositiveCount, PositiveFloat, Settings, SparsityPercent, Unique

Epochs = Annotated[int, Field(strict=True, ge=0)]
Bins = Annotated[int, Field(strict=True, ge=2, le=1000)]


class TrajectorySettings(Settings):
    """The unpruned model's fine-tuning, followed epoch by epoch (Figure 4 right, Figure 3 right)."""

    learning_rate: PositiveFloat | None = None
    """The one of `finetuning.learning_rates` that is followed; left out: the first."""
    epochs: PositiveCount = 12
    """How long; the schedule of the learning rate begins anew after each `epochs` of the unpruned arm."""
    keep_snapshots: bool = False
    """Keep the weights after each epoch. Otherwise they go when all jobs of a plan that read them are done: ask for the
    whole study then; what reads them later trains again."""


class PruneAfterSettings(Settings):
    """Fine-tune for a while, prune in one shot, fine-tune on: does it matter when? (Figure 3 right)"""

    epochs: Annotated[list[Epochs], Field(min_length=1), Unique] = Field(default=[0, 1, 3, 6, 9, 12])
    """Epochs of fine-tuning before pruning, each at most `trajectory.epochs`."""
    sparsity: Annotated[SparsityPercent, Field(ge=1)] = 60
    further_epochs: PositiveCount = 2


class AnalysesSettings(Settings):
    trajectory: TrajectorySettings = TrajectorySettings()
    prune_after: PruneAfterSettings | None = PruneAfterSettings()
    """null: leave it out."""
    movement_bins: Bins = 100
    """Figure 7: bins of weights by their starting rank."""
    leave_out_of_fit: dict[str, list[SparsityPercent]] = Field(default={"CoLA": [90]})
    """Figure 2 left: points that the line of best fit leaves out, by task."""
    feature_sequences: PositiveCount = 64
    """Figure 2 right: sequences of held-out text."""
    map_blocks: Annotated[int, Field(strict=True, ge=8)] = 256
    """Figures 8 and 9: the most block means on a side."""
