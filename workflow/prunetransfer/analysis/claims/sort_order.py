"""Claim 9: within one epoch, weights reach a new sort order close to the old one. Weights of high magnitude move less."""

import math

import pandas as pd

from prunetransfer.config.claims import ClaimsSettings

from ..statistics.intervals import t_interval
from ..weights.mask_overlap import ALL
from .evidence import Evidence
from .rows import Row, every, single, undecided
from .verdict import Claimed, Finding, Side

TOP = 0.9
"""The top tenth of weights: those whose rank before training is at least this share of the matrix's size."""


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """9a: when weights move. 9b: how far they move. 9c: which weights move.

    Movements are means over all weights of a model. With several seeds they have an interval over seeds. With one seed
    they are exact.
    """
    return [
        _first_epoch(evidence, Claimed(Side.ABOVE, settings.first_epoch_share)),
        every(
            "9b",
            f"Weights move {settings.movement:g} % at most in the sort order, on average over a model's weights",
            "mean movement in percent of the matrix's size",
            [_movement(row) for row in evidence.table2.itertuples()],
            Claimed(Side.AT_MOST, settings.movement),
        ),
        every(
            "9c",
            "The tenth of weights with the highest magnitudes moves less than "
            f"{settings.top_movement:g} × the average weight",
            "mean movement of the top tenth over that of all weights",
            _top_movements(evidence),
            Claimed(Side.BELOW, settings.top_movement),
        ),
    ]


def _first_epoch(evidence: Evidence, claimed: Claimed) -> Row:
    statement = f"More than {claimed.threshold:g} % of the movement happens in the first epoch"
    statistic = "percent of the last epoch's movement that is reached after the first epoch, mean over tasks"
    shares = _shares(evidence.movement)
    if shares.empty:
        return undecided("9a", statement, f"{statistic}: no trajectory of more than one epoch", claimed)
    value = float(shares.mean())
    low, high = t_interval(shares) if len(shares) > 1 else (math.nan, math.nan)
    return single("9a", statement, f"{statistic}, {len(shares)} tasks", Finding(value, low, high), claimed)


def _shares(movement: pd.DataFrame) -> pd.Series:
    """The movement after the first epoch in percent of the movement after the last epoch: by task, mean over seeds.

    The learning rate is the one with the most saved epochs. If there are several, it is the largest of these.
    """
    if movement.empty:
        return pd.Series(dtype=float)
    epochs = movement.groupby("learning_rate")["epoch"].max()
    followed = movement[movement["learning_rate"] == epochs[epochs == epochs.max()].index.max()]
    by_epoch = followed.pivot(index=["task", "seed"], columns="epoch", values="mean")
    if epochs.max() < 2 or 1 not in by_epoch:
        return pd.Series(dtype=float)
    shares = (100 * by_epoch[1] / by_epoch[epochs.max()]).dropna()
    return shares.groupby("task", sort=False).mean()


def _movement(row) -> Finding:
    """The finding in a row of the study's Table 2, or of the paper's Table 2, which has no intervals."""
    low, high = getattr(row, "ci_low", math.nan), getattr(row, "ci_high", math.nan)
    at = f"{row.task}, learning rate {row.learning_rate:g}"
    return Finding(row.movement_mean_percent, low, high, exact=pd.isna(low), at=at)


def _top_movements(evidence: Evidence) -> list[Finding]:
    """The mean movement of the top tenth divided by that of all weights, after the last epoch: by task and learning rate."""
    bins = evidence.movement_bins
    if bins is None or bins.empty:
        return []
    bins = bins[bins["name"] == ALL]
    top = bins["bin"] >= math.ceil(TOP * (bins["bin"].max() + 1))
    trajectory = ["task", "learning_rate", "seed"]
    last = bins["epoch"] == bins.groupby(trajectory)["epoch"].transform("max")
    moved = bins.assign(moved=bins["mean"] * bins["weights"])
    sums, top_sums = (
        moved[kept].groupby(trajectory, sort=False)[["moved", "weights"]].sum() for kept in (last, last & top)
    )
    ratios = (top_sums["moved"] / top_sums["weights"]) / (sums["moved"] / sums["weights"])
    return [
        Finding(ratio, exact=True, at=f"{task}, learning rate {learning_rate:g}")
        for (task, learning_rate), ratio in ratios.groupby(["task", "learning_rate"], sort=False).mean().items()
    ]
