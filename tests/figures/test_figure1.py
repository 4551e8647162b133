from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures.figure1 import averages, draw

REFERENCE = Path(__file__).parents[2] / "workflow" / "reference" / "table1.csv"
SETTINGS = FigureSettings(dpi=60)


@pytest.fixture
def table() -> pd.DataFrame:
    """The published table as if it were a study's own, with invented intervals and a control."""
    published = pd.read_csv(REFERENCE)
    width = np.random.default_rng(0).uniform(0.5, 2, len(published))
    table = published.assign(
        ci_low=published["dev_accuracy"] - width,
        ci_high=published["dev_accuracy"] + 2 * width,
        paper_dev_accuracy=published["dev_accuracy"],
        paper_train_loss=published["train_loss"],
    )
    control = table.query("arm == 'prune_pretrain' and sparsity == 0").assign(
        arm="from_scratch", dev_accuracy=60.0, paper_dev_accuracy=np.nan, paper_train_loss=np.nan
    )
    return pd.concat([table, control], ignore_index=True)


def _drawn(table: pd.DataFrame, folder: Path, settings=SETTINGS) -> pd.DataFrame:
    table.to_csv(folder / "table1.csv", index=False)
    draw(folder / "table1.csv", settings, folder / "figure1")
    return pd.read_csv(folder / "figure1.csv")


def test_the_csv_holds_the_averages_over_tasks(table, tmp_path):
    drawn = _drawn(table, tmp_path).set_index(["panel", "arm", "sparsity", "source"]).sort_index()
    for (arm, sparsity), cells in table.groupby(["arm", "sparsity"]):
        accuracy = drawn.loc["dev_accuracy", arm, sparsity, "study"]
        mean = sum(cells["dev_accuracy"]) / 5
        assert accuracy["value"] == pytest.approx(mean)
        below, above = (sum((cells["dev_accuracy"] - cells[bound]) ** 2) ** 0.5 / 5 for bound in ("ci_low", "ci_high"))
        assert mean - accuracy["ci_low"] == pytest.approx(below)
        assert accuracy["ci_high"] - mean == pytest.approx(above)
        assert drawn.loc["train_loss", arm, sparsity, "study"]["value"] == pytest.approx(sum(cells["train_loss"]) / 5)
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
        return set(averages(table, paper_curves=paper_curves)["source"])

    assert sources(table) == {"study", "paper"}
    assert sources(table, paper_curves=False) == {"study"}
    assert sources(table[table["task"].isin(["CoLA", "SST-2"])]) == {"study", "paper"}
    papers = ["paper_dev_accuracy", "paper_train_loss"]
    table.loc[table["task"] == "CoLA", papers] = np.nan
    assert sources(table) == {"study"}


def test_an_average_that_lacks_a_task_is_not_drawn(table, tmp_path):
    gap = (table["arm"] == "random") & (table["sparsity"] == 60) & (table["task"] == "CoLA")
    table.loc[gap, ["dev_accuracy", "train_loss", "ci_low", "ci_high"]] = np.nan
    drawn = _drawn(table, tmp_path)
    random = drawn[(drawn["arm"] == "random") & (drawn["source"] == "study") & (drawn["panel"] == "dev_accuracy")]
    assert 60 not in random["sparsity"].tolist()
    assert random["value"].min() > 60


def test_an_arm_of_the_studys_own_is_drawn(table, tmp_path):
    table.loc[table["arm"] == "random", "arm"] = "movement"
    assert "movement" in set(_drawn(table, tmp_path)["arm"])
