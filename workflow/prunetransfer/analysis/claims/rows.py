"""Rows of claims.csv: one estimate, or many of which the worst is what counts."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy import stats

from ..gaps import describe
from ..intervals import LEVEL
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
    lies elsewhere with its interval widened for their number (Bonferroni: half-widths times the ratio of normal
    quantiles, which is too little for Student's t over few seeds); then the extreme of these cells is shown. It is
    undecided otherwise.
    """
    found = [cell for cell in cells if not math.isnan(cell.value)]
    missing = [cell.at for cell in cells if math.isnan(cell.value)]
    gaps = describe(missing, len(cells), "comparisons") if missing else ""
    if not found:
        return undecided(claim, statement, f"{quantity}: {gaps or 'nothing to compare'}", claimed)
    verdicts = [verdict(claimed, cell) for cell in found]
    factor = bonferroni_factor(len(found))
    failing = [cell for cell in found if verdict(claimed, cell.widened(factor)) is Verdict.FAILS]
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


def bonferroni_factor(cells: int) -> float:
    """How much wider a normal 95 % interval must be, for `cells` of them to hold together."""
    tail = (1 - LEVEL) / 2
    return float(stats.norm.ppf(1 - tail / cells) / stats.norm.ppf(1 - tail))
