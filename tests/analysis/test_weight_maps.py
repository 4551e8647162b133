import numpy as np
import pandas as pd
import pytest

from prunetransfer.analysis.weight_maps import analyse, attention_map, embedding_lengths, embedding_map
from prunetransfer.jobs.settings.analyses import WeightMapsSettings
from prunetransfer.pruning import prunable_matrices
from prunetransfer.storage.files import read_json
from prunetransfer.storage.inputs import Inputs


def _matrix(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(("heads", "blocks"), [(1, 4), (3, 256), (3, 8), (5, 12), (5, 2)])
def test_attention_blocks_are_means_within_a_head(heads, blocks):
    key = _matrix(heads * 7, 11)
    table = attention_map(key, heads, blocks)
    assert table["row"].nunique() <= blocks and table["column"].nunique() <= max(blocks, heads)
    oriented = np.abs(key).T  # the paper's: x @ W, so inputs are rows
    for block in table.itertuples():
        end = block.column + block.columns_per_block
        assert block.head * 7 <= block.column < end <= (block.head + 1) * 7
        mean = oriented[block.row : block.row + block.rows_per_block, block.column : end].mean(dtype=float)
        assert block.magnitude == pytest.approx(mean)
    assert (table["rows_per_block"] * table["columns_per_block"]).sum() == key.size


def test_as_many_blocks_as_weights_give_the_weights():
    key = _matrix(6, 4)
    grid = attention_map(key, 2, 256).pivot(index="row", columns="column", values="magnitude")
    np.testing.assert_allclose(grid, np.abs(key).T)


def test_heads_that_do_not_divide_the_output():
    with pytest.raises(ValueError, match="4 heads can't share 6"):
        attention_map(_matrix(6, 6), 4, 8)


def test_embedding_rows_are_sorted_by_length_then_id():
    weight = _matrix(6, 4)
    lengths = {5: 2, 0: 3, 2: 2, 3: 1}
    order = [3, 2, 5, 0]
    grid = embedding_map(weight, lengths, 256).pivot(index="row", columns="column", values="magnitude")
    np.testing.assert_allclose(grid, np.abs(weight[order]))
    halves = embedding_map(weight, lengths, 2)
    assert halves["length"].tolist() == [1.5, 1.5, 2.5, 2.5]
    assert halves["magnitude"].iloc[0] == pytest.approx(np.abs(weight[[3, 2], :2]).mean(dtype=float))


def test_magnitude_by_length():
    weight = _matrix(6, 4)
    table = embedding_lengths(weight, {0: 3, 1: 2, 2: 3, 4: 1, 5: 3}).set_index("length")
    magnitudes = np.abs(weight.astype(float)).mean(axis=1)
    assert table["subwords"].to_dict() == {1: 1, 2: 1, 3: 3}
    assert table.loc[3, "mean_magnitude"] == pytest.approx(magnitudes[[0, 2, 5]].mean())
    assert table.loc[3, "std"] == pytest.approx(magnitudes[[0, 2, 5]].std())
    assert table.loc[1, "std"] == 0
    assert table["spearman"].nunique() == 1


def test_magnitude_that_grows_with_length_is_seen():
    lengths = {place: 1 + place % 9 for place in range(200)}
    weight = _matrix(200, 8) * np.array(list(lengths.values()), np.float32)[:, None]
    row = embedding_lengths(weight, lengths).iloc[0]
    assert row["spearman_low"] > 0.5 and row["p_value"] < 1e-6


@pytest.mark.parametrize(("weight", "lengths"), [(np.zeros((5, 2), np.float32), range(1, 6)), (_matrix(5, 2), [3] * 5)])
def test_constant_lengths_or_magnitudes_have_no_correlation(weight, lengths):
    table = embedding_lengths(weight, dict(enumerate(lengths)))
    assert table[["spearman", "spearman_low", "spearman_high", "p_value"]].isna().all(axis=None)
    assert table["mean_magnitude"].notna().all()


def test_of_a_checkpoint(make_checkpoint, architecture, tiny_encoders, tmp_path):
    manifest, model = make_checkpoint(architecture)
    made = []
    for folder in ("once", "again"):
        analyse(
            Inputs({"checkpoint": [manifest]}), WeightMapsSettings(blocks=8), tmp_path / folder / "attention_map.csv"
        )
        files = sorted((tmp_path / folder).iterdir())
        assert [file.stem for file in files] == ["attention_map", "embedding_lengths", "embedding_map"]
        made.append([file.read_bytes() for file in files])
    assert made[0] == made[1]
    attention, lengths, embedding = (pd.read_csv(file) for file in files)
    contract = ["row", "column", "magnitude", "rows_per_block", "columns_per_block"]
    assert attention.columns.tolist() == ["layer", "head", *contract]
    assert embedding.columns.tolist() == [*contract[:3], "length", *contract[3:]]
    # The vocabulary is w0 to w54 and [PAD], [UNK], [CLS], [SEP] and [MASK].
    assert lengths[["length", "subwords"]].to_numpy().tolist() == [[2, 10], [3, 45]]
    assert embedding["length"].is_monotonic_increasing
    weight = model.get_input_embeddings().weight.detach().double().abs().numpy()
    special = list(read_json(tiny_encoders[architecture])["special_tokens"].values())
    mean = np.delete(weight, special, axis=0).mean()
    sizes = embedding["rows_per_block"] * embedding["columns_per_block"]
    assert np.average(embedding["magnitude"], weights=sizes) == pytest.approx(mean, rel=1e-5)
    assert np.average(lengths["mean_magnitude"], weights=lengths["subwords"]) == pytest.approx(mean)
    matrices = prunable_matrices(model)
    key = next(
        weight for name, weight in matrices.items() if ".layer.0." in name and (".key" in name or "k_lin" in name)
    )
    assert attention["magnitude"].mean() == pytest.approx(float(key.detach().abs().mean()), rel=1e-5)
