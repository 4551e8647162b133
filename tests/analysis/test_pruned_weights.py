import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from prunetransfer.analysis.pruned_weights import analyse, pruned_sums
from prunetransfer.pruning import magnitude_mask, prunable_matrices
from prunetransfer.storage.inputs import Inputs

# Few values, so that most magnitudes are tied; 0 and -0 are among them.
TIED = st.sampled_from([-2.0, -0.5, -0.0, 0.0, 0.5, 2.0])
MATRICES = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=TIED)


@given(MATRICES, st.sampled_from([0.0, 0.3, 0.5, 0.9]))
def test_the_sums_are_of_what_the_mask_hides(weight, sparsity):
    hidden = weight[~magnitude_mask(torch.from_numpy(weight), sparsity).numpy()]
    of_weights, of_magnitudes = pruned_sums(weight, np.array([round(sparsity * weight.size)]))
    assert (of_weights[0], of_magnitudes[0]) == (hidden.sum(dtype=float), np.abs(hidden).sum(dtype=float))


def test_magnitudes_only_grow():
    weight = np.random.default_rng(0).normal(size=(30, 7)).astype(np.float32)
    of_weights, of_magnitudes = pruned_sums(weight, np.arange(weight.size + 1))
    assert of_magnitudes[0] == of_weights[0] == 0
    assert (np.diff(of_magnitudes) > 0).all()
    # The smallest weight is pruned first, so each one adds at least as much as the one before.
    assert (np.diff(of_magnitudes, 2) >= -1e-6).all()
    assert (np.abs(of_weights) <= of_magnitudes).all()
    assert of_magnitudes[-1] == pytest.approx(np.abs(weight).sum(dtype=float))


def test_of_a_checkpoint(make_checkpoint, architecture, tmp_path):
    manifest, model = make_checkpoint(architecture)
    analyse(Inputs({"checkpoint": [manifest]}), None, tmp_path / "pruned_weights.csv")
    table = pd.read_csv(tmp_path / "pruned_weights.csv")
    by_name = table.set_index(["name", "sparsity"])
    # BERT is the only family whose pre-training model has a pooler among its prunable matrices.
    parts = ["embeddings", "attention", "feed_forward", *(["pooler"] if architecture == "bert" else [])]
    assert table["name"].unique().tolist() == ["all", *parts]
    assert table.groupby("name")["sparsity"].apply(list).map(lambda found: found == list(range(100))).all()
    matrices = [weight.detach() for weight in prunable_matrices(model).values()]
    for percent in (0, 37, 90):
        hidden = [weight[~magnitude_mask(weight, percent / 100)].double() for weight in matrices]
        row = by_name.loc["all", percent]
        assert row["weights"] == sum(weight.numel() for weight in matrices)
        assert row["pruned"] == sum(len(values) for values in hidden)
        assert row["sum_of_weights"] == pytest.approx(float(sum(values.sum() for values in hidden)))
        assert row["sum_of_magnitudes"] == pytest.approx(float(sum(values.abs().sum() for values in hidden)))
    columns = ["weights", "pruned", "sum_of_weights", "sum_of_magnitudes"]
    of_parts = table[table["name"] != "all"].groupby("sparsity")[columns].sum()
    pd.testing.assert_frame_equal(of_parts, by_name.loc["all", columns], check_dtype=False)
