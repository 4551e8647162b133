"""The settings of a job that pre-trains."""

from typing import Annotated, Literal

from pydantic import Field

from prunetransfer.config.base import Seed, Settings
from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.config.pretraining import Objective, Phase
from prunetransfer.config.pruning import ScheduleSettings, Scope


class PruneSettings(Settings):
    """How weights are pruned while pre-training."""

    criterion: str
    """The criterion's name in the study."""
    saliency: str
    """Name of a file in pruning/criteria."""
    scope: Scope = "matrix"
    schedule: ScheduleSettings
    sparsity: Annotated[float, Field(gt=0, lt=1)]


class PretrainJobSettings(Settings):
    """Everything that one pre-trained checkpoint depends on besides its input files."""

    objective: Objective
    optimizer: OptimizerSettings
    phase_name: Literal["burn_in", "prune"]
    phase: Phase
    seed: Seed
    prune: PruneSettings | None
    """None for the burn-in and at 0 %."""
