import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from prunetransfer.analysis.intervals import dev_interval, interval_of_mean, seed_interval
from prunetransfer.analysis.scores import score


@given(st.lists(st.integers(0, 100), min_size=2, max_size=8).filter(lambda values: len(set(values)) > 1))
def test_over_seeds_it_is_students_t(scores):
    expected = stats.t.interval(0.95, len(scores) - 1, loc=np.mean(scores), scale=stats.sem(scores))
    assert seed_interval(scores) == pytest.approx(expected)


def test_over_seeds_that_agree_it_has_no_width():
    assert seed_interval([69.1, 69.1, 69.1]) == pytest.approx((69.1, 69.1))
    with pytest.raises(ValueError, match="at least 2, found 1"):
        seed_interval([69.1])


def test_accuracys_interval_is_the_limit_of_the_drawn_bootstrap():
    generator = np.random.default_rng(0)
    labels = np.zeros(300, dtype=np.int64)
    predictions = (generator.random(300) < 0.2).astype(np.int64)
    drawn = [100 * np.mean(generator.choice(predictions, 300) == 0) for _ in range(20_000)]
    low, high = dev_interval("accuracy", labels, predictions)
    # One example is 0.33 points: the drawn quantile may fall on a neighbour.
    assert (low, high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.34)


@given(st.integers(1, 50), st.data())
def test_accuracys_interval_holds_the_accuracy(examples, data):
    correct = data.draw(st.integers(0, examples))
    labels = np.zeros(examples, dtype=np.int64)
    low, high = dev_interval("accuracy", labels, np.arange(examples) >= correct)
    assert 0 <= low <= 100 * correct / examples <= high <= 100


@pytest.mark.parametrize("metric", ["pearson", "spearman"])
def test_a_correlations_interval_is_the_bootstraps(metric):
    generator = np.random.default_rng(0)
    labels = generator.normal(size=120).astype(np.float32)
    predictions = labels + generator.normal(size=120).astype(np.float32)
    picks = generator.integers(120, size=(4_000, 120))
    expected = np.quantile([score(metric, labels[pick], predictions[pick]) for pick in picks], [0.025, 0.975])
    assert dev_interval(metric, labels, predictions) == pytest.approx(expected, abs=1.5)
    assert dev_interval(metric, labels, predictions) == dev_interval(metric, labels, predictions)


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(0, 9), st.floats(0, 9)),
        min_size=1,
        max_size=6,
    )
)
def test_half_widths_of_a_mean_add_in_squares(tasks):
    values, below, above = np.array(tasks).T
    low, high = interval_of_mean(values, values - below, values + above)
    mean = sum(values) / len(values)
    assert mean - low == pytest.approx(np.sqrt(sum(below**2)) / len(values), abs=1e-6)
    assert high - mean == pytest.approx(np.sqrt(sum(above**2)) / len(values), abs=1e-6)


def test_the_mean_of_independent_tasks_is_covered():
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(500):
        seeds = generator.normal(80, [[1], [2], [4]], size=(3, 3))
        intervals = [seed_interval(task) for task in seeds]
        low, high = interval_of_mean(seeds.mean(axis=1), *np.array(intervals).T)
        covered += low <= 80 <= high
    assert covered >= 0.95 * 500
