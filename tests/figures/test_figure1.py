from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures import style
from prunetransfer.figures.figure1 import curves, draw
from prunetransfer.storage.inputs import Inputs

REFERENCE = Path(__file__).parents[2] / "workflow" / "reference" / "table1.csv"
SETTINGS = FigureSettings(dpi=60)


@pytest.fixture
def table() -> pd.DataFrame:
    """The published table with a control arm, used as a study's table."""
    published = pd.read_csv(REFERENCE)
    table = published.assign(paper_dev_accuracy=published["dev_accuracy"], paper_train_loss=published["train_loss"])
    control = table.query("arm == 'prune_pretrain' and sparsity == 0").assign(
        arm="from_scratch", dev_accuracy=60.0, paper_dev_accuracy=np.nan, paper_train_loss=np.nan
    )
    return pd.concat([table, control], ignore_index=True)


def _averages(table: pd.DataFrame) -> pd.DataFrame:
    """averages.csv for the table, with invented intervals for dev accuracy only."""
    means = table.groupby(["arm", "sparsity"], sort=False)[["dev_accuracy", "train_loss"]].mean()
    averages = means.reset_index().melt(["arm", "sparsity"], var_name="quantity")
    width = np.where(
        averages["quantity"] == "dev_accuracy", np.random.default_rng(0).uniform(1, 2, len(averages)), np.nan
    )
    return averages.assign(ci_low=averages["value"] - width, ci_high=averages["value"] + 2 * width)


def _inputs(folder: Path) -> Inputs:
    return Inputs({name: [folder / f"{name}.csv"] for name in ("table1", "averages")})


def _drawn(table: pd.DataFrame, folder: Path, averages: pd.DataFrame | None = None) -> pd.DataFrame:
    table.to_csv(folder / "table1.csv", index=False)
    (_averages(table) if averages is None else averages).to_csv(folder / "averages.csv", index=False)
    draw(_inputs(folder), SETTINGS, folder / "figure1")
    return pd.read_csv(folder / "figure1.csv")


def test_the_csv_holds_the_averages_and_their_intervals(table, tmp_path):
    averages = _averages(table)
    drawn = _drawn(table, tmp_path)
    study = drawn[(drawn["source"] == "study") & (drawn["arm"] != "unpruned")].rename(columns={"panel": "quantity"})
    keys = ["quantity", "arm", "sparsity"]
    pd.testing.assert_frame_equal(
        study.set_index(keys).drop(columns="source").sort_index(), averages.set_index(keys).sort_index()
    )
    assert len(drawn) == 2 * (40 + 40 + 2)


def test_the_published_table_gives_the_papers_own_curves(table, tmp_path):
    drawn = _drawn(table, tmp_path)
    ours, papers = (
        drawn[(drawn["source"] == source) & ~drawn["arm"].isin(["unpruned", "from_scratch"])].set_index(
            ["panel", "arm", "sparsity"]
        )["value"]
        for source in ("study", "paper")
    )
    pd.testing.assert_series_equal(ours, papers)
    # By hand, from the paper's first row: (83.1 + 90.5 + 91.1 + 92.1 + 79.1) / 5 and (.25 + .10 + .12 + .06 + .26) / 5.
    assert ours["dev_accuracy", "prune_pretrain", 0] == pytest.approx(87.18)
    assert ours["train_loss", "prune_pretrain", 0] == pytest.approx(0.158)
    unpruned = drawn[drawn["arm"] == "unpruned"].set_index("panel")["value"]
    assert unpruned["dev_accuracy"] == pytest.approx(87.18)


def test_a_figure_is_the_same_bytes_every_time(table, tmp_path):
    made = []
    for _ in range(2):
        _drawn(table, tmp_path)
        made.append([(tmp_path / f"figure1.{suffix}").read_bytes() for suffix in ("png", "pdf", "csv")])
    assert made[0] == made[1]
    assert b"CreationDate" not in made[0][1]


def test_grey_curves_only_where_every_task_is_the_papers(table):
    def sources(table, paper_curves=True):
        return set(curves(table, _averages(table), paper_curves=paper_curves)["source"])

    assert sources(table) == {"study", "paper"}
    assert sources(table, paper_curves=False) == {"study"}
    assert sources(table[table["task"].isin(["CoLA", "SST-2"])]) == {"study", "paper"}
    papers = ["paper_dev_accuracy", "paper_train_loss"]
    table.loc[table["task"] == "CoLA", papers] = np.nan
    assert sources(table) == {"study"}


def test_a_point_of_the_papers_needs_every_task(table):
    gap = (table["arm"] == "random") & (table["sparsity"] == 60) & (table["task"] == "CoLA")
    table.loc[gap, "paper_dev_accuracy"] = np.nan
    drawn = curves(table, _averages(table), paper_curves=True)
    paper = drawn[(drawn["source"] == "paper") & (drawn["arm"] == "random")]
    assert 60 not in paper.loc[paper["panel"] == "dev_accuracy", "sparsity"].tolist()
    assert 60 in paper.loc[paper["panel"] == "train_loss", "sparsity"].tolist()


def test_a_point_that_averages_csv_lacks_is_not_drawn(table, tmp_path):
    averages = _averages(table)
    gap = (averages["arm"] == "random") & (averages["sparsity"] == 60)
    drawn = _drawn(table, tmp_path, averages[~gap])
    random = drawn[(drawn["arm"] == "random") & (drawn["source"] == "study")]
    assert 60 not in random["sparsity"].tolist()


def test_the_legend_has_an_interval_where_one_is_drawn(table, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(
        style, "save", lambda figure, *_: shown.append([text.get_text() for text in figure.legends[0].get_texts()])
    )
    averages = _averages(table)
    table.to_csv(tmp_path / "table1.csv", index=False)
    for changes in ({}, {"ci_low": np.nan, "ci_high": np.nan}):
        averages.assign(**changes).to_csv(tmp_path / "averages.csv", index=False)
        draw(_inputs(tmp_path), SETTINGS, tmp_path / "figure1")
    assert [("95 % interval" in texts) for texts in shown] == [True, False]


def test_an_arm_of_the_studys_own_is_drawn(table, tmp_path):
    table.loc[table["arm"] == "random", "arm"] = "movement"
    assert "movement" in set(_drawn(table, tmp_path)["arm"])
