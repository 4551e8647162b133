import pandas as pd
import pytest

from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures.figure7 import draw
from prunetransfer.storage.inputs import Inputs


@pytest.fixture
def drawn(tmp_path):
    def drawn(bins):
        bins.to_csv(tmp_path / "movement_bins.csv", index=False)
        draw(Inputs({"movement_bins": [tmp_path / "movement_bins.csv"]}), FigureSettings(dpi=60), tmp_path / "figure7")
        return pd.read_csv(tmp_path / "figure7.csv")

    return drawn


def test_the_last_epoch_that_all_runs_have_at_the_largest_learning_rate(movement_bins, drawn):
    table = drawn(movement_bins)
    assert set(table["epoch"]) == {3}
    assert set(table["learning_rate"]) == {5e-5}
    assert set(table["start"]) == {12.5, 37.5, 62.5, 87.5}
    followed = movement_bins[movement_bins["learning_rate"] == 5e-5]
    assert set(drawn(followed)["epoch"]) == {4}


def test_curves_are_means(movement_bins, drawn):
    table = drawn(movement_bins)
    tasks = table[table["panel"] == "tasks"]
    assert len(tasks) == 3 * 4
    at = movement_bins.query("epoch == 3 and learning_rate == 5e-5")
    at = at.assign(start=100 * (at["bin"] + 0.5) / 4)
    for row in tasks.itertuples():
        seeds = at.query(f"task == {row.task!r} and name == 'all' and start == {row.start}")["mean"]
        assert len(seeds) == 2
        assert row.value == pytest.approx(seeds.mean())
        assert row.ci_low < row.value < row.ci_high
    parts = table[table["panel"] == "parts"]
    assert parts["name"].drop_duplicates().tolist() == ["embeddings", "attention"]
    for row in parts.itertuples():
        assert row.value == pytest.approx(at.query(f"name == {row.name!r} and start == {row.start}")["mean"].mean())


def test_a_bin_that_a_task_lacks_is_not_averaged(movement_bins, drawn):
    gap = (movement_bins["task"] == "cola") & (movement_bins["bin"] == 2) & (movement_bins["name"] == "attention")
    parts = drawn(movement_bins[~gap]).query("panel == 'parts' and name == 'attention'")
    assert parts["start"].tolist() == [12.5, 37.5, 87.5]


def test_the_same_bytes_every_time(movement_bins, drawn, tmp_path):
    made = []
    for _ in range(2):
        drawn(movement_bins)
        made.append([(tmp_path / f"figure7.{suffix}").read_bytes() for suffix in ("png", "pdf", "csv")])
    assert made[0] == made[1]
