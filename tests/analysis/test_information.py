from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.analysis.information import COLUMNS, analyse, fits
from prunetransfer.jobs.settings.analyses import InformationSettings
from prunetransfer.storage.inputs import Inputs

REFERENCE = Path(__file__).parents[2] / "workflow" / "reference" / "table1.csv"
LINE = ["slope", "slope_low", "slope_high", "intercept"]
R2 = ["r2", "r2_low", "r2_high"]


def table_of(losses, accuracies, task="task") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "arm": "information_deletion",
            "sparsity": 10 * np.arange(len(losses)),
            "pretrain_loss": losses,
            "task": task,
            "dev_accuracy": accuracies,
        }
    )


def fit(losses, accuracies, leave_out=()) -> pd.Series:
    return fits(table_of(losses, accuracies), {"task": list(leave_out)}).loc[0]


def test_the_published_table_gives_the_lines_of_polyfit():
    published = pd.read_csv(REFERENCE)
    found = fits(published, {"cola": [90]}).set_index("task")
    assert found.index.tolist() == published["task"].unique().tolist()
    for task, row in found.iterrows():
        points = published.query("arm == 'information_deletion' and task == @task")
        points = points[(task != "CoLA") | (points["sparsity"] != 90)]
        slope, intercept = np.polyfit(points["pretrain_loss"], points["dev_accuracy"], 1)
        assert (row["slope"], row["intercept"]) == pytest.approx((slope, intercept))
        missed = points["dev_accuracy"] - (intercept + slope * points["pretrain_loss"])
        assert row["r2"] == pytest.approx(1 - np.sum(missed**2) / (len(points) * np.var(points["dev_accuracy"])))
        assert row["r2"] > 0.97  # the paper's claim: a line fits
        assert row["r2_low"] < row["r2"] < row["r2_high"] < 1
        assert row["slope_low"] < row["slope"] < row["slope_high"] < 0
    assert found.loc["CoLA", ["points", "left_out"]].tolist() == [9, "90"]
    assert set(found["points"].drop("CoLA")) == {10}
    assert set(found["left_out"].drop("CoLA")) == {""}


@given(st.integers(0, 999), st.integers(4, 12), st.floats(0.1, 10))
def test_the_interval_is_students(seed, count, noise):
    """The half-width divided by the textbook's standard error of a slope must be the 97.5 % quantile of Student's t."""
    from scipy.stats import t

    generator = np.random.default_rng(seed)
    losses = generator.uniform(1, 7, count)
    accuracies = 90 - 3 * losses + noise * generator.normal(size=count)
    row = fit(losses, accuracies)
    residuals = accuracies - row["intercept"] - row["slope"] * losses
    error = np.sqrt(np.sum(residuals**2) / (count - 2) / np.sum((losses - losses.mean()) ** 2))
    half = (row["slope_high"] - row["slope_low"]) / 2
    assert row["slope_high"] - row["slope"] == pytest.approx(half)
    assert t(count - 2).cdf(half / error) == pytest.approx(0.975)
    assert 0 <= row["r2_low"] <= row["r2"] <= row["r2_high"] <= 1


def test_the_interval_of_r2_covers_the_true_one():
    generator = np.random.default_rng(0)
    correlation, count, repeats = 0.8, 10, 400
    tables = []
    for repeat in range(repeats):
        x, noise = generator.normal(size=(2, count))
        tables.append(table_of(x, correlation * x + np.sqrt(1 - correlation**2) * noise, f"task {repeat}"))
    found = fits(pd.concat(tables), {})
    covered = found["r2_low"].le(correlation**2) & found["r2_high"].ge(correlation**2)
    # Within 3 standard errors of a share of 400, plus 0.01, since Fisher's z is approximate at 10 points.
    assert covered.mean() == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / repeats) + 0.01)


def test_points_on_a_line_lie_on_it():
    row = fit([2.0, 3.0, 4.0, 6.0], [90.0, 88.0, 86.0, 82.0])
    assert row[LINE].tolist() == pytest.approx([-2, -2, -2, 94], abs=1e-6)
    assert row[R2].tolist() == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    ("losses", "accuracies", "leave_out", "points"),
    [
        ([1, 2], [80, 70], [], 2),
        ([1, 2, 3], [80, 70, 60], [20], 2),
        ([1, np.nan, 2, 3], [80, 75, np.nan, 60], [], 2),
        ([2, 2, 2, 2], [80, 70, 60, 50], [], 4),
        ([np.nan] * 4, [80, 70, 60, 50], [], 0),
    ],
    ids=["two points", "one of three left out", "gaps", "one loss", "no loss"],
)
def test_fields_are_empty_without_a_line(losses, accuracies, leave_out, points):
    row = fit(losses, accuracies, leave_out)
    assert row["points"] == points
    assert row[LINE + R2].isna().all()


def test_three_points_have_an_r2_without_an_interval():
    row = fit([1, 2, 3], [80, 71, 60])
    assert row["r2"] > 0.99
    assert row[["r2_low", "r2_high"]].isna().all()


def test_a_constant_accuracy_has_a_slope_of_0_and_no_intervals():
    row = fit([1, 2, 3, 4, 5], [69.1] * 5)
    assert row[["slope", "intercept"]].tolist() == pytest.approx([0, 69.1])
    assert row[["slope_low", "slope_high", *R2]].isna().all()


def test_the_csv_names_what_was_left_out(tmp_path):
    table = pd.concat(
        [
            table_of([1, 2, 3, 4, 9], [80, 75, 70, 65, 10], "SST-2"),
            table_of([1, 2, 3, 4, 9], [80, 75, 70, 65, 10], "CoLA"),
            table_of([1, 2, 3, 4, 9], [0] * 5, "MNLI").assign(arm="random"),
        ]
    )
    table.to_csv(tmp_path / "table1.csv", index=False)
    settings = InformationSettings(leave_out={"sst2": [40, 20, 95], "other": [0]})
    analyse(Inputs({"table1": [tmp_path / "table1.csv"]}), settings, tmp_path / "information.csv")
    found = pd.read_csv(tmp_path / "information.csv", dtype={"left_out": str}).set_index("task")
    assert [found.index.name, *found.columns] == COLUMNS
    assert found.index.tolist() == ["SST-2", "CoLA"]
    assert found["left_out"].fillna("").tolist() == ["20;40", ""]
    assert found["points"].tolist() == [3, 5]
    assert found.loc["SST-2", "slope"] == pytest.approx(-5)
    assert found.loc["CoLA", "slope"] < -5
