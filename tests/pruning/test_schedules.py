"""Schedules update masks at the right steps, and to the right sparsity."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from prunetransfer.config.pruning import ScheduleSettings
from prunetransfer.pruning import cubic_sparsity
from prunetransfer.pruning.schedules import make_schedule

STEP = st.integers(0, 500)
SHARE = st.floats(0, 0.99)


def schedule(sparsity=0.9, **settings):
    return make_schedule(TypeAdapter(ScheduleSettings).validate_python(settings), sparsity)


@given(start=STEP, ramp=st.integers(1, 500), initial=SHARE, final=SHARE)
def test_cubic_is_the_formula_on_the_ramp(start, ramp, initial, final):
    end = start + ramp
    for step in range(start, end + 1):
        progress = (step - start) / ramp
        expected = final + (initial - final) * (1 - progress) ** 3
        found = cubic_sparsity(step, start=start, end=end, initial=initial, final=final)
        assert found == pytest.approx(expected, abs=1e-12)


@given(start=STEP, ramp=st.integers(0, 500), initial=SHARE, final=SHARE)
def test_cubic_is_monotone_and_exact_at_its_ends(start, ramp, initial, final):
    end = start + ramp

    def at(step):
        return cubic_sparsity(step, start=start, end=end, initial=initial, final=final)

    values = [at(step) for step in range(max(0, start - 3), end + 4)]
    rising = final >= initial
    assert all(b >= a - 1e-15 if rising else b <= a + 1e-15 for a, b in pairwise(values))
    assert at(end) == at(end + 1) == at(end + 10_000) == final
    if ramp:
        assert at(start) == initial
        assert at(start - 1) == initial


@given(start=STEP, ramp=st.integers(1, 300), interval=st.integers(1, 400), sparsity=st.floats(0.01, 0.99))
def test_cubic_schedule(start, ramp, interval, sparsity):
    cubic = schedule(sparsity, kind="cubic", start=start, ramp_steps=ramp, interval=interval)
    updates = [step for step in range(start + ramp + 3 * interval + 1) if cubic.updates_at(step)]
    expected = {start + ramp, *range(start, start + ramp + 3 * interval + 1, interval)}
    assert updates == sorted(expected)
    # The sparsity that holds from each update on: at the end of the ramp exactly the final one, and so ever after.
    assert [cubic.sparsity_at(step) for step in updates if step >= start + ramp].count(sparsity) >= 3
    assert all(cubic.sparsity_at(step) < sparsity for step in updates if step < start + ramp)
    assert cubic.sparsity_at(0) == 0.0


@given(start=STEP, sparsity=st.floats(0.01, 0.99))
def test_one_shot(start, sparsity):
    once = schedule(sparsity, kind="one_shot", start=start)
    assert [step for step in range(start + 50) if once.updates_at(step)] == [start]
    assert once.sparsity_at(start) == sparsity
