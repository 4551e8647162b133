"""Times of schedules are within the bounds of all schedules, and within the bound of list scheduling (Graham 1969)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.planning.schedule import critical_path, makespan


@st.composite
def job_graphs(draw):
    count = draw(st.integers(1, 12))
    seconds = {str(job): float(draw(st.integers(0, 20))) for job in range(count)}
    after = {str(job): [str(earlier) for earlier in range(job) if draw(st.booleans())] for job in range(count)}
    return seconds, after


def longest_chain(seconds, after):
    ends = {}
    for job in seconds:
        ends[job] = seconds[job] + max((ends[earlier] for earlier in after[job]), default=0.0)
    return max(ends.values())


@given(job_graphs(), st.integers(1, 5))
def test_bounds(graph, slots):
    seconds, after = graph
    work, chain = sum(seconds.values()), longest_chain(seconds, after)
    found = makespan(seconds, after, slots)
    assert max(chain, work / slots) <= found + 1e-9
    assert found <= work / slots + chain * (slots - 1) / slots + 1e-9
    assert critical_path(seconds, after) == pytest.approx(chain)


@given(job_graphs())
def test_with_one_slot_the_time_is_the_sum_of_all_jobs(graph):
    assert makespan(*graph, 1) == pytest.approx(sum(graph[0].values()))


def test_the_longest_chain_goes_first():
    seconds = {"short": 1.0, "first": 1.0, "last": 3.0}
    after = {"short": [], "first": [], "last": ["first"]}
    assert makespan(seconds, after, 1) == 5
    assert makespan(seconds, after, 2) == 4


def test_nothing_to_do():
    assert makespan({}, {}, 3) == 0 == critical_path({}, {})
