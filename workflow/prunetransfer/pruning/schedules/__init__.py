"""When masks are updated, and to which sparsity: a file for each kind of schedule."""

from typing import Protocol

from prunetransfer.config.pruning import ScheduleSettings

from .cubic import CubicSchedule
from .one_shot import OneShotSchedule


class Schedule(Protocol):
    def updates_at(self, step: int) -> bool:
        """Whether the mask is computed anew before step `step` (from 0)."""

    def sparsity_at(self, step: int) -> float:
        """The share of each matrix to prune at that update."""


def make_schedule(settings: ScheduleSettings, sparsity: float) -> Schedule:
    """The schedule that the settings describe, ending at `sparsity`."""
    if settings.kind == "one_shot":
        return OneShotSchedule(settings.start, sparsity)
    return CubicSchedule(settings.start, settings.start + settings.ramp_steps, settings.interval, sparsity)
