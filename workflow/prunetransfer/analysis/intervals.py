"""95 % confidence intervals: over seeds where there are several, else over dev examples."""

import numpy as np
from scipy import stats

from .scores import is_regression, score

LEVEL = 0.95
RESAMPLES = 2_000
_TAILS = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])


def seed_interval(scores: np.ndarray) -> tuple[float, float]:
    """Student's t interval of the mean of [seeds] scores. Raises ValueError for fewer than 2.

    It isn't cut at 0 and 100 %: for an average over tasks the half-widths are what counts.
    """
    scores = np.asarray(scores, float)
    if len(scores) < 2:
        raise ValueError(f"an interval over seeds needs at least 2, found {len(scores)}")
    low, high = scores.mean() + stats.t.ppf(_TAILS, len(scores) - 1) * stats.sem(scores)
    return float(low), float(high)


def dev_interval(metric: str, labels: np.ndarray, predictions: np.ndarray) -> tuple[float, float]:
    """Percentile bootstrap over dev examples of one run's score in percent: [examples] and [examples].

    For accuracy it is exact: of n examples drawn with replacement, Binomial(n, share correct) are correct, so the
    percentiles are that distribution's and nothing need be drawn. A correlation is resampled, from a fixed seed.
    """
    if not is_regression(labels):
        examples = len(labels)
        correct = np.mean(predictions == labels)
        low, high = 100 * stats.binom.ppf(_TAILS, examples, correct) / examples
    else:
        low, high = stats.bootstrap(
            (labels, predictions),
            lambda labels, predictions, axis: score(
                metric, np.moveaxis(labels, axis, -1), np.moveaxis(predictions, axis, -1)
            ),
            paired=True,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=max(1, 2_000_000 // len(labels)),  # keeps the resamples in memory at once under 100 MB
            confidence_level=LEVEL,
            method="percentile",
            rng=np.random.default_rng(0),
        ).confidence_interval
    return float(low), float(high)


def interval_of_mean(values: np.ndarray, lows: np.ndarray, highs: np.ndarray) -> tuple[float, float]:
    """Interval of the mean of [tasks] values from each task's own interval.

    Given the checkpoint, tasks are fine-tuned and scored independently of each other, so the half-widths add in
    squares, below and above apart: sqrt(sum of squares) / tasks. With Student's t this errs on the wide side, since the
    sum has more degrees of freedom than any of its terms. Not in it: how another pre-training would have turned out.
    """
    values, lows, highs = (np.asarray(array, float) for array in (values, lows, highs))
    below, above = (np.sqrt(np.sum(side**2)) / len(values) for side in (values - lows, highs - values))
    return float(values.mean() - below), float(values.mean() + above)
