import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.analysis.statistics.rank_correlation import spearman

POINTS = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=4, max_size=20)


def _ranks(values):
    return np.array([np.mean([2 * (other < value) + (other == value) for other in values]) for value in values])


@given(POINTS)
def test_is_pearsons_correlation_of_the_ranks(points):
    x, y = np.array(points).T
    found = spearman(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert np.isnan(found).all()
        return
    assert found.spearman == pytest.approx(np.corrcoef(_ranks(x), _ranks(y))[0, 1])
    assert found.spearman_low - 1e-9 <= found.spearman <= found.spearman_high + 1e-9
    assert found.spearman_low >= -1 and found.spearman_high <= 1
    turned = spearman(x, -y)
    assert (turned.spearman_low, turned.spearman_high) == pytest.approx((-found.spearman_high, -found.spearman_low))


def test_the_interval_by_hand():
    """r = 0.8 of 5 points: atanh is 1.0986, its deviation sqrt((1 + 0.32) / 2) = 0.8124."""
    found = spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    assert found.spearman == pytest.approx(0.8)
    assert found.spearman_low == pytest.approx(np.tanh(1.0986 - 1.96 * 0.8124), abs=1e-3)
    assert found.spearman_high == pytest.approx(np.tanh(1.0986 + 1.96 * 0.8124), abs=1e-3)


def test_covers_the_true_correlation_about_95_times_of_100():
    generator = np.random.default_rng(0)
    # For normal variables, Spearman's correlation is 6 / pi asin(Pearson's correlation / 2).
    true = 6 / np.pi * np.arcsin(0.5 / 2)
    covered = 0
    for _ in range(500):
        x, noise = generator.normal(size=(2, 60))
        found = spearman(x, 0.5 * x + np.sqrt(0.75) * noise)
        covered += found.spearman_low < true < found.spearman_high
    assert 0.92 <= covered / 500 <= 0.98


def test_a_perfect_correlation():
    assert spearman(range(9), range(9))[:3] == (1, 1, 1)


def test_too_few_points():
    assert np.isnan(spearman([1], [1])).all()
    few = spearman([1, 2, 3], [1, 3, 2])
    assert few.spearman == pytest.approx(0.5) and np.isnan(few.spearman_low)
