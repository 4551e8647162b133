import pandas as pd
import pytest
from scipy import stats

from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures.figure3 import draw
from prunetransfer.storage.inputs import Inputs


@pytest.fixture
def drawn(tmp_path):
    def drawn(masks, settling):
        masks.to_csv(tmp_path / "mask_differences.csv", index=False)
        settling.to_csv(tmp_path / "settling.csv", index=False)
        inputs = {name: [tmp_path / f"{name}.csv"] for name in ("mask_differences", "settling")}
        draw(Inputs(inputs), FigureSettings(dpi=60), tmp_path / "figure3")
        return pd.read_csv(tmp_path / "figure3.csv")

    return drawn


def test_points_and_pairs_are_means(mask_differences, settling, drawn):
    left = drawn(mask_differences, settling).query("panel == 'differences'")
    masks = mask_differences.query("name == 'all'")
    points = left[left["series"] == "pretraining"]
    assert len(points) == 3 * 2 * 2
    for row in points.itertuples():
        seeds = masks.query(
            f"comparison == 'pretraining' and task == {row.task!r} and learning_rate == {row.learning_rate} "
            f"and sparsity == {row.sparsity}"
        )
        assert len(seeds) == 2
        assert row.value == pytest.approx(seeds["difference"].mean())
    for series in ("tasks", "seeds"):
        for row in left[left["series"] == series].itertuples():
            pairs = masks.query(f"comparison == {series!r} and sparsity == {row.sparsity}")
            assert row.value == pytest.approx(pairs["difference"].mean())
    chance = left[left["series"] == "chance"].set_index("sparsity")["value"]
    assert chance.to_dict() == pytest.approx({30: 42, 60: 48})


def test_accuracy_and_masks_by_epoch(mask_differences, settling, drawn):
    right = drawn(mask_differences, settling).query("panel == 'settling'").set_index(["series", "epoch"])
    accuracy = right.loc["dev_accuracy"]
    assert accuracy["value"].to_dict() == pytest.approx({epoch: 90 - epoch + 0.5 for epoch in (0, 1, 4)})
    low, high = stats.t.interval(0.95, 1, loc=90.5, scale=0.5)  # the seeds' means over tasks are 90 and 91
    assert accuracy.loc[0, ["ci_low", "ci_high"]].tolist() == pytest.approx([low, high])
    drift = right.loc["mask_difference"]
    assert drift["value"].to_dict() == pytest.approx({epoch: epoch * (2 * 5 + 0.05) for epoch in range(5)})
    assert set(right["learning_rate"]) == {5e-5}


def test_an_epoch_without_one_of_the_tasks_is_left_out(mask_differences, settling, drawn):
    gap = (settling["epoch"] == 1) & (settling["task"] == "cola")
    right = drawn(mask_differences, settling[~gap]).query("series == 'dev_accuracy'")
    assert right["epoch"].tolist() == [0, 4]


def test_without_settling_or_pairs_the_rest_is_drawn(mask_differences, settling, drawn):
    alone = mask_differences[mask_differences["comparison"] == "pretraining"]
    assert set(drawn(alone, settling[:0])["series"]) == {"pretraining", "chance"}
    assert drawn(mask_differences[:0], settling[:0]).empty


def test_the_same_bytes_every_time(mask_differences, settling, drawn, tmp_path):
    made = []
    for _ in range(2):
        drawn(mask_differences, settling)
        made.append([(tmp_path / f"figure3.{suffix}").read_bytes() for suffix in ("png", "pdf", "csv")])
    assert made[0] == made[1]
