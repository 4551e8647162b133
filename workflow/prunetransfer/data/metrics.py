"""The metrics of tasks, from scikit-learn and scipy."""

import numpy as np


def score_fraction(metric: str, labels: np.ndarray, predictions: np.ndarray) -> float:
    """Returns a metric's value: accuracy and f1 in [0, 1]; matthews, pearson and spearman in [-1, 1].

    labels, predictions: [N] class indices, or [N] numbers for pearson and spearman. F1 is the F1 of class 1. Undefined values
    are 0: correlations of constant labels or predictions, and an F1 without positives. Raises ValueError for an unknown
    metric, for shapes that differ, and for N = 0.
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    if labels.shape != predictions.shape or labels.ndim != 1 or not len(labels):
        raise ValueError(f"labels and predictions must be [N], N > 0: found {labels.shape} and {predictions.shape}")
    constant = np.ptp(labels) == 0 or np.ptp(predictions) == 0
    match metric:
        case "accuracy":
            return float(np.mean(labels == predictions))
        case "f1":
            from sklearn.metrics import f1_score

            return float(f1_score(labels, predictions, zero_division=0.0))
        case "matthews" | "pearson" | "spearman" if constant:
            return 0.0
        case "matthews":
            from sklearn.metrics import matthews_corrcoef

            return float(matthews_corrcoef(labels, predictions))
        case "pearson" | "spearman":
            from scipy.stats import pearsonr, spearmanr

            correlate = pearsonr if metric == "pearson" else spearmanr
            return float(correlate(labels.astype(float), predictions.astype(float)).statistic)
    raise ValueError(f"metric: found {metric!r}; allowed: accuracy, f1, matthews, pearson, spearman")
