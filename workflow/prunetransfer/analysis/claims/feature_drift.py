"""Claim 8: features drift from the unpruned model's as accuracy degrades."""

import math

from prunetransfer.config.claims import ClaimsSettings

from ..statistics.rank_correlation import spearman
from ..weights.criteria import ARMS
from .evidence import Evidence
from .rows import Row, single, undecided
from .verdict import Claimed, Finding, Side

LEAST_POINTS = 5
"""The smallest number of checkpoints for which a correlation is computed."""


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """8: Spearman's correlation over checkpoints of cosine similarity (mean over layers) with accuracy (mean over tasks)."""
    claimed = Claimed(Side.AT_LEAST, settings.drift_correlation)
    statement = f"Features drift as accuracy degrades: their rank correlation is at least {claimed.threshold:g}"
    statistic = (
        "Spearman's correlation of features' cosine similarity, mean over layers, with dev accuracy, mean over tasks"
    )
    pairs = _pairs(evidence)
    if len(pairs) < LEAST_POINTS:
        why = f"{statistic}: {len(pairs)} checkpoints; it needs {LEAST_POINTS}"
        return [undecided("8", statement, why, claimed)]
    correlation = spearman(*zip(*pairs, strict=True))
    finding = Finding(correlation.spearman, correlation.spearman_low, correlation.spearman_high)
    if math.isnan(finding.value):
        return [undecided("8", statement, f"{statistic}: one of them doesn't vary", claimed)]
    return [single("8", statement, f"{statistic}, {len(pairs)} checkpoints", finding, claimed)]


def _pairs(evidence: Evidence) -> list[tuple[float, float]]:
    """(similarity, accuracy in percent) of each checkpoint that has both. The unpruned checkpoint counts once."""
    features, averages = evidence.features, evidence.averages
    if features is None or averages is None or features.empty or averages.empty:
        return []
    accuracy = averages[averages["quantity"] == "dev_accuracy"].set_index(["arm", "sparsity"])["value"]
    # Layer 0, the embeddings' output, is excluded: it is the input of the encoder's layers, and no layer computes it.
    layers = features[features["layer"] > 0]
    similarity = layers.groupby(["criterion", "sparsity"])["cosine"].mean()
    return [
        (cosine, accuracy[ARMS[criterion], sparsity_percent])
        for (criterion, sparsity_percent), cosine in similarity.items()
        if criterion in ARMS and (ARMS[criterion], sparsity_percent) in accuracy.index and not math.isnan(cosine)
    ]
