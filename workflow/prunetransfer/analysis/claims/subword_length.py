"""Claim 11: shorter subwords have embeddings of smaller magnitudes."""

import pandas as pd

from prunetransfer.config.claims import ClaimsSettings

from .evidence import Evidence
from .rows import Row, single, undecided
from .verdict import Claimed, Finding, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """11: Spearman's correlation over all subwords, with the interval of `rank_correlation.spearman`."""
    claimed = Claimed(Side.ABOVE, 0.0)
    statement = "Shorter subwords have smaller embeddings"
    statistic = "Spearman's correlation of a subword's length with the mean magnitude of its embedding"
    lengths = evidence.embedding_lengths
    if lengths is None or lengths.empty or pd.isna(lengths["spearman"].iloc[0]):
        return [undecided("11", statement, f"{statistic}: no subwords of different lengths", claimed)]
    first = lengths.iloc[0]
    statistic = f"{statistic}, {lengths['subwords'].sum()} subwords"
    return [
        single(
            "11",
            statement,
            statistic,
            Finding(first["spearman"], first["spearman_low"], first["spearman_high"]),
            claimed,
        )
    ]
