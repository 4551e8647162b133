"""Rows of claims.csv. A statement is about one finding, or about every one of several findings."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from ..statistics.intervals import LEVEL
from ..tables.gaps import describe
from .verdict import Claimed, Finding, Side, Verdict, verdict

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
    """The number of the claim with a letter or a task: `1a`, `7 CoLA`."""
    statement: str
    statistic: str
    """The meaning of the value, the sparsity and task at which it was found, and the data that are missing."""
    finding: Finding
    claimed: Claimed
    verdict: Verdict


def undecided(claim: str, statement: str, why: str, claimed: Claimed) -> Row:
    """The row of a statement that the data don't test. why: the text of its `statistic`."""
    return Row(claim, statement, why, Finding(math.nan), claimed, Verdict.UNDECIDED)


def single(claim: str, statement: str, statistic: str, finding: Finding, claimed: Claimed) -> Row:
    """The row of a statement about one finding."""
    if not finding.has_bounds:
        statistic = f"{statistic}; {_NO_INTERVAL}"
    return Row(claim, statement, statistic, finding, claimed, verdict(claimed, finding))


def every(claim: str, statement: str, quantity: str, findings: Sequence[Finding], claimed: Claimed) -> Row:
    """The row of a statement about every one of `findings`. A finding without a value counts as missing.

    The statement holds if no finding is missing and the 95 % interval of every finding lies on the claimed side. This is
    an intersection-union test, which needs no correction for the number of findings (Berger 1982). The statement fails
    if a finding's interval lies beyond the threshold even after it is widened for the number of findings
    (`bonferroni_factor`). Otherwise it is undecided. The row shows the most extreme finding or, if the statement fails,
    the most extreme of the findings that make it fail. The text names this finding by its `at`.
    """
    found = [finding for finding in findings if not math.isnan(finding.value)]
    missing = [finding.at for finding in findings if math.isnan(finding.value)]
    gaps = describe(missing, len(findings), "comparisons") if missing else ""
    if not found:
        return undecided(claim, statement, f"{quantity}: {gaps or 'nothing to compare'}", claimed)
    verdicts = {verdict(claimed, finding) for finding in found}
    failing = [finding for finding in found if _fails_beyond_doubt(claimed, finding, len(found))]
    extreme = max(found, key=lambda finding: claimed.badness(finding.value))
    which = _EXTREME[claimed.side]
    if failing:
        outcome = Verdict.FAILS
        shown = max(failing, key=lambda finding: claimed.badness(finding.value))
        if shown != extreme:
            which = f"{which} of the {len(failing)} beyond doubt"
    else:
        outcome = Verdict.UNDECIDED if missing or verdicts != {Verdict.HOLDS} else Verdict.HOLDS
        shown = extreme
    of = f" of {len(found)}" if len(found) > 1 else ""
    remarks = [f"{quantity}, {which}{of}: {shown.at}" if of else f"{quantity}, {shown.at}", gaps]
    if not all(finding.has_bounds for finding in found):
        remarks.append(_NO_INTERVAL)
    return Row(claim, statement, "; ".join(filter(None, remarks)), shown, claimed, outcome)


def bonferroni_factor(count: int, degrees_of_freedom: float = math.nan) -> float:
    """The factor by which 95 % intervals are widened so that all of `count` intervals together have a level of 95 %.

    It is the ratio of two quantiles of Student's t or, if `degrees_of_freedom` is NaN, of the normal distribution. For
    45 intervals the factor is 1.7. With three seeds (2 degrees of freedom) it is 6.9.
    """
    tails = (1 - LEVEL) / 2 / np.array([count, 1])
    distribution = stats.norm() if math.isnan(degrees_of_freedom) else stats.t(degrees_of_freedom)
    wide, narrow = distribution.isf(tails)
    return float(wide / narrow)


def _fails_beyond_doubt(claimed: Claimed, finding: Finding, count: int) -> bool:
    return verdict(claimed, finding.widened(bonferroni_factor(count, finding.degrees_of_freedom))) is Verdict.FAILS
