"""Claim 10: no attention head is pruned much more than the rest."""

from prunetransfer.config.claims import ClaimsSettings

from ..tables.words import points
from .evidence import Evidence
from .rows import Row, every
from .verdict import Claimed, Estimate, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """10: magnitude pruning's heads at every sparsity above 0, counted and so exact."""
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


def _farthest(evidence: Evidence) -> list[Estimate]:
    """At each sparsity, the head whose own is farthest from it."""
    heads = evidence.head_sparsity
    if heads is None or heads.empty:
        return []
    heads = heads[(heads["criterion"] == "magnitude") & (heads["sparsity"] > 0)]
    heads = heads.assign(deviation=(heads["head_sparsity"] - heads["sparsity"]).abs())
    farthest = heads.loc[heads.groupby("sparsity")["deviation"].idxmax()]
    return [
        Estimate(
            row.deviation, exact=True, at=f"layer {row.layer}, head {row.head} (both from 0) at {row.sparsity:g} %"
        )
        for row in farthest.itertuples()
    ]
