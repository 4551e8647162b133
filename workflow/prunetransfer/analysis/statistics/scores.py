"""Scoring kept predictions: accuracy for classes, the task's own correlation for a regression."""

import numpy as np
from scipy.stats import rankdata


def is_regression(labels: np.ndarray) -> bool:
    """Labels are floats in a regression, class indices otherwise."""
    return np.issubdtype(labels.dtype, np.floating)


def score(metric: str, labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Scores in percent, over the last axis: [..., examples] and [..., examples] -> [...].

    Accuracy for class indices, whatever the metric: it is what Table 1 compares. For a regression the correlation that
    `metric` names, `pearson` or `spearman`; predictions or labels that are all the same tell nothing, and score 0.
    """
    if not is_regression(labels):
        return 100 * np.mean(predictions == labels, axis=-1)
    labels, predictions = np.asarray(labels, float), np.asarray(predictions, float)
    if metric == "spearman":
        labels, predictions = rankdata(labels, axis=-1), rankdata(predictions, axis=-1)
    elif metric != "pearson":
        raise ValueError(f"a regression is scored by pearson or spearman, found {metric!r}")
    # Asked of the values and not of the deviations, whose rounding would leave a correlation of noise.
    constant = (np.ptp(labels, axis=-1) == 0) | (np.ptp(predictions, axis=-1) == 0)
    labels = labels - labels.mean(axis=-1, keepdims=True)
    predictions = predictions - predictions.mean(axis=-1, keepdims=True)
    scale = np.sqrt(np.sum(labels**2, axis=-1) * np.sum(predictions**2, axis=-1))
    products = np.sum(labels * predictions, axis=-1)
    return 100 * np.where(constant, 0.0, products / np.where(constant, 1.0, scale))
