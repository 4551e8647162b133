import math

from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.analysis.claims.verdict import Claimed, Finding, Side, Verdict, verdict

NUMBERS = st.integers(-20, 20)
SIDES = st.sampled_from(Side)
MIRROR = {
    Side.BELOW: Side.ABOVE,
    Side.AT_MOST: Side.AT_LEAST,
    Side.ABOVE: Side.BELOW,
    Side.AT_LEAST: Side.AT_MOST,
    Side.WITHIN: Side.WITHIN,
}


@st.composite
def intervals(draw):
    low, value, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    return Finding(value, low, high)


def _claimed(side, threshold):
    return Claimed(side, abs(threshold) if side is Side.WITHIN else threshold)


@given(intervals(), NUMBERS)
def test_an_interval_holds_on_one_side_and_fails_on_the_other(finding, threshold):
    found = verdict(Claimed(Side.BELOW, threshold), finding)
    assert (found == "holds") == (finding.high < threshold)
    assert (found == "fails") == (finding.low > threshold)
    assert (verdict(Claimed(Side.AT_MOST, threshold), finding) == "holds") == (finding.high <= threshold)


@given(intervals(), SIDES, NUMBERS)
def test_a_mirrored_claim_has_the_same_verdict(finding, side, threshold):
    claimed = _claimed(side, threshold)
    mirrored = _claimed(MIRROR[side], -threshold)
    assert verdict(claimed, finding) == verdict(mirrored, finding.negated())


@given(intervals(), st.integers(1, 20))
def test_within_is_above_and_below(finding, threshold):
    found = verdict(Claimed(Side.WITHIN, threshold), finding)
    sides = {
        verdict(Claimed(Side.BELOW, threshold), finding),
        verdict(Claimed(Side.ABOVE, -threshold), finding),
    }
    assert (found == "holds") == (sides == {Verdict.HOLDS})
    assert (found == "fails") == (Verdict.FAILS in sides)


@given(intervals(), SIDES, NUMBERS, st.floats(0, 1))
def test_a_narrower_interval_never_reverses_a_verdict(finding, side, threshold, factor):
    claimed = _claimed(side, threshold)
    wide, narrow = verdict(claimed, finding), verdict(claimed, finding.widened(factor))
    assert wide in (Verdict.UNDECIDED, narrow)


@given(NUMBERS, SIDES, NUMBERS)
def test_an_exact_value_needs_no_interval(value, side, threshold):
    claimed = _claimed(side, threshold)
    found = verdict(claimed, Finding(value, exact=True))
    assert found == (Verdict.HOLDS if claimed.allows(value) else Verdict.FAILS)


@given(SIDES, NUMBERS, NUMBERS)
def test_too_few_data_decide_nothing(side, threshold, value):
    claimed = _claimed(side, threshold)
    for finding in (
        Finding(math.nan),
        Finding(math.nan, exact=True),
        Finding(value),
        Finding(value, low=value),
        Finding(value, high=value),
    ):
        assert verdict(claimed, finding) is Verdict.UNDECIDED


def test_equal_models_neither_win_nor_lose():
    assert verdict(Claimed(Side.ABOVE, 0.0), Finding(0.0, 0.0, 0.0)) is Verdict.UNDECIDED
    assert verdict(Claimed(Side.ABOVE, 0.0), Finding(0.0, exact=True)) is Verdict.FAILS
