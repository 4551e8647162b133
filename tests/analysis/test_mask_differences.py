from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.analysis import mask_difference
from prunetransfer.analysis.concatenated import ColumnsError
from prunetransfer.analysis.mask_differences import analyse
from prunetransfer.analysis.weights.matrices import CheckpointWeights
from prunetransfer.jobs.settings.analyses import MaskDifferencesSettings
from prunetransfer.pruning import magnitude_mask, random_mask
from prunetransfer.storage.inputs import Inputs

RUNS = [("a", 2e-5, 0), ("b", 2e-5, 0), ("a", 3e-5, 0), ("a", 2e-5, 1), ("b", 2e-5, 1), ("c", 3e-5, 0)]
KEYS = ["comparison", "sparsity", "task", "other_task", "learning_rate", "seed", "other_seed", "name"]


@st.composite
def pairs_of_masks(draw):
    shapes = draw(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=3))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 999)))
    return tuple(
        {f"matrix{number}": torch.rand(shape, generator=generator) < 0.4 for number, shape in enumerate(shapes)}
        for _ in range(2)
    )


@given(pairs_of_masks())
def test_mask_difference_equals_the_definition(pair):
    one, other = pair
    flat = [np.concatenate([mask.numpy().ravel() for mask in masks.values()]) for masks in pair]
    assert mask_difference(one, other) == pytest.approx((flat[0] != flat[1]).mean())
    assert mask_difference(one, other) == mask_difference(other, dict(reversed(one.items())))
    assert mask_difference(one, one) == 0
    assert mask_difference(one, {name: ~mask for name, mask in one.items()}) == 1


@pytest.mark.parametrize("sparsity", [0.0, 0.5, 0.9])
def test_unrelated_masks_differ_by_chance(sparsity):
    generator = torch.Generator().manual_seed(0)
    one, other = ({"matrix": random_mask((400, 500), sparsity, generator)} for _ in range(2))
    assert mask_difference(one, other) == pytest.approx(2 * sparsity * (1 - sparsity), abs=0.005)


def test_masks_of_different_matrices_are_refused():
    mask = torch.ones(2, 3, dtype=torch.bool)
    with pytest.raises(ValueError, match=r"only one side has \['b', 'c'\]"):
        mask_difference({"a": mask, "b": mask}, {"a": mask, "c": mask})
    with pytest.raises(ValueError, match=r"'a' of different shapes: \[2, 3\], \[3, 2\]"):
        mask_difference({"a": mask}, {"a": mask.T})
    with pytest.raises(ValueError, match="without entries"):
        mask_difference({}, {})


def measure(sparsities, folder, **inputs):
    analyse(Inputs(inputs), MaskDifferencesSettings(sparsities=sparsities), folder / "mask_differences.csv")
    return pd.read_csv(folder / "mask_differences.csv")


def test_every_row_equals_a_reference(make_checkpoint, make_snapshot, tmp_path):
    base = make_checkpoint()[0]
    checkpoints = {percent: make_checkpoint("bert", percent / 100)[0] for percent in (30, 90)}
    snapshots = {run: CheckpointWeights(make_snapshot(base, *run)) for run in RUNS}
    sparsities = [90, 30, 60]
    manifests = [snapshot.manifest for snapshot in snapshots.values()]
    table = measure(sparsities, tmp_path, checkpoints=checkpoints.values(), snapshots=manifests)

    names = [matrix.name for matrix in CheckpointWeights(base).matrices]
    masks = {
        (run, percent): {n: magnitude_mask(torch.from_numpy(weights.weight(n)), percent / 100) for n in names}
        for run, weights in snapshots.items()
        for percent in sparsities
    }
    expected = {}
    for percent, manifest in checkpoints.items():
        kept = {name: torch.from_numpy(CheckpointWeights(manifest).mask(name)) for name in names}
        for run in RUNS:
            expected["pretraining", percent, run[0], "", *run[1:], ""] = (kept, masks[run, percent])
    for one, other in combinations(RUNS, 2):
        for percent in sparsities:
            both = masks[one, percent], masks[other, percent]
            if one[0] != other[0] and one[1:] == other[1:]:
                expected["tasks", percent, one[0], other[0], *one[1:], ""] = both
            if one[0] != other[0] or one[1] != other[1]:
                continue
            expected["seeds", percent, one[0], "", *one[1:], other[2]] = both
    found = table.astype({"other_seed": object}).fillna({"other_task": "", "other_seed": ""})
    found = found.set_index(KEYS)["difference"]
    assert found.index.is_unique
    assert len(found) == len(expected) * (len(names) + 1)
    for key, (one, other) in expected.items():
        assert found[(*key, "all")] == pytest.approx(100 * mask_difference(one, other))
        for name in names:
            assert found[(*key, name)] == pytest.approx(100 * mask_difference({name: one[name]}, {name: other[name]}))
    assert table["comparison"].drop_duplicates().tolist() == ["pretraining", "tasks", "seeds"]
    assert (table["epoch"] == 1).all()
    assert (table["chance_difference"] > table["difference"]).mean() > 0.5


def test_a_field_that_a_pair_does_not_share_is_empty(make_checkpoint, make_snapshot, tmp_path):
    base = make_checkpoint()[0]
    snapshots = [make_snapshot(base, "a", epoch=3), make_snapshot(base, "b", epoch=5)]
    table = measure([50], tmp_path, snapshots=snapshots)
    assert table["epoch"].isna().all()
    assert set(table["comparison"]) == {"tasks"}


def test_other_tables_follow_as_they_are(make_checkpoint, make_snapshot, tmp_path):
    base = make_checkpoint()[0]
    snapshots = [make_snapshot(base, "a"), make_snapshot(base, "b")]
    alone = measure([50], tmp_path, snapshots=snapshots)
    text = (tmp_path / "mask_differences.csv").read_text()
    header, *rows = text.splitlines(keepends=True)
    (tmp_path / "epochs.csv").write_text(header + "".join(rows[:2]).replace("tasks", "epochs"))
    both = measure([50], tmp_path, snapshots=snapshots, epochs=[tmp_path / "epochs.csv"])
    assert (tmp_path / "mask_differences.csv").read_text() == text + "".join(rows[:2]).replace("tasks", "epochs")
    assert both["comparison"].tolist() == [*alone["comparison"], "epochs", "epochs"]
    (tmp_path / "other.csv").write_text("task\na\n")
    with pytest.raises(ColumnsError, match=r"other\.csv"):
        measure([50], tmp_path, snapshots=snapshots, epochs=[tmp_path / "other.csv"])


def test_nothing_to_compare_leaves_the_header(make_checkpoint, make_snapshot, tmp_path):
    base = make_checkpoint()[0]
    pruned = make_checkpoint("bert", 0.5)[0]
    assert measure([50], tmp_path).empty
    assert measure([50], tmp_path, checkpoints=[pruned]).empty
    assert measure([50], tmp_path, snapshots=[make_snapshot(base)]).empty
    assert measure([], tmp_path, checkpoints=[pruned], snapshots=[make_snapshot(base, "b")]).empty


def test_every_family(make_checkpoint, make_snapshot, architecture, tmp_path):
    base, pruned = make_checkpoint(architecture)[0], make_checkpoint(architecture, 0.5)[0]
    table = measure([50], tmp_path, checkpoints=[pruned], snapshots=[make_snapshot(base)])
    assert table["name"].tolist() == [*(matrix.name for matrix in CheckpointWeights(base).matrices), "all"]
