import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from prunetransfer.analysis.claims.rows import bonferroni_factor, every, single, undecided
from prunetransfer.analysis.claims.verdict import Claimed, Finding, Side, Verdict, verdict

BELOW_1 = Claimed(Side.BELOW, 1.0)


def _every(cells, claimed=BELOW_1):
    return every("x", "all are small", "points", cells, claimed)


def _cells(*triples):
    return [Finding(*triple, at=f"cell {place}") for place, triple in enumerate(triples)]


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=1, max_size=8), st.sampled_from(list(Side)))
def test_it_holds_if_every_finding_does_and_fails_if_a_widened_one_does(pairs, side):
    claimed = Claimed(side, 1.0)
    cells = _cells(*[(value, value - half, value + half) for value, half in pairs])
    row = _every(cells, claimed)
    factor = stats.norm.isf(0.025 / len(cells)) / stats.norm.isf(0.025)
    holds = all(verdict(claimed, cell) == "holds" for cell in cells)
    fails = any(
        verdict(claimed, Finding(value, value - factor * half, value + factor * half)) == "fails"
        for value, half in pairs
    )
    assert (row.verdict == "holds") == holds
    assert (row.verdict == "fails") == fails
    assert row.finding in cells
    if not fails:
        assert claimed.badness(row.finding.value) == max(claimed.badness(cell.value) for cell in cells)


def test_one_finding_has_the_verdict_of_single():
    cell = Finding(1.5, 1.2, 1.8, at="at 40 %")
    row = _every([cell])
    assert row.verdict == single("x", "", "", cell, BELOW_1).verdict == "fails"
    assert row.statistic == "points, at 40 %"


def test_the_extreme_finding_is_shown_and_named():
    row = _every(_cells((0.1, 0, 0.2), (0.9, 0.7, 1.1), (0.5, 0.4, 0.6)))
    assert (row.verdict, row.finding.value) == ("undecided", 0.9)
    assert row.statistic == "points, largest of 3: cell 1"


def test_the_finding_that_makes_a_claim_fail_is_shown():
    row = _every(_cells((3.0, 0.2, 5.8), (1.5, 1.3, 1.7)))
    assert (row.verdict, row.finding.value) == ("fails", 1.5)
    assert "beyond doubt" in row.statistic


def test_a_missing_finding_keeps_a_claim_from_holding_and_not_from_failing():
    missing = Finding(math.nan, at="CoLA at 40 %")
    row = _every([*_cells((0.1, 0, 0.2)), missing])
    assert row.verdict == "undecided"
    assert "1 of 2 comparisons are missing: CoLA at 40 %" in row.statistic
    assert _every([*_cells((9, 8, 10)), missing]).verdict == "fails"
    nothing = _every([missing])
    assert nothing.verdict == "undecided" and math.isnan(nothing.finding.value)
    assert _every([]).verdict == "undecided"


def test_a_finding_without_interval_keeps_a_claim_from_holding():
    row = _every([*_cells((0.1, 0, 0.2)), Finding(0.2, at="there")])
    assert row.verdict == "undecided"
    assert row.statistic.endswith("too few data for an interval")


def test_a_statement_without_data_is_undecided():
    row = undecided("x", "s", "why", BELOW_1)
    assert row.verdict is Verdict.UNDECIDED and row.statistic == "why"


def test_the_factor_is_the_ratio_of_normal_quantiles():
    assert bonferroni_factor(1) == 1
    assert bonferroni_factor(10) == pytest.approx(2.807 / 1.960, abs=1e-3)
    # From a table of Student's t with 2 degrees of freedom: 14.089 at 0.25 %, 4.303 at 2.5 %.
    assert bonferroni_factor(10, 2) == pytest.approx(14.089 / 4.303, abs=1e-3)
    assert bonferroni_factor(1, 2) == 1


def test_many_true_statements_seldom_fail():
    """All true values are at the threshold. Without wider intervals 40 of 100 sets of 20 findings would fail."""
    generator = np.random.default_rng(0)
    draws = generator.normal(size=(1000, 20))
    failed = [_every(_cells(*[(1 + d, 1 + d - 1.96, 1 + d + 1.96) for d in row])).verdict == "fails" for row in draws]
    assert np.mean(failed) < 0.04
