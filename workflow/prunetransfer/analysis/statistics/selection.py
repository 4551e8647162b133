"""Choosing the learning rate on the dev set, and what the reported figure owes to that choice."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from .scores import score_percent

_DIGITS = 9
"""Means over seeds that are equal must compare as equal: which number comes last in a sum mustn't choose."""


class Selection(NamedTuple):
    """What one arm, sparsity and task come to. Scores in percent, losses in nats."""

    learning_rate: float
    """The one with the best score on dev, averaged over seeds; of equals the first listed."""
    dev_accuracy: float
    """Mean over seeds at that learning rate: chosen and reported on the same examples, so it flatters."""
    train_loss: float
    """Mean over seeds at that learning rate."""
    mean_dev_accuracy: float
    """Mean over learning rates of the means over seeds: nothing is chosen."""


def reported_score(runs: pd.DataFrame) -> pd.Series:
    """The score in percent that Table 1 compares, from rows of runs.csv: accuracy, or a regression's correlation."""
    return runs["dev_accuracy"].astype(float).fillna(runs["dev_score"])


def select(runs: pd.DataFrame) -> Selection:
    """Chooses among one cell's rows of runs.csv, in the configuration's order. Averages are over the runs there are."""
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
    """The runs at the learning rate that is chosen (`select`), by arm, sparsity and task.

    Each is rows of runs.csv by seed, with the score that is reported as `dev_accuracy`.
    """
    cells = {}
    for cell, rows in runs.groupby(["arm", "sparsity", "task"], sort=False):
        best = rows[rows["learning_rate"] == select(rows).learning_rate]
        cells[cell] = best.assign(dev_accuracy=reported_score(best)).set_index("seed")
    return cells


def first_half(task: str, examples: int) -> np.ndarray:
    """Which dev examples are in the first of two random halves: bool, [examples].

    A task has one split, whatever the arm or the study, so that comparisons within it are paired. Raises ValueError for
    fewer than 2 examples.
    """
    if examples < 2:
        raise ValueError(f"{task}: a dev set of {examples} can't be halved")
    generator = np.random.default_rng(zlib.crc32(task.encode()))
    half = np.zeros(examples, dtype=bool)
    half[generator.permutation(examples)[: examples // 2]] = True
    return half


def unbiased_score(task: str, metric: str, labels: np.ndarray, predictions: Sequence[np.ndarray]) -> float:
    """The score in percent where the learning rate is chosen on one half of the dev set and scored on the other.

    `labels` is [examples]; `predictions` has one array [seeds, examples] per learning rate. Both directions are
    averaged with the number of examples scored as weight: each example counts once, in a score that it had no part in
    choosing.
    """
    first = first_half(task, len(labels))
    total = 0.0
    for scored in (first, ~first):
        on_others = [score_percent(metric, labels[~scored], rate[:, ~scored]).mean() for rate in predictions]
        best = predictions[int(np.argmax(np.round(on_others, _DIGITS)))]
        total += scored.sum() * score_percent(metric, labels[scored], best[:, scored]).mean()
    return float(total / len(labels))
