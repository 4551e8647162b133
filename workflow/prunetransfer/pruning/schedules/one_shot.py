"""Prune all weights at once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OneShotSchedule:
    start: int
    sparsity: float

    def updates_at(self, step: int) -> bool:
        return step == self.start

    def sparsity_at(self, step: int) -> float:
        return self.sparsity if step >= self.start else 0.0
