"""Spearman's rank correlation with an interval."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .intervals import LEVEL


class RankCorrelation(NamedTuple):
    """A correlation with its interval. All fields are NaN for fewer than 2 points, and if a variable is constant."""

    spearman: float
    spearman_low: float
    spearman_high: float
    """The 95 % interval; NaN for fewer than 4 points."""
    p_value: float
    """The two-sided p-value of the hypothesis that there is no correlation, by Student's t."""


def spearman(x: ArrayLike, y: ArrayLike) -> RankCorrelation:
    """Spearman's correlation of two variables, [points] each. Equal values get their mean rank.

    The interval is Fisher's: atanh(r) is about normal with variance (1 + r^2 / 2) / (points - 3) (Bonett and Wright
    2000, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations").
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return RankCorrelation(*[np.nan] * 4)
    correlation, p_value = map(float, stats.spearmanr(x, y))
    if len(x) < 4:
        return RankCorrelation(correlation, np.nan, np.nan, p_value)
    deviation = np.sqrt((1 + correlation**2 / 2) / (len(x) - 3))
    # For a correlation of 1 or -1, atanh is infinite, and tanh of the bounds is 1 or -1 again.
    with np.errstate(divide="ignore"):
        bounds = np.arctanh(correlation) + np.array([-1, 1]) * stats.norm.ppf((1 + LEVEL) / 2) * deviation
    low, high = np.tanh(bounds)
    return RankCorrelation(correlation, float(low), float(high), p_value)
