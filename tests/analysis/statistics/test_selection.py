import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import stats

from prunetransfer.analysis.statistics.selection import chosen, first_half, select, unbiased_score


def _runs(scores: np.ndarray) -> pd.DataFrame:
    """Rows of runs.csv with these scores, [learning rates, seeds]."""
    return pd.DataFrame(
        {
            "learning_rate": rate / 1e5,
            "seed": seed,
            "dev_score": 0.0,
            "dev_accuracy": scores[rate, seed],
            "train_loss": 10.0 * rate + seed,
        }
        for rate in range(scores.shape[0])
        for seed in range(scores.shape[1])
    )


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.integers(0, 100)))
def test_select_takes_the_best_mean_over_seeds(scores):
    selection = select(_runs(scores))
    means = scores.mean(axis=1)
    best = round(selection.learning_rate * 1e5)
    assert selection.dev_accuracy == pytest.approx(means.max())
    assert means[best] == pytest.approx(means.max())
    assert selection.mean_dev_accuracy == pytest.approx(scores.mean())
    assert selection.train_loss == pytest.approx(10 * best + (scores.shape[1] - 1) / 2)


def test_of_equally_good_rates_the_first_listed_is_chosen():
    runs = _runs(np.full((3, 2), 69.1))
    assert select(runs).learning_rate == 0
    assert select(runs.iloc[::-1]).learning_rate == 2e-5


def test_rounding_noise_does_not_choose_a_rate():
    # The sums differ in the last digit: 0.1 + 0.2 + 0.3 > 0.3 + 0.2 + 0.1.
    for scores in ([[0.3, 0.2, 0.1], [0.1, 0.2, 0.3]], [[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]]):
        assert select(_runs(np.array(scores))).learning_rate == 0


def test_missing_runs_do_not_count():
    runs = _runs(np.array([[50.0, 70.0], [80.0, 90.0]]))
    selection = select(runs[~((runs["learning_rate"] == 0) & (runs["seed"] == 0))])
    assert selection.mean_dev_accuracy == (70 + 85) / 2


def test_a_regression_is_chosen_by_its_metric():
    runs = _runs(np.full((2, 1), np.nan)).assign(dev_score=[40.0, 30.0])
    assert select(runs).dev_accuracy == 40


def test_chosen_runs_are_those_at_the_selected_rate_by_seed():
    runs = pd.concat(
        _runs(scores).assign(arm="random", sparsity=60, task=task)
        for task, scores in {
            "a": np.array([[50.0, 70.0], [80.0, 90.0]]),
            "b": np.array([[3.0, 4.0], [1.0, 2.0]]),
        }.items()
    )
    cells = chosen(runs[~((runs["task"] == "b") & (runs["seed"] == 0))])
    assert {cell: rows["dev_accuracy"].to_dict() for cell, rows in cells.items()} == {
        ("random", 60, "a"): {0: 80.0, 1: 90.0},
        ("random", 60, "b"): {1: 4.0},
    }
    assert cells["random", 60, "a"]["train_loss"].to_dict() == {0: 10.0, 1: 11.0}


def test_a_task_is_always_halved_in_the_same_way():
    for examples in (2, 3, 1000):
        assert first_half("sst2", examples).sum() == examples // 2
    assert np.array_equal(first_half("sst2", 1000), first_half("sst2", 1000))
    assert not np.array_equal(first_half("sst2", 1000), first_half("mnli", 1000))
    with pytest.raises(ValueError, match="sst2: a dev set of 1"):
        first_half("sst2", 1)


@given(
    arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 3), st.just(23)), elements=st.integers(0, 1)),
    arrays(np.int64, 23, elements=st.integers(0, 1)),
)
def test_unbiased_accuracy_equals_a_loop_over_examples(predictions, labels):
    half = first_half("t", 23)

    def right(rate, inside):
        return [
            np.mean([predictions[rate][seed][example] == labels[example] for seed in range(predictions.shape[1])])
            for example in range(23)
            if half[example] == inside
        ]

    scored = []
    for inside in (True, False):
        means = [round(np.mean(right(rate, not inside)), 9) for rate in range(len(predictions))]
        scored += right(means.index(max(means)), inside)
    assert unbiased_score("t", "accuracy", labels, list(predictions)) == pytest.approx(100 * np.mean(scored))


@given(arrays(np.int64, (1, 2, 31), elements=st.integers(0, 2)), arrays(np.int64, 31, elements=st.integers(0, 2)))
def test_with_one_learning_rate_the_unbiased_accuracy_is_the_plain_one(predictions, labels):
    plain = 100 * np.mean(predictions[0] == labels)
    assert unbiased_score("t", "accuracy", labels, list(predictions)) == pytest.approx(plain)


def test_learning_rates_with_different_numbers_of_seeds():
    labels = np.arange(40) % 2
    assert unbiased_score("t", "accuracy", labels, [np.stack([labels, labels]), 1 - labels[None]]) == 100


def test_a_regression_is_scored_half_by_half():
    generator = np.random.default_rng(0)
    labels, predictions = generator.normal(size=(2, 30)).astype(np.float32)
    half = first_half("t", 30)
    expected = np.mean([stats.pearsonr(labels[side], predictions[side]).statistic for side in (half, ~half)])
    assert unbiased_score("t", "pearson", labels, [predictions[None]]) == pytest.approx(100 * expected)


def test_choosing_among_noise_biases_the_selected_score_and_not_the_unbiased_one():
    generator = np.random.default_rng(0)
    labels = np.zeros(200, dtype=np.int64)
    flattered, unbiased = [], []
    for _ in range(300):
        predictions = generator.integers(2, size=(8, 1, 200))
        flattered.append(100 * (predictions == labels).mean(axis=2).max())
        unbiased.append(unbiased_score("t", "accuracy", labels, list(predictions)))
    assert np.mean(flattered) > 54
    assert np.mean(unbiased) == pytest.approx(50, abs=4 * np.std(unbiased) / 300**0.5)
