"""The rule by which every claim holds, fails, or is undecided."""

import math
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    HOLDS = "holds"
    FAILS = "fails"
    UNDECIDED = "undecided"


class Side(StrEnum):
    """The side of the threshold on which a claim says that a value lies."""

    BELOW = "<"
    AT_MOST = "≤"
    ABOVE = ">"
    AT_LEAST = "≥"
    WITHIN = "± <"
    """The absolute value is below the threshold."""


class Claimed(NamedTuple):
    """The values that a claim allows: all values on one side of a threshold."""

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
        """Whether the whole interval lies beyond the threshold. False for an interval that touches the threshold."""
        match self.side:
            case Side.BELOW | Side.AT_MOST:
                return low > self.threshold
            case Side.ABOVE | Side.AT_LEAST:
                return high < self.threshold
            case Side.WITHIN:
                return low > self.threshold or high < -self.threshold

    def badness(self, value: float) -> float:
        """A number that grows as the value moves towards the side that the claim excludes."""
        match self.side:
            case Side.BELOW | Side.AT_MOST:
                return value
            case Side.ABOVE | Side.AT_LEAST:
                return -value
            case Side.WITHIN:
                return abs(value)


class Finding(NamedTuple):
    """A number on which a claim is tested, and its 95 % interval. NaN means that there is no number, or no interval."""

    value: float
    low: float = math.nan
    high: float = math.nan
    exact: bool = False
    """Whether the value has no error and so no interval, such as a published number or a count over all weights."""
    degrees_of_freedom: float = math.nan
    """Degrees of freedom of Student's t; NaN if the interval isn't Student's t."""
    at: str = ""
    """The task and sparsity at which the number was found, as text for readers: `CoLA at 40 %`."""

    @property
    def has_bounds(self) -> bool:
        """Whether the value is exact or has an interval."""
        bounds = (self.value,) if self.exact else (self.low, self.high)
        return not any(map(math.isnan, bounds))

    def negated(self) -> "Finding":
        # Numbers are subtracted from 0, because negating 0.0 gives -0.0.
        return self._replace(value=0 - self.value, low=0 - self.high, high=0 - self.low)

    def widened(self, factor: float) -> "Finding":
        """The same value with both half-widths of its interval multiplied by `factor`."""
        low, high = (self.value + factor * (bound - self.value) for bound in (self.low, self.high))
        return self._replace(low=low, high=high)


def verdict(claimed: Claimed, finding: Finding) -> Verdict:
    """A claim holds if the interval lies on the claimed side, fails if it lies beyond the threshold, else it is undecided.

    It is undecided if the interval touches the threshold: two models that get the same examples right differ by 0 with an
    interval of width 0, but this doesn't show that neither is better. An exact value needs no interval. A finding without
    a value, or without an interval if it isn't exact, has too few data, so the claim is undecided.
    """
    if not finding.has_bounds:
        return Verdict.UNDECIDED
    if finding.exact:
        return Verdict.HOLDS if claimed.allows(finding.value) else Verdict.FAILS
    if claimed.allows(finding.low) and claimed.allows(finding.high):
        return Verdict.HOLDS
    return Verdict.FAILS if claimed.excludes(finding.low, finding.high) else Verdict.UNDECIDED
