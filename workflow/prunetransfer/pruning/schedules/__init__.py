"""Schedules, which decide when masks are updated and to which sparsity. Each kind of schedule has a file."""

from typing import Protocol

from prunetransfer.config.pruning import ScheduleSettings

from .cubic import CubicSchedule
from .one_shot import OneShotSchedule


class Schedule(Protocol):
    def updates_at(self, step: int) -> bool:
        """Whether the masks are updated before step `step`, from 0."""

    def sparsity_at(self, step: int) -> float:
        """The share of each scope to prune at that update, from 0 to 1."""


def make_schedule(settings: ScheduleSettings, sparsity: float) -> Schedule:
    """The schedule that the settings describe. sparsity: the final sparsity, a fraction from 0 to 1."""
    if settings.kind == "one_shot":
        return OneShotSchedule(settings.start, sparsity)
    return CubicSchedule(settings.start, settings.start + settings.ramp_steps, settings.interval, sparsity)
