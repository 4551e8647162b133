"""Rows of claims.csv: one estimate, or many of which the worst is what counts."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from ..statistics.intervals import LEVEL
from ..tables.gaps import describe
from .verdict import Claimed, Estimate, Side, Verdict, verdict

_NO_INTERVAL = "too few data for an interval"
_EXTREME = {
    Side.BELOW: "largest",
    Side.AT_MOST: "largest",
    Side.ABOVE: "smallest",
    Side.AT_LEAST: "smallest",
    Side.WITHIN: "largest in size",
}


class Row(NamedTuple):
    """One tested statement."""

    claim: str
    """Number and letter, or number and task: `1a`, `7 CoLA`."""
    statement: str
    statistic: str
    """What the value is, where it was found, and what is missing."""
    estimate: Estimate
    claimed: Claimed
    verdict: Verdict


def undecided(claim: str, statement: str, why: str, claimed: Claimed) -> Row:
    """A statement that the study's data say nothing about."""
    return Row(claim, statement, why, Estimate(math.nan), claimed, Verdict.UNDECIDED)


def single(claim: str, statement: str, statistic: str, estimate: Estimate, claimed: Claimed) -> Row:
    """A statement about one number."""
    if not estimate.has_bounds:
        statistic = f"{statistic}; {_NO_INTERVAL}"
    return Row(claim, statement, statistic, estimate, claimed, verdict(claimed, estimate))


def every(claim: str, statement: str, quantity: str, cells: Sequence[Estimate], claimed: Claimed) -> Row:
    """A statement about every one of `cells`, which are called by their `at`; those without a value are missing.

    The row shows the extreme cell. It holds if every cell's own 95 % interval lies where the claim says and none is
    missing: an intersection-union test, which needs no correction for their number (Berger 1982). It fails if a cell
    lies elsewhere with its interval widened for their number (Bonferroni: `bonferroni_factor`); then the extreme of
    these cells is shown. It is undecided otherwise.
    """
    found = [cell for cell in cells if not math.isnan(cell.value)]
    missing = [cell.at for cell in cells if math.isnan(cell.value)]
    gaps = describe(missing, len(cells), "comparisons") if missing else ""
    if not found:
        return undecided(claim, statement, f"{quantity}: {gaps or 'nothing to compare'}", claimed)
    verdicts = [verdict(claimed, cell) for cell in found]
    failing = [cell for cell in found if _fails_beyond_doubt(claimed, cell, len(found))]
    extreme = max(found, key=lambda cell: claimed.badness(cell.value))
    which = _EXTREME[claimed.side]
    if failing:
        outcome = Verdict.FAILS
        shown = max(failing, key=lambda cell: claimed.badness(cell.value))
        if shown != extreme:
            which = f"{which} of the {len(failing)} beyond doubt"
    else:
        outcome = Verdict.UNDECIDED if missing or set(verdicts) != {Verdict.HOLDS} else Verdict.HOLDS
        shown = extreme
    of = f" of {len(found)}" if len(found) > 1 else ""
    remarks = [f"{quantity}, {which}{of}: {shown.at}" if of else f"{quantity}, {shown.at}", gaps]
    if not all(cell.has_bounds for cell in found):
        remarks.append(_NO_INTERVAL)
    return Row(claim, statement, "; ".join(filter(None, remarks)), shown, claimed, outcome)


def bonferroni_factor(cells: int, degrees_of_freedom: float = math.nan) -> float:
    """How much wider a 95 % interval must be, for `cells` of them to hold together: the ratio of quantiles.

    Of Student's t, or of the normal distribution without degrees of freedom. For 45 cells 1.7; with three seeds 6.9.
    """
    tails = (1 - LEVEL) / 2 / np.array([cells, 1])
    distribution = stats.norm() if math.isnan(degrees_of_freedom) else stats.t(degrees_of_freedom)
    wide, narrow = distribution.isf(tails)
    return float(wide / narrow)


def _fails_beyond_doubt(claimed: Claimed, cell: Estimate, cells: int) -> bool:
    return verdict(claimed, cell.widened(bonferroni_factor(cells, cell.degrees_of_freedom))) is Verdict.FAILS
