"""Settings of the analyses. Jobs that train the study's arms do not read them."""

from typing import Annotated

from pydantic import Field

from .base import PositiveCount, PositiveFloat, Settings, SparsityPercent, Unique

Epochs = Annotated[int, Field(strict=True, ge=0)]
Bins = Annotated[int, Field(strict=True, ge=2, le=1000)]


class TrajectorySettings(Settings):
    """Fine-tuning of the unpruned model, with the weights saved after every epoch (Figure 3 right, Figure 4 right)."""

    learning_rate: PositiveFloat | None = None
    """The one of `finetuning.learning_rates` at which weights are saved after every epoch. By default the first."""
    epochs: PositiveCount = 12
    """Total number of epochs. The schedule of the learning rate restarts after every `epochs` of the unpruned arm."""
    keep_snapshots: bool = False
    """Keep the weights of each epoch. Otherwise Snakemake deletes them when all planned jobs that read them are done, and a
    job that needs them later has to train again. So without `keep_snapshots`, ask Snakemake for the whole study at once."""


class PruneAfterSettings(Settings):
    """Runs that fine-tune for some epochs, prune in one shot, and fine-tune further, to see when pruning is best (Figure 3
    right)."""

    epochs: Annotated[list[Epochs], Field(min_length=1), Unique] = Field(default=[0, 1, 3, 6, 9, 12])
    """Epochs of fine-tuning before pruning, each at most `trajectory.epochs`."""
    sparsity: Annotated[SparsityPercent, Field(ge=1)] = 60
    further_epochs: PositiveCount = 2


class AnalysesSettings(Settings):
    trajectory: TrajectorySettings = TrajectorySettings()
    prune_after: PruneAfterSettings | None = PruneAfterSettings()
    """null: the study has no such runs."""
    movement_bins: Bins = 100
    """Figure 7: number of bins of weights, by their rank before fine-tuning."""
    leave_out_of_fit: dict[str, list[SparsityPercent]] = Field(default={"CoLA": [90]})
    """Figure 2 left: by task, the sparsities in percent that the line of best fit leaves out."""
    feature_sequences: PositiveCount = 64
    """Figure 2 right: number of sequences of held-out text."""
    map_blocks: Annotated[int, Field(strict=True, ge=8)] = 256
    """Figures 8 and 9: the largest number of block means on a side."""
