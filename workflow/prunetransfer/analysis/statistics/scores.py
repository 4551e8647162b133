"""Scores of stored predictions: accuracy for classes, and the correlation that is the task's metric for a regression."""

import numpy as np
from scipy.stats import rankdata


def is_regression(labels: np.ndarray) -> bool:
    """Whether a task is a regression, whose labels are floats. The labels of other tasks are class indices."""
    return np.issubdtype(labels.dtype, np.floating)


def score_percent(metric: str, labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Scores in percent over the last axis: [..., examples] and [..., examples] -> [...].

    Class indices are always scored by accuracy, because Table 1 compares accuracies. A regression is scored by the
    correlation that `metric` names, `pearson` or `spearman`. If all predictions or all labels are equal, the correlation
    isn't defined, and the score is 0. Raises ValueError for a regression with another metric.
    """
    if not is_regression(labels):
        return 100 * np.mean(predictions == labels, axis=-1)
    labels, predictions = np.asarray(labels, float), np.asarray(predictions, float)
    if metric == "spearman":
        labels, predictions = rankdata(labels, axis=-1), rankdata(predictions, axis=-1)
    elif metric != "pearson":
        raise ValueError(f"a regression is scored by pearson or spearman, found {metric!r}")
    # The test uses the values, because rounding errors make the deviations from the mean of equal values differ from 0.
    constant = (np.ptp(labels, axis=-1) == 0) | (np.ptp(predictions, axis=-1) == 0)
    labels = labels - labels.mean(axis=-1, keepdims=True)
    predictions = predictions - predictions.mean(axis=-1, keepdims=True)
    scale = np.sqrt(np.sum(labels**2, axis=-1) * np.sum(predictions**2, axis=-1))
    products = np.sum(labels * predictions, axis=-1)
    return 100 * np.where(constant, 0.0, products / np.where(constant, 1.0, scale))
