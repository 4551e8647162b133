import numpy as np
import pandas as pd
import pytest
import torch

from prunetransfer.analysis import mask_difference, sort_order_movement
from prunetransfer.analysis.movement import TrajectoryError, analyse
from prunetransfer.analysis.weights.matrices import CheckpointWeights
from prunetransfer.jobs.settings.analyses import MovementSettings
from prunetransfer.pruning import magnitude_mask
from prunetransfer.storage.inputs import Inputs

RUN = {"task": "a", "learning_rate": 2e-5, "seed": 0}


@pytest.fixture
def measure(tmp_path):
    """Returns a function that runs the analysis and reads its three tables."""

    def measure(snapshots, bins=7, sparsities=(50,)):
        settings = MovementSettings(bins=bins, sparsities=list(sparsities))
        analyse(Inputs({"snapshots": snapshots}), settings, tmp_path / "out" / "movement.csv")
        return [
            pd.read_csv(tmp_path / "out" / f"{name}.csv") for name in ("movement", "movement_bins", "mask_differences")
        ]

    return measure


def weights(manifest):
    read = CheckpointWeights(manifest)
    return {matrix.name: torch.from_numpy(read.weight(matrix.name)) for matrix in read.matrices}


def in_percent(before, after):
    return {name: 100 * sort_order_movement(before[name], after[name]).double().numpy() for name in before}


def together(movements):
    return np.concatenate(list(movements))


def test_every_number_equals_a_reference(make_checkpoint, make_snapshot, architecture, measure):
    base = make_checkpoint(architecture)[0]
    snapshots = {epoch: make_snapshot(base, epoch=epoch) for epoch in (1, 3)}
    bins = 7
    table, by_bin, _ = measure([snapshots[3], snapshots[1]], bins)
    assert table[list(RUN)].drop_duplicates().to_dict("records") == [RUN]
    parts = {matrix.name: matrix.part for matrix in CheckpointWeights(base).matrices}
    before = weights(base)
    rows, bin_rows = [], []
    for epoch, manifest in {0: base, **snapshots}.items():
        moved = in_percent(before, weights(manifest))
        groups = {
            **{("matrix", name): [name] for name in before},
            **{("part", part): [n for n in before if parts[n] == part] for part in dict.fromkeys(parts.values())},
            ("all", "all"): list(before),
        }
        for (level, name), members in groups.items():
            values = together(moved[member] for member in members)
            rows.append((epoch, level, name, values.size, values.mean(), values.std()))
            if level == "matrix":
                continue
            numbers = together(np.arange(moved[m].size) * bins // moved[m].size for m in members)
            for number in range(bins):
                in_bin = values[numbers == number]
                bin_rows.append((epoch, name, number, in_bin.size, in_bin.mean(), in_bin.std()))
    expected = pd.DataFrame(rows, columns=["epoch", "level", "name", "weights", "mean", "std"])
    pd.testing.assert_frame_equal(table[expected.columns], expected, rtol=1e-6)
    expected = pd.DataFrame(bin_rows, columns=["epoch", "name", "bin", "weights", "mean", "std"])
    pd.testing.assert_frame_equal(by_bin[expected.columns], expected, rtol=1e-6)


def test_nothing_moves_by_epoch_0_or_without_training(make_checkpoint, make_snapshot, measure):
    base = make_checkpoint()[0]
    moved = make_snapshot(base)
    table, by_bin, masks = measure([moved])
    for measured in (table, by_bin):
        assert (measured.loc[measured["epoch"] == 0, ["mean", "std"]] == 0).all(axis=None)
        assert (measured.loc[measured["epoch"] == 1, "mean"] > 0).mean() > 0.9
    assert (masks.loc[masks["epoch"] == 0, ["difference", "jaccard"]].drop_duplicates() == [0, 100]).all(axis=None)


def test_bins_have_all_weights_and_the_same_mean(make_checkpoint, make_snapshot, measure):
    table, by_bin, _ = measure([make_snapshot(make_checkpoint()[0])], bins=5)
    table = table[table["level"] != "matrix"].set_index(["epoch", "name"])
    for key, rows in by_bin.groupby(["epoch", "name"]):
        assert rows["weights"].sum() == table.loc[key, "weights"]
        assert np.average(rows["mean"], weights=rows["weights"]) == pytest.approx(table.loc[key, "mean"])


def test_a_matrix_with_fewer_weights_than_bins(make_checkpoint, make_snapshot, measure):
    _, by_bin, _ = measure([make_snapshot(make_checkpoint()[0])], bins=1000)
    pooler = by_bin[(by_bin["name"] == "pooler") & (by_bin["epoch"] == 1)]
    assert pooler["weights"].tolist() == [1] * 256
    assert pooler["bin"].tolist() == [rank * 1000 // 256 for rank in range(256)]
    assert pooler["mean"].notna().all()


def test_masks_are_those_of_one_shot_pruning(make_checkpoint, make_snapshot, measure):
    base = make_checkpoint()[0]
    snapshot = make_snapshot(base, epoch=2)
    _, _, masks = measure([snapshot], sparsities=(90, 1, 60))
    assert set(masks["comparison"]) == {"epochs"}
    assert masks[["other_task", "other_seed"]].isna().all(axis=None)
    found = masks.set_index(["epoch", "sparsity", "name"])
    before, after = weights(base), weights(snapshot)
    for percent in (90, 1, 60):
        one, other = (
            {name: magnitude_mask(weight, percent / 100) for name, weight in side.items()} for side in (before, after)
        )
        assert found.loc[(2, percent, "all"), "difference"] == pytest.approx(100 * mask_difference(one, other))
        for name in before:
            row = found.loc[2, percent, name]
            kept = (one[name] & other[name]).sum() / (one[name] | other[name]).sum()
            assert row["entries"] == before[name].numel()
            assert row["difference"] == pytest.approx(100 * mask_difference({0: one[name]}, {0: other[name]}))
            assert row["jaccard"] == pytest.approx(100 * float(kept))


def test_no_sparsities_leave_the_header(make_checkpoint, make_snapshot, measure):
    table, by_bin, masks = measure([make_snapshot(make_checkpoint()[0])], sparsities=())
    assert masks.empty
    assert len(table) > 0
    assert len(by_bin) > 0


def test_the_same_bytes_in_any_order_of_the_snapshots(make_checkpoint, make_snapshot, measure, tmp_path):
    base = make_checkpoint()[0]
    snapshots = [make_snapshot(base, epoch=epoch) for epoch in (1, 2)]
    made = []
    for inputs in (snapshots, snapshots[::-1]):
        measure(inputs)
        made.append([path.read_bytes() for path in sorted((tmp_path / "out").iterdir())])
    assert made[0] == made[1]


def test_snapshots_of_several_runs_are_refused(make_checkpoint, make_snapshot, measure):
    base = make_checkpoint()[0]
    first = make_snapshot(base)
    with pytest.raises(TrajectoryError, match="no snapshots"):
        measure([])
    for other in (make_snapshot(base, "b", epoch=2), make_snapshot(base, seed=1, epoch=2), first):
        with pytest.raises(TrajectoryError, match="one run"):
            measure([first, other])
