import warnings

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from prunetransfer.analysis.statistics.similarity import SimilarityOfLayers


def similarity(one, other, batch=7):
    layers = SimilarityOfLayers()
    for first in range(0, len(one), batch):
        layers.add(*(torch.from_numpy(array[first : first + batch]) for array in (one, other)))
    assert layers.tokens == len(one)
    return layers.result()


def reference_cka(one, other):
    """Linear CKA from centred Gram matrices [tokens, tokens] (Kornblith et al. 2019, equations 3 and 4)."""
    centring = np.eye(len(one)) - 1 / len(one)
    one, other = (centring @ features @ features.T @ centring for features in (one, other))
    return np.sum(one * other) / np.sqrt(np.sum(one * one) * np.sum(other * other))


def features(seed, tokens=30, width=6, mean=0.0):
    return mean + np.random.default_rng(seed).normal(size=(tokens, width))


@example(56, 29, 1, 1, 0)  # one of the features is 1.6e-10
@given(st.integers(0, 999), st.integers(2, 40), st.integers(1, 8), st.integers(1, 45), st.sampled_from([0, 3, 1e4]))
def test_equals_the_definitions_however_tokens_come(seed, tokens, width, batch, mean):
    one, other = features(seed, tokens, width, mean), features(seed + 1000, tokens, width, mean)
    found = similarity(one, other, batch)
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(one, other, strict=True)]
    assert found.cosine == pytest.approx(np.mean(cosines))
    assert found.cosine_std == pytest.approx(np.std(cosines), abs=1e-7)
    assert found.cka == pytest.approx(reference_cka(one - mean, other - mean), abs=1e-7)


def test_float32_features_are_added_up_in_float64():
    one, other = features(0, 500).astype(np.float32), features(1, 500).astype(np.float32)
    assert similarity(one, other) == pytest.approx(similarity(one.astype(float), other.astype(float)), rel=1e-12)


def test_cka_is_invariant_to_rotation_scale_and_shift():
    one, other = features(0), features(1)
    rotation, _ = np.linalg.qr(features(2, 6, 6))
    expected = similarity(one, other).cka
    assert 0.01 < expected < 0.99
    assert similarity(one, 3.7 * other @ rotation).cka == pytest.approx(expected)
    assert similarity(0.2 * one @ rotation, other + 5).cka == pytest.approx(expected)
    assert similarity(one, one @ rotation).cka == pytest.approx(1)
    # A linear map that isn't a rotation changes CKA.
    assert similarity(one, one * [1, 1, 1, 1, 1, 50]).cka < 0.9


@pytest.mark.parametrize("scale", [1e-8, 1e-12, 1e-40])
def test_cosine_is_invariant_to_scale(scale):
    one, other = features(0), features(1)
    assert similarity(one, scale * other)[:2] == pytest.approx(similarity(one, other)[:2])


def test_cka_is_symmetric():
    one, other = features(0), features(1)
    assert similarity(one, other) == pytest.approx(similarity(other, one))


def test_with_itself_all_is_1():
    one = features(0)
    assert similarity(one, one) == pytest.approx((1, 0, 1))
    assert similarity(one, -one).cosine == pytest.approx(-1)


def test_a_feature_of_zeros_has_a_cosine_of_0():
    one, other = features(0), features(0)
    other[::2] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert similarity(one, other).cosine == pytest.approx(0.5)
        nothing = similarity(one, np.zeros_like(one))
    assert nothing[:2] == (0, 0)


@pytest.mark.parametrize("value", [0, 0.1, 1e6])
def test_cka_of_features_that_are_all_the_same_is_undefined(value):
    constant = np.full((30, 6), value) * np.arange(1, 7)
    assert np.isnan(similarity(features(0), constant).cka)
    assert np.isnan(similarity(constant, constant).cka)


def test_one_token_has_a_cosine_and_no_cka():
    one = features(0, tokens=1)
    found = similarity(one, 2 * one)
    assert found[:2] == pytest.approx((1, 0))
    assert np.isnan(found.cka)
