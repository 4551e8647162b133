import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.analysis import head_sparsity
from prunetransfer.analysis.attention_heads import analyse
from prunetransfer.storage.inputs import Inputs

HEADS = 2
ROLES = ("query", "key", "value", "attention_output")


@st.composite
def layers_of_masks(draw):
    """(masks, layers, heads): 1 to 3 layers with 1 to 4 heads of 1 to 3 dimensions each."""
    layers, heads, size = (draw(st.integers(1, most)) for most in (3, 4, 3))
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    kept = draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))
    shape = (heads * size, heads * size)
    masks = {
        (layer, role): torch.from_numpy(generator.random(shape) < kept) for layer in range(layers) for role in ROLES
    }
    return masks, layers, heads


@given(layers_of_masks())
def test_equals_a_count_by_hand(given):
    masks, layers, heads = given
    size = len(masks[0, "query"]) // heads
    result = head_sparsity(masks, layers, heads)
    assert result.shape == (layers, heads)
    for layer in range(layers):
        for head in range(heads):
            mine = slice(head * size, (head + 1) * size)
            # In the paper's notation, W = weight.T: a head owns columns of Q, K and V, and rows of the output projection.
            parts = [masks[layer, role].numpy().T[:, mine] for role in ROLES[:3]]
            parts.append(masks[layer, "attention_output"].numpy().T[mine])
            pruned, entries = sum((~part).sum() for part in parts), sum(part.size for part in parts)
            assert result[layer, head] == pruned / entries


@given(layers_of_masks())
def test_heads_average_to_their_matrices(given):
    masks, layers, heads = given
    by_layer = [torch.stack([masks[layer, role] for role in ROLES]) for layer in range(layers)]
    expected = [float((~stacked).double().mean()) for stacked in by_layer]
    assert head_sparsity(masks, layers, heads).mean(dim=1).tolist() == pytest.approx(expected)


def test_one_pruned_head_is_found_whatever_the_matrix():
    for role in ROLES:
        masks = {(0, name): torch.ones(6, 6, dtype=torch.bool) for name in ROLES}
        side = masks[0, role] if role != "attention_output" else masks[0, role].T
        side[2:4] = False
        assert head_sparsity(masks, 1, 3).tolist() == [[0, 0.25, 0]]


def test_a_missing_mask_or_an_uneven_share_is_refused():
    masks = {(0, role): torch.ones(6, 6, dtype=torch.bool) for role in ROLES}
    with pytest.raises(ValueError, match="layer 0, query: 4 heads can't share 6 rows"):
        head_sparsity(masks, 1, 4)
    with pytest.raises(ValueError, match="query in each layer; layer 1 has none"):
        head_sparsity(masks, 2, 3)


def test_of_checkpoints(make_checkpoint, architecture, tmp_path):
    dense, pruned = make_checkpoint(architecture)[0], make_checkpoint(architecture, 0.9)[0]
    analyse(Inputs({"checkpoints": [dense, pruned]}), None, tmp_path / "head_sparsity.csv")
    table = pd.read_csv(tmp_path / "head_sparsity.csv")
    assert table[["layer", "head"]].drop_duplicates().to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert table["weights"].tolist() == [4 * 16 * 16 // HEADS] * 8
    by_checkpoint = {key: rows["head_sparsity"] for key, rows in table.groupby(["criterion", "sparsity"])}
    assert (by_checkpoint["dense", 0] == 0).all()
    # Every matrix has exactly round(0.9 * 256) = 230 of its weights pruned.
    assert by_checkpoint["magnitude", 90].groupby(table["layer"]).mean().tolist() == pytest.approx(
        [100 * 230 / 256] * 2
    )
    assert by_checkpoint["magnitude", 90].nunique() > 1
