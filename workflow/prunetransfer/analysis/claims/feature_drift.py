"""Claim 8: features drift from the unpruned model's as accuracy degrades."""

import math

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.jobs.grid import UNPRUNED

from ..statistics.rank_correlation import spearman
from .evidence import Evidence
from .rows import Row, single, undecided
from .verdict import Claimed, Estimate, Side

ARMS = {"dense": UNPRUNED, "magnitude": UNPRUNED, "random": "random"}
"""The arm that is fine-tuned from a criterion's checkpoints with their masks."""
LEAST_POINTS = 5


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """8: Spearman's correlation over checkpoints of mean cosine similarity over layers with mean accuracy over tasks."""
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
    estimate = Estimate(correlation.spearman, correlation.spearman_low, correlation.spearman_high)
    if math.isnan(estimate.value):
        return [undecided("8", statement, f"{statistic}: one of them doesn't vary", claimed)]
    return [single("8", statement, f"{statistic}, {len(pairs)} checkpoints", estimate, claimed)]


def _pairs(evidence: Evidence) -> list[tuple[float, float]]:
    """(similarity, accuracy in percent) of each checkpoint that has both; the unpruned one counts once."""
    features, averages = evidence.features, evidence.averages
    if features is None or averages is None or features.empty or averages.empty:
        return []
    accuracy = averages[averages["quantity"] == "dev_accuracy"].set_index(["arm", "sparsity"])["value"]
    # Layer 0 is the embeddings' output: what the encoder's layers are given, and no feature of theirs.
    layers = features[features["layer"] > 0]
    similarity = layers.groupby(["criterion", "sparsity"])["cosine"].mean()
    return [
        (cosine, accuracy[ARMS[criterion], sparsity])
        for (criterion, sparsity), cosine in similarity.items()
        if criterion in ARMS and (ARMS[criterion], sparsity) in accuracy.index and not math.isnan(cosine)
    ]
