"""Gradual pruning (Zhu and Gupta 2017, "To prune, or not to prune")."""

from dataclasses import dataclass


def cubic_sparsity(step: int, *, start: int, end: int, initial: float, final: float) -> float:
    """The sparsity after a mask update at a step, a fraction; `initial` until step `start`, and `final` from step `end` on.

    Between them s_t = s_f + (s_i - s_f) * (1 - (t - start) / (end - start))^3.
    """
    if step >= end:
        return final
    if step <= start:
        return initial
    return final + (initial - final) * (1 - (step - start) / (end - start)) ** 3


@dataclass(frozen=True)
class CubicSchedule:
    """Raises the sparsity from 0 at step `start` to `sparsity` at step `end`. Mask updates go on after that."""

    start: int
    end: int
    interval: int
    sparsity: float

    def updates_at(self, step: int) -> bool:
        # Also at `end`: if the interval does not divide the ramp, the full sparsity would otherwise come late or never.
        return step >= self.start and ((step - self.start) % self.interval == 0 or step == self.end)

    def sparsity_at(self, step: int) -> float:
        return cubic_sparsity(step, start=self.start, end=self.end, initial=0.0, final=self.sparsity)
