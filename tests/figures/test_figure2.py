from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prunetransfer.analysis.information import COLUMNS as INFORMATION
from prunetransfer.analysis.information import fits
from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures.figure2 import COLUMNS, both_panels, draw
from prunetransfer.storage.inputs import Inputs

REFERENCE = Path(__file__).parents[2] / "workflow" / "reference" / "table1.csv"
FEATURES = ["criterion", "sparsity", "layer", "cosine", "cosine_std", "cka", "tokens"]
"""The columns of features.csv. They are repeated here because the analysis' module imports torch."""
SETTINGS = FigureSettings(dpi=60)


@pytest.fixture
def table1() -> pd.DataFrame:
    """The published table with other losses, used as a study's table."""
    published = pd.read_csv(REFERENCE)
    return published.assign(pretrain_loss=published["pretrain_loss"] + 1)


@pytest.fixture
def features() -> pd.DataFrame:
    """Features of three criteria, one with a name that the figure doesn't know. They differ from layer 1 upwards."""
    rows = [("dense", 0, layer, 1.0, 0.0, 1.0, 99) for layer in range(4)]
    for criterion, loss in (("magnitude", 0.1), ("random", 0.3), ("movement_pruning", 0.2)):
        for sparsity in (30, 60, 90):
            similar = [1 - loss * sparsity / 100 * layer for layer in range(4)]
            rows += [(criterion, sparsity, layer, similar[layer], 0.1, similar[layer] ** 2, 99) for layer in range(4)]
    return pd.DataFrame(rows, columns=FEATURES)


def panels(table1, features, leave_out=None) -> pd.DataFrame:
    found = both_panels(table1, fits(table1, leave_out or {}), features, pd.read_csv(REFERENCE))
    assert found.columns.tolist() == COLUMNS
    return found


@pytest.fixture
def drawn(tmp_path):
    """Returns a function that draws from files, as the workflow does, and returns the CSV."""

    def draw_and_read(table1, features, settings=SETTINGS, leave_out=None) -> pd.DataFrame:
        table1.to_csv(tmp_path / "table1.csv", index=False)
        fits(table1, leave_out or {}).to_csv(tmp_path / "information.csv", index=False)
        features.to_csv(tmp_path / "features.csv", index=False)
        inputs = {name: [tmp_path / f"{name}.csv"] for name in ("table1", "information", "features")}
        draw(Inputs({**inputs, "published": [REFERENCE]}), settings, tmp_path / "figure2")
        return pd.read_csv(tmp_path / "figure2.csv")

    return draw_and_read


def test_every_point_is_drawn_once_and_those_left_out_apart(table1, features):
    found = panels(table1, features, leave_out={"cola": [90], "SST-2": [0, 10]})
    expected = table1.query("arm == 'information_deletion'").set_index(["task", "sparsity"]).sort_index()
    points = found[found["quantity"].isin(["dev_accuracy", "left_out"])].set_index(["task", "sparsity"]).sort_index()
    assert points.index.equals(expected.index)
    np.testing.assert_array_equal(
        points[["pretrain_loss", "value"]], expected[["pretrain_loss", "dev_accuracy"]].to_numpy()
    )
    assert points.index[points["quantity"] == "left_out"].tolist() == [("CoLA", 90), ("SST-2", 0), ("SST-2", 10)]


def test_a_line_is_that_of_polyfit_and_ends_at_the_points_that_it_is_fitted_to(table1, features):
    found = panels(table1, features, leave_out={"CoLA": [90]})
    lines = found[found["quantity"] == "fit"]
    for (source, task), ends in lines.groupby(["source", "task"]):
        points = table1.query("arm == 'information_deletion' and task == @task")
        points = points[(task != "CoLA") | (points["sparsity"] != 90)]
        losses = points["pretrain_loss"] - (source == "paper")
        assert ends["pretrain_loss"].tolist() == pytest.approx([losses.min(), losses.max()])
        expected = np.polyval(np.polyfit(losses, points["dev_accuracy"], 1), ends["pretrain_loss"])
        assert ends["value"].tolist() == pytest.approx(expected.tolist())
    assert lines.groupby("source")["task"].nunique().to_dict() == {"paper": 5, "study": 5}


def test_published_lines_are_those_of_the_studys_tasks_if_they_are_asked_for(table1, features, drawn):
    few = table1[table1["task"].isin(["SST-2", "MNLI"])].replace({"task": {"SST-2": "sst2", "MNLI": "mine"}})
    found = panels(few, features)
    assert set(found.loc[found["source"] == "paper", "task"]) == {"SST-2"}
    found = drawn(few, features, FigureSettings(dpi=60, paper_curves=False))
    assert "paper" not in set(found["source"])


def test_similarities_are_means_over_layers_from_the_first_on(table1, features):
    found = panels(table1, features)
    found = found[found["panel"] == "features"].set_index(["criterion", "quantity", "sparsity"])
    for (criterion, sparsity), layers in features[features["layer"] > 0].groupby(["criterion", "sparsity"]):
        for quantity in ("cosine", "cka"):
            for name in ("magnitude", "random", "movement_pruning") if criterion == "dense" else [criterion]:
                row = found.loc[(name, quantity, sparsity)]
                assert row["value"] == pytest.approx(layers[quantity].sum() / 3)
                if quantity == "cosine":
                    assert (row["low"], row["high"]) == (layers["cosine"].min(), layers["cosine"].max())
    assert len(found) == 3 * 2 * 4


def test_missing_numbers_are_not_drawn(table1, features):
    table1.loc[(table1["sparsity"] == 50) & (table1["task"] == "QQP"), "dev_accuracy"] = np.nan
    table1.loc[table1["sparsity"] == 80, "pretrain_loss"] = np.nan
    features.loc[features["sparsity"] == 60, "cka"] = np.nan
    found = panels(table1, features)
    points = found[(found["quantity"] == "dev_accuracy") & (found["task"] == "QQP")]
    assert points["sparsity"].tolist() == [0, 10, 20, 30, 40, 60, 70, 90]
    assert set(found.loc[found["quantity"] == "cka", "sparsity"]) == {0, 30, 90}
    assert found["value"].notna().all()


def test_a_study_without_these_arms_or_checkpoints_has_empty_panels(table1, features, drawn, tmp_path):
    random_alone = table1[table1["arm"] == "random"]
    assert fits(random_alone, {}).columns.tolist() == INFORMATION
    found = drawn(random_alone, features[:0])
    assert set(found["source"]) <= {"paper"}
    assert (tmp_path / "figure2.png").exists()
    # There are too few points for a line, and only the unpruned model's features.
    found = drawn(table1[table1["sparsity"] < 20], features[:4])
    assert set(found.loc[found["source"] == "study", "quantity"]) == {"dev_accuracy"}


def test_the_csv_is_what_is_drawn_and_all_are_the_same_bytes_every_time(table1, features, drawn, tmp_path):
    made = []
    for _ in range(2):
        found = drawn(table1, features, leave_out={"CoLA": [90]})
        made.append([(tmp_path / f"figure2.{suffix}").read_bytes() for suffix in ("png", "pdf", "csv")])
    assert made[0] == made[1]
    pd.testing.assert_frame_equal(found, panels(table1, features, {"CoLA": [90]}), check_dtype=False)
