"""Labels in files become the right class indices and numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.data.labels import LabelError, class_index, regression_target

NAMES = ["entailment", "neutral", "contradiction"]


@pytest.mark.parametrize("value", [1, 1.0, "1", "1.0", " 1 ", True, "neutral"])
def test_names_and_places_of_named_labels(value):
    assert class_index(value, NAMES) == 1


@pytest.mark.parametrize("value", [-1, 3, 1.5, "", "Neutral", "neutral ", None, float("nan"), "1e0", "٢", [1], {}])
def test_other_values_are_refused(value):
    with pytest.raises(LabelError, match=r"found .*; allowed: 'entailment', 'neutral', 'contradiction', or 0 to 2"):
        class_index(value, NAMES)


@given(labels=st.lists(st.integers(-5, 9), unique=True, min_size=2), spell=st.sampled_from([int, str, float]))
def test_int_labels_are_compared_as_ints(labels, spell):
    for place, label in enumerate(labels):
        assert class_index(spell(label), labels) == class_index(spell(label), [str(name) for name in labels]) == place
    with pytest.raises(LabelError):
        class_index(10, labels)


def test_regression_targets():
    assert [regression_target(value) for value in (3, 2.5, "2.5", " -1e-1 ")] == [3.0, 2.5, 2.5, -0.1]
    for value in (None, "", "high", float("nan"), "nan", "inf", np.inf, True, [1], 10**400):
        with pytest.raises(LabelError, match="allowed: a finite number"):
            regression_target(value)
