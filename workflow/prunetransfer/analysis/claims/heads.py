"""Claim 10: pruning hits all attention heads about equally."""

from prunetransfer.config.claims import ClaimsSettings

from ..tables.words import points
from ..weights.criteria import MAGNITUDE
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Finding, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """10: the heads of checkpoints pruned by magnitude, at every sparsity above 0. Counts of weights are exact."""
    claimed = Claimed(Side.AT_MOST, settings.head_deviation)
    return [
        every(
            "10",
            f"Every attention head's sparsity is within {points(claimed.threshold)} of the model's",
            "points between a head's sparsity and the model's",
            _farthest(evidence),
            claimed,
        )
    ]


def _farthest(evidence: Evidence) -> list[Finding]:
    """For each sparsity of the model, the head whose sparsity differs most from it."""
    heads = evidence.head_sparsity
    if heads is None or heads.empty:
        return []
    heads = heads[(heads["criterion"] == MAGNITUDE) & (heads["sparsity"] > 0)]
    heads = heads.assign(deviation=(heads["head_sparsity"] - heads["sparsity"]).abs())
    farthest = heads.loc[heads.groupby("sparsity")["deviation"].idxmax()]
    return [
        Finding(row.deviation, exact=True, at=f"layer {row.layer}, head {row.head} (both from 0) at {row.sparsity:g} %")
        for row in farthest.itertuples()
    ]
