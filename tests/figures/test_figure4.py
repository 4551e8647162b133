from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures.figure4 import draw
from prunetransfer.storage.inputs import Inputs

REFERENCE = Path(__file__).parents[2] / "workflow" / "reference" / "figure4_movement_by_epoch.csv"


@pytest.fixture
def drawn(tmp_path):
    def drawn(heads, movement, **settings):
        heads.to_csv(tmp_path / "head_sparsity.csv", index=False)
        movement.to_csv(tmp_path / "movement.csv", index=False)
        inputs = {name: [tmp_path / f"{name}.csv"] for name in ("head_sparsity", "movement")}
        draw(Inputs({**inputs, "published": [REFERENCE]}), FigureSettings(dpi=60, **settings), tmp_path / "figure4")
        return pd.read_csv(tmp_path / "figure4.csv")

    return drawn


def test_heads_of_magnitude_pruning(head_sparsity, movement, drawn):
    heads = drawn(head_sparsity, movement).query("panel == 'heads'")
    assert heads[["sparsity", "value", "low", "high"]].to_numpy().tolist() == [[30, 30, 28, 32], [60, 60, 58, 62]]


def test_movement_by_epoch_at_the_learning_rate_that_was_followed(head_sparsity, movement, drawn):
    ours = drawn(head_sparsity, movement).query("panel == 'movement' and source == 'study'")
    assert set(ours["learning_rate"]) == {5e-5}
    assert len(ours) == 3 * 5
    for row in ours.itertuples():
        seeds = movement.query(
            f"level == 'all' and task == {row.task!r} and epoch == {row.epoch} and learning_rate == 5e-5"
        )["mean"]
        assert row.value == pytest.approx(seeds.mean())
        if row.epoch:
            low, high = stats.t.interval(0.95, 1, loc=seeds.mean(), scale=stats.sem(seeds))
            assert (row.low, row.high) == pytest.approx((low, high))


def test_grey_curves_of_the_papers_tasks(head_sparsity, movement, drawn):
    published = pd.read_csv(REFERENCE)
    paper = drawn(head_sparsity, movement).query("source == 'paper'")
    assert set(paper["task"]) == {"SST-2", "cola"}
    expected = published.loc[published["task"] == "CoLA", "movement_mean_percent"]
    assert paper.loc[paper["task"] == "cola", "value"].tolist() == expected.tolist()
    assert set(drawn(head_sparsity, movement, paper_curves=False)["source"]) == {"study"}
    others = movement[movement["task"] == "other"]
    assert set(drawn(head_sparsity, others)["source"]) == {"study"}


def test_without_pruning_by_magnitude_movement_is_drawn(head_sparsity, movement, drawn):
    others = head_sparsity[head_sparsity["criterion"] == "random"]
    assert set(drawn(others, movement)["panel"]) == {"movement"}


def test_one_sparsity_one_seed_and_one_learning_rate(head_sparsity, movement, drawn):
    one = movement[(movement["seed"] == 0) & (movement["learning_rate"] == 2e-5)]
    table = drawn(head_sparsity[head_sparsity["sparsity"] == 60], one)
    assert table.loc[(table["panel"] == "movement"), ["low", "high"]].isna().all(axis=None)
    assert set(table.query("source == 'study'")["epoch"].dropna()) == {0, 3}


def test_the_same_bytes_every_time(head_sparsity, movement, drawn, tmp_path):
    made = []
    for _ in range(2):
        drawn(head_sparsity, movement)
        made.append([(tmp_path / f"figure4.{suffix}").read_bytes() for suffix in ("png", "pdf", "csv")])
    assert made[0] == made[1]
