import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from prunetransfer.analysis.statistics.scores import score_percent
from prunetransfer.data.metrics import score_fraction

CLASSES = arrays(np.int64, (3, 17), elements=st.integers(0, 2))


@given(CLASSES, arrays(np.int64, 17, elements=st.integers(0, 2)))
def test_accuracy_is_the_share_correct(predictions, labels):
    expected = [100 * sum(p == q for p, q in zip(row, labels, strict=True)) / 17 for row in predictions]
    np.testing.assert_allclose(score_percent("matthews", labels, predictions), expected)


@pytest.mark.parametrize(("metric", "reference"), [("pearson", stats.pearsonr), ("spearman", stats.spearmanr)])
@given(
    labels=arrays(np.float32, 9, elements=st.integers(0, 5)),
    predictions=arrays(np.float32, (2, 9), elements=st.integers(-4, 4)),
)
def test_correlations_equal_scipys_and_are_0_for_a_constant(metric, reference, labels, predictions):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy warns where it returns nan for a constant
        expected = [np.nan_to_num(reference(labels.astype(float), row.astype(float)).statistic) for row in predictions]
    np.testing.assert_allclose(score_percent(metric, labels, predictions), 100 * np.array(expected), atol=1e-9)


def test_a_constant_that_binary_fractions_cannot_hold_scores_0():
    assert score_percent("pearson", np.linspace(0, 1, 7, dtype=np.float32), np.full(7, 0.1, dtype=np.float32)) == 0


def test_a_regression_by_another_metric_is_refused():
    with pytest.raises(ValueError, match="found 'accuracy'"):
        score_percent("accuracy", np.zeros(3, np.float32), np.zeros(3, np.float32))


@pytest.mark.parametrize("metric", ["pearson", "spearman"])
@given(
    labels=arrays(np.float32, 9, elements=st.integers(0, 5)),
    predictions=arrays(np.float32, 9, elements=st.integers(-4, 4)),
)
def test_a_regressions_score_is_the_one_that_fine_tuning_writes(metric, labels, predictions):
    assert score_percent(metric, labels, predictions) == pytest.approx(
        100 * score_fraction(metric, labels, predictions)
    )
