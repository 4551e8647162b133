"""95 % confidence intervals: Student's t over seeds or tasks, and the bootstrap over dev examples."""

import zlib

import numpy as np
from scipy import stats

from .scores import is_regression, score_percent

LEVEL = 0.95
RESAMPLES = 4_000
"""Number of resamples of a bootstrap. With this number, other random draws move a bound by about 2 % of the half-width."""
_TAILS = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])


def t_interval(values: np.ndarray) -> tuple[float, float]:
    """Student's t interval of the mean of values [seeds] or [tasks]. Raises ValueError for fewer than 2 values.

    The interval isn't cut at 0 and 100 %, so that its half-width shows how well seeds or tasks agree.
    """
    values = np.asarray(values, float)
    if len(values) < 2:
        raise ValueError(f"a t interval needs at least 2 values, found {len(values)}")
    low, high = values.mean() + stats.t.ppf(_TAILS, len(values) - 1) * stats.sem(values)
    return float(low), float(high)


def percentile_interval(resampled: np.ndarray) -> tuple[float, float]:
    """The bootstrap's percentile interval. resampled: the statistic's value in each resample, [resamples]."""
    low, high = np.quantile(resampled, _TAILS)
    return float(low), float(high)


def dev_interval(task: str, metric: str, labels: np.ndarray, predictions: np.ndarray) -> tuple[float, float]:
    """The percentile bootstrap interval, over dev examples, of one run's score in percent.

    labels, predictions: [examples].

    For accuracy the interval is exact and nothing is drawn: among n examples drawn with replacement, the number of correct
    ones has the distribution Binomial(n, share correct), whose percentiles are known. A correlation is resampled
    (`resampled_scores`).

    If all predictions are right, or all are wrong, the interval has width 0. The true error may still be up to about 3/n
    (the rule of three, Hanley and Lippman-Hand 1983), but a bootstrap can't show this.
    """
    if is_regression(labels):
        return percentile_interval(resampled_scores(task, metric, labels, predictions))
    examples = len(labels)
    low, high = 100 * stats.binom.ppf(_TAILS, examples, np.mean(predictions == labels)) / examples
    return float(low), float(high)


def resampled_scores(task: str, metric: str, labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """One run's score in percent on RESAMPLES dev sets, each drawn with replacement from the dev set: [resamples].

    labels, predictions: [examples]. The task's name is the seed. So all runs of a regression task have the same resamples,
    and their scores are paired.
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
        batch=max(1, 2_000_000 // len(labels)),  # resamples that are in memory at once take less than 100 MB
        method="percentile",
        rng=_generator(task),
    ).bootstrap_distribution


def resampled_accuracy_differences(task: str, correct: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """One run's accuracy minus another's, in percentage points, on RESAMPLES resampled dev sets: [resamples].

    correct, reference: bool [examples], whether the run and its reference get each example right. The difference is
    paired: each resample has the same examples for both runs.
    """
    return 100 * _resampled_means(task, correct.astype(np.int64) - reference.astype(np.int64))


def _resampled_means(task: str, values: np.ndarray) -> np.ndarray:
    """Means of values [examples], each -1, 0 or 1, over resamples of the examples: [resamples].

    The numbers of draws of the three values have a multinomial distribution. Drawing these three counts is faster than
    drawing examples.
    """
    shares = np.bincount(values + 1, minlength=3) / len(values)
    counts = _generator(task).multinomial(len(values), shares, size=RESAMPLES)
    return (counts[:, 2] - counts[:, 0]) / len(values)


def _generator(task: str) -> np.random.Generator:
    """The generator of a task. Each task has one, so that resamples are independent of other tasks and of their order."""
    return np.random.default_rng(zlib.crc32(task.encode()))
