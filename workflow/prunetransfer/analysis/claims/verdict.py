"""When a claim holds, fails, or is left undecided: the one rule that all claims share."""

import math
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    HOLDS = "holds"
    FAILS = "fails"
    UNDECIDED = "undecided"


class Side(StrEnum):
    """Where a claim says that a value lies."""

    BELOW = "<"
    AT_MOST = "≤"
    ABOVE = ">"
    AT_LEAST = "≥"
    WITHIN = "± <"
    """Its size is below the threshold, whatever its sign."""


class Claimed(NamedTuple):
    """The values that a claim allows."""

    side: Side
    threshold: float

    def allows(self, value: float) -> bool:
        match self.side:
            case Side.BELOW:
                return value < self.threshold
            case Side.AT_MOST:
                return value <= self.threshold
            case Side.ABOVE:
                return value > self.threshold
            case Side.AT_LEAST:
                return value >= self.threshold
            case Side.WITHIN:
                return abs(value) < self.threshold

    def excludes(self, low: float, high: float) -> bool:
        """Whether all from `low` to `high` is beyond the threshold; what touches it isn't."""
        match self.side:
            case Side.BELOW | Side.AT_MOST:
                return low > self.threshold
            case Side.ABOVE | Side.AT_LEAST:
                return high < self.threshold
            case Side.WITHIN:
                return low > self.threshold or high < -self.threshold

    def badness(self, value: float) -> float:
        """Larger for values that are farther on the wrong side, or less far on the right one."""
        match self.side:
            case Side.BELOW | Side.AT_MOST:
                return value
            case Side.ABOVE | Side.AT_LEAST:
                return -value
            case Side.WITHIN:
                return abs(value)


class Estimate(NamedTuple):
    """A number and its 95 % interval; NaN where there is none."""

    value: float
    low: float = math.nan
    high: float = math.nan
    exact: bool = False
    """The value stands for itself: a published number, a count over all weights. It has no interval by nature."""
    degrees_of_freedom: float = math.nan
    """Of the Student's t that its interval is; NaN where it is no such."""
    at: str = ""
    """Where it was found, for readers: `CoLA at 40 %`."""

    @property
    def has_bounds(self) -> bool:
        """Whether it tells where the value lies: it is exact, or has an interval."""
        bounds = (self.value,) if self.exact else (self.low, self.high)
        return not any(map(math.isnan, bounds))

    def negated(self) -> "Estimate":
        # 0 minus, and not the negative: the opposite of 0 is written 0, not -0.
        return self._replace(value=0 - self.value, low=0 - self.high, high=0 - self.low)

    def widened(self, factor: float) -> "Estimate":
        """Half-widths times `factor`, each side for itself."""
        low, high = (self.value + factor * (bound - self.value) for bound in (self.low, self.high))
        return self._replace(low=low, high=high)


def verdict(claimed: Claimed, estimate: Estimate) -> Verdict:
    """Holds if the interval lies where the claim says, fails if it lies beyond the threshold, undecided if it straddles it.

    An interval that touches the threshold straddles it: two models that get the very same examples right differ by 0
    with an interval without width, which doesn't show that neither is better. An exact value decides alone. Without a
    value, or without an interval where there should be one, the data are too few: undecided.
    """
    if not estimate.has_bounds:
        return Verdict.UNDECIDED
    if estimate.exact:
        return Verdict.HOLDS if claimed.allows(estimate.value) else Verdict.FAILS
    if claimed.allows(estimate.low) and claimed.allows(estimate.high):
        return Verdict.HOLDS
    return Verdict.FAILS if claimed.excludes(estimate.low, estimate.high) else Verdict.UNDECIDED
