"""Chooses the learning rate on the dev set, and computes scores that this choice doesn't bias."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from .scores import score_percent

_DIGITS = 9
"""Means over seeds are rounded to this many digits before they are compared, so that rounding errors don't choose between equal
means."""


class Selection(NamedTuple):
    """The result of one arm, sparsity and task. Scores are in percent, losses in nats."""

    learning_rate: float
    """The learning rate with the best mean dev score over seeds. If several are equally good, it is the first in the table."""
    dev_accuracy: float
    """Mean over seeds at this learning rate. It is biased upwards, because the same examples choose the rate and score it."""
    train_loss: float
    """Mean over seeds at this learning rate."""
    mean_dev_accuracy: float
    """Mean over learning rates of the means over seeds. No rate is chosen for it."""


def reported_score(runs: pd.DataFrame) -> pd.Series:
    """The score in percent that Table 1 compares, from rows of runs.csv: accuracy, or a regression's correlation."""
    return runs["dev_accuracy"].astype(float).fillna(runs["dev_score"])


def select(runs: pd.DataFrame) -> Selection:
    """Chooses the learning rate. runs: the rows of runs.csv of one arm, sparsity and task. Missing runs are ignored."""
    by_rate = (
        runs.assign(score=reported_score(runs)).groupby("learning_rate", sort=False)[["score", "train_loss"]].mean()
    )
    best = by_rate["score"].round(_DIGITS).idxmax()
    return Selection(
        learning_rate=best,
        dev_accuracy=by_rate["score"][best],
        train_loss=by_rate["train_loss"][best],
        mean_dev_accuracy=by_rate["score"].mean(),
    )


def chosen(runs: pd.DataFrame) -> dict[tuple[str, int, str], pd.DataFrame]:
    """The runs at the chosen learning rate (`select`), by arm, sparsity in percent, and task.

    Each value has rows of runs.csv, indexed by seed. In its column `dev_accuracy` is the `reported_score`.
    """
    cells = {}
    for cell, rows in runs.groupby(["arm", "sparsity", "task"], sort=False):
        best = rows[rows["learning_rate"] == select(rows).learning_rate]
        cells[cell] = best.assign(dev_accuracy=reported_score(best)).set_index("seed")
    return cells


def first_half(task: str, examples: int) -> np.ndarray:
    """Splits a dev set into two random halves. Returns whether each example is in the first half: bool [examples].

    All arms and studies split a task in the same way, so that comparisons are paired. Raises ValueError for fewer than 2
    examples.
    """
    if examples < 2:
        raise ValueError(f"{task}: a dev set of {examples} can't be halved")
    generator = np.random.default_rng(zlib.crc32(task.encode()))
    half = np.zeros(examples, dtype=bool)
    half[generator.permutation(examples)[: examples // 2]] = True
    return half


def unbiased_score(task: str, metric: str, labels: np.ndarray, predictions: Sequence[np.ndarray]) -> float:
    """The score in percent if one half of the dev set chooses the learning rate and the other half scores it.

    labels: [examples]. predictions: an array [seeds, examples] per learning rate. Each half scores once, and the two
    scores are averaged, weighted by their numbers of examples. So every example is scored once, at a learning rate that
    it did not help to choose. Raises ValueError for fewer than 2 examples.
    """
    first = first_half(task, len(labels))
    total = 0.0
    for scored in (first, ~first):
        on_others = [score_percent(metric, labels[~scored], rate[:, ~scored]).mean() for rate in predictions]
        best = predictions[int(np.argmax(np.round(on_others, _DIGITS)))]
        total += scored.sum() * score_percent(metric, labels[scored], best[:, scored]).mean()
    return float(total / len(labels))
