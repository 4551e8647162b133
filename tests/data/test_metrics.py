"""Metrics compared with their formulas."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.data.metrics import score_fraction

PAIRS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30)
NUMBERS = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=2, max_size=20)


@given(pairs=PAIRS)
def test_classification_against_the_table_of_counts(pairs):
    labels, predictions = np.array(pairs).T
    tp, fp, fn, tn = (sum(pair == cell for pair in pairs) for cell in ((1, 1), (0, 1), (1, 0), (0, 0)))
    root = ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) ** 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert score_fraction("accuracy", labels, predictions) == pytest.approx((tp + tn) / len(pairs))
        assert score_fraction("f1", labels, predictions) == pytest.approx(2 * tp / max(2 * tp + fp + fn, 1))
        assert score_fraction("matthews", labels, predictions) == pytest.approx(
            (tp * tn - fp * fn) / root if root else 0.0
        )


@given(pairs=NUMBERS)
def test_correlations_against_numpy(pairs):
    labels, predictions = np.array(pairs, dtype=np.float32).T
    constant = len(set(labels)) == 1 or len(set(predictions)) == 1
    ranks = [
        np.array([(values < value).sum() + (values <= value).sum() for value in values])
        for values in (labels, predictions)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = 0.0 if constant else np.corrcoef(labels, predictions)[0, 1]
        assert score_fraction("pearson", labels, predictions) == pytest.approx(expected, abs=1e-6)
        expected = 0.0 if constant else np.corrcoef(*ranks)[0, 1]
        assert score_fraction("spearman", labels, predictions) == pytest.approx(expected, abs=1e-6)


def test_f1_is_of_class_one():
    assert score_fraction("f1", [0, 0, 0, 1], [0, 0, 0, 0]) == 0.0
    assert score_fraction("f1", [1, 1, 1, 0], [1, 1, 1, 1]) == pytest.approx(6 / 7)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="bleu"):
        score_fraction("bleu", [1], [1])
    for labels, predictions in (([1, 0], [1]), ([], []), ([[1]], [[1]])):
        with pytest.raises(ValueError, match="must be"):
            score_fraction("accuracy", labels, predictions)
