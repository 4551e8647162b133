import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from prunetransfer.analysis.statistics.intervals import (
    RESAMPLES,
    dev_interval,
    percentile_interval,
    resampled_accuracy_differences,
    resampled_scores,
    t_interval,
)
from prunetransfer.analysis.statistics.scores import score_percent


@given(st.lists(st.integers(0, 100), min_size=2, max_size=8).filter(lambda values: len(set(values)) > 1))
def test_the_interval_over_seeds_is_students_t(scores):
    expected = stats.t.interval(0.95, len(scores) - 1, loc=np.mean(scores), scale=stats.sem(scores))
    assert t_interval(scores) == pytest.approx(expected)


def test_the_interval_of_equal_seeds_has_no_width():
    assert t_interval([69.1, 69.1, 69.1]) == pytest.approx((69.1, 69.1))
    with pytest.raises(ValueError, match="at least 2 values, found 1"):
        t_interval([69.1])


def test_accuracys_interval_is_the_limit_of_the_drawn_bootstrap():
    generator = np.random.default_rng(0)
    labels = np.zeros(300, dtype=np.int64)
    predictions = (generator.random(300) < 0.2).astype(np.int64)
    drawn = [100 * np.mean(generator.choice(predictions, 300) == 0) for _ in range(20_000)]
    interval = dev_interval("t", "accuracy", labels, predictions)
    # The drawn quantile may be one example off, which is 0.33 points.
    assert interval == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.34)
    assert interval == pytest.approx(
        percentile_interval(resampled_scores("t", "accuracy", labels, predictions)), abs=0.34
    )


@given(st.integers(1, 50), st.data())
def test_accuracys_interval_contains_the_accuracy(examples, data):
    correct = data.draw(st.integers(0, examples))
    labels = np.zeros(examples, dtype=np.int64)
    low, high = dev_interval("t", "accuracy", labels, np.arange(examples) >= correct)
    assert 0 <= low <= 100 * correct / examples <= high <= 100


@pytest.mark.parametrize("metric", ["pearson", "spearman"])
def test_a_correlations_interval_is_the_bootstraps(metric):
    generator = np.random.default_rng(0)
    labels = generator.normal(size=120).astype(np.float32)
    predictions = labels + generator.normal(size=120).astype(np.float32)
    picks = generator.integers(120, size=(4_000, 120))
    expected = np.quantile([score_percent(metric, labels[pick], predictions[pick]) for pick in picks], [0.025, 0.975])
    assert dev_interval("t", metric, labels, predictions) == pytest.approx(expected, abs=1.5)


def test_differences_of_accuracy_are_the_paired_bootstraps():
    generator = np.random.default_rng(0)
    first, second = generator.random((2, 200)) < [[0.8], [0.7]]
    picks = generator.integers(200, size=(20_000, 200))
    expected = 100 * (first[picks].mean(axis=1) - second[picks].mean(axis=1))
    drawn = resampled_accuracy_differences("t", first, second)
    assert drawn.shape == (RESAMPLES,)
    assert drawn.mean() == pytest.approx(expected.mean(), abs=0.3)
    assert drawn.std() == pytest.approx(expected.std(), rel=0.05)
    # The drawn quantile may be one example off, which is 0.5 points.
    assert percentile_interval(drawn) == pytest.approx(percentile_interval(expected), abs=0.51)


@given(arrays(bool, (2, 13)))
def test_only_examples_that_one_run_alone_gets_right_make_a_difference(flags):
    first, second = flags
    drawn = resampled_accuracy_differences("t", first, second)
    assert np.abs(drawn).max() <= 100
    if not (first & ~second).any():
        assert drawn.max() <= 0
    if not (second & ~first).any():
        assert drawn.min() >= 0


@pytest.mark.parametrize("kind", [np.int64, np.float32])
def test_resamples_depend_on_the_task_alone(kind):
    generator = np.random.default_rng(0)
    labels, predictions = generator.integers(4, size=(2, 60)).astype(kind)
    metric = "pearson"
    drawn = resampled_scores("sst2", metric, labels, predictions)
    assert np.array_equal(drawn, resampled_scores("sst2", metric, labels, predictions))
    assert not np.array_equal(drawn, resampled_scores("mnli", metric, labels, predictions))


def test_runs_of_a_regression_see_the_same_resamples():
    generator = np.random.default_rng(0)
    labels = generator.normal(size=50).astype(np.float32)
    predictions = labels + generator.normal(size=50).astype(np.float32)
    # Scaling all predictions doesn't change a correlation, so the two agree in every resample.
    scaled = resampled_scores("t", "pearson", labels, 2 * predictions + 1)
    assert scaled == pytest.approx(resampled_scores("t", "pearson", labels, predictions), abs=1e-3)
