"""95 % confidence intervals: Student's t over seeds or tasks, the bootstrap over dev examples."""

import zlib

import numpy as np
from scipy import stats

from .scores import is_regression, score_percent

LEVEL = 0.95
RESAMPLES = 4_000
"""Resamples of a bootstrap. With this number, drawing again moves a bound by about 2 % of the half-width."""
_TAILS = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])


def t_interval(values: np.ndarray) -> tuple[float, float]:
    """Student's t interval of the mean of [seeds] or [tasks] values. Raises ValueError for fewer than 2.

    The interval isn't cut at 0 and 100 %: its half-width shows how well seeds or tasks agree.
    """
    values = np.asarray(values, float)
    if len(values) < 2:
        raise ValueError(f"a t interval needs at least 2 values, found {len(values)}")
    low, high = values.mean() + stats.t.ppf(_TAILS, len(values) - 1) * stats.sem(values)
    return float(low), float(high)


def percentile_interval(resampled: np.ndarray) -> tuple[float, float]:
    """The bootstrap's percentile interval from [resamples] values of the statistic."""
    low, high = np.quantile(resampled, _TAILS)
    return float(low), float(high)


def dev_interval(task: str, metric: str, labels: np.ndarray, predictions: np.ndarray) -> tuple[float, float]:
    """Percentile bootstrap over dev examples of one run's score in percent: [examples] and [examples].

    For accuracy the interval is exact and nothing is drawn: of n examples drawn with replacement, the number of correct
    ones has the distribution Binomial(n, share correct), whose percentiles are known. A correlation is resampled
    (`resampled_scores`).

    Where all examples are right, or all wrong, the interval has no width. The true error may still be up to about 3 in
    n (the rule of three, Hanley and Lippman-Hand 1983), which a bootstrap can't know.
    """
    if is_regression(labels):
        return percentile_interval(resampled_scores(task, metric, labels, predictions))
    examples = len(labels)
    low, high = 100 * stats.binom.ppf(_TAILS, examples, np.mean(predictions == labels)) / examples
    return float(low), float(high)


def resampled_scores(task: str, metric: str, labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """One run's score in percent on RESAMPLES dev sets, each drawn with replacement from the dev set: [resamples].

    The task's name seeds the draw. So all runs of a regression task see the same resamples, and their scores are
    paired.
    """
    if not is_regression(labels):
        return 100 * _resampled_means(task, (predictions == labels).astype(np.int64))
    return stats.bootstrap(
        (labels, predictions),
        lambda labels, predictions, axis: score_percent(
            metric, np.moveaxis(labels, axis, -1), np.moveaxis(predictions, axis, -1)
        ),
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=max(1, 2_000_000 // len(labels)),  # keeps the resamples in memory at once under 100 MB
        method="percentile",
        rng=_generator(task),
    ).bootstrap_distribution


def resampled_accuracy_differences(task: str, correct: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """One run's accuracy minus another's, in percentage points, on RESAMPLES resampled dev sets: [resamples].

    correct and reference: [examples] bool, whether each of the two runs gets an example right. The difference is
    paired: a resample holds the same examples for both runs.
    """
    return 100 * _resampled_means(task, correct.astype(np.int64) - reference.astype(np.int64))


def _resampled_means(task: str, values: np.ndarray) -> np.ndarray:
    """Means of [examples] values, each -1, 0 or 1, over resamples of the examples: [resamples].

    How often each of the three values is drawn has a multinomial distribution. Drawing these three counts replaces
    drawing the examples.
    """
    shares = np.bincount(values + 1, minlength=3) / len(values)
    counts = _generator(task).multinomial(len(values), shares, size=RESAMPLES)
    return (counts[:, 2] - counts[:, 0]) / len(values)


def _generator(task: str) -> np.random.Generator:
    """A generator for each task: tasks are resampled independently, and the order of the tasks doesn't matter."""
    return np.random.default_rng(zlib.crc32(task.encode()))
