from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures import style
from prunetransfer.figures.figure6 import draw, losses
from prunetransfer.storage.inputs import Inputs

REFERENCE = Path(__file__).parents[2] / "workflow" / "reference" / "table1.csv"
SETTINGS = FigureSettings(dpi=60)
COLUMNS = (
    "task, arm, sparsity, total_loss, ci_low, ci_high, deleted_information, restricted_complexity, "
    "share_deleted_information, share_restricted_complexity"
)


@pytest.fixture
def differences() -> pd.DataFrame:
    """differences.csv from the published table; each interval extends one point to either side."""
    published = pd.read_csv(REFERENCE)
    average = published.groupby(["arm", "sparsity"], as_index=False)["dev_accuracy"].mean().assign(task="average")
    published = pd.concat([published, average])
    unpruned = published.query("arm == 'prune_pretrain' and sparsity == 0").set_index("task")["dev_accuracy"]
    table = published.assign(
        quantity="dev_accuracy",
        reference_arm="prune_pretrain",
        reference_sparsity=0,
        difference=published["dev_accuracy"] - published["task"].map(unpruned),
        method="bootstrap",
    )
    table = table.assign(ci_low=table["difference"] - 1, ci_high=table["difference"] + 1)
    # The figure must ignore the other rows.
    return pd.concat([table, table.assign(quantity="train_loss"), table.assign(reference_sparsity=60)])


def _drawn(differences: pd.DataFrame, folder: Path) -> pd.DataFrame:
    differences.to_csv(folder / "differences.csv", index=False)
    draw(Inputs({"differences": [folder / "differences.csv"]}), SETTINGS, folder / "figure6")
    return pd.read_csv(folder / "figure6.csv")


def _legend(differences, folder, monkeypatch) -> list[str]:
    shown = []
    monkeypatch.setattr(style, "save", lambda figure, *_: shown.extend(figure.legends[0].get_texts()))
    differences.to_csv(folder / "differences.csv", index=False)
    draw(Inputs({"differences": [folder / "differences.csv"]}), SETTINGS, folder / "figure6")
    return [text.get_text() for text in shown]


def test_rows_by_task_arm_and_sparsity(differences, tmp_path):
    drawn = _drawn(differences, tmp_path)
    assert list(drawn.columns) == COLUMNS.split(", ")
    assert list(drawn["task"].unique()) == ["MNLI", "QQP", "QNLI", "SST-2", "CoLA", "average"]
    assert set(drawn["arm"]) == {"prune_pretrain", "prune_downstream", "random"}
    assert sorted(drawn["sparsity"].unique()) == list(range(10, 100, 10))
    assert len(drawn) == 6 * 3 * 9


def test_the_papers_mnli_at_90_percent_by_hand(differences, tmp_path):
    drawn = _drawn(differences, tmp_path).set_index(["task", "arm", "sparsity"])
    # Accuracies: 83.1 unpruned, 64.8 pruned, and 72.9 if the pruned weights may grow back.
    row = drawn.loc["MNLI", "prune_pretrain", 90]
    assert row["total_loss"] == pytest.approx(83.1 - 64.8)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((17.3, 19.3))
    assert row["deleted_information"] == pytest.approx(83.1 - 72.9)
    assert row["restricted_complexity"] == pytest.approx(72.9 - 64.8)
    assert row["share_deleted_information"] == pytest.approx(100 * 10.2 / 18.3)
    assert row["share_restricted_complexity"] == pytest.approx(100 * 8.1 / 18.3)
    assert drawn.loc["MNLI", "random", 90]["total_loss"] == pytest.approx(83.1 - 49.8)


def test_parts_add_up_and_a_share_needs_a_loss(differences):
    drawn = losses(differences)
    ours, others = drawn[drawn["arm"] == "prune_pretrain"], drawn[drawn["arm"] != "prune_pretrain"]
    parts = ["deleted_information", "restricted_complexity"]
    np.testing.assert_allclose(ours[parts].sum(axis=1), ours["total_loss"], atol=1e-9)
    shares = ours[[f"share_{part}" for part in parts]]
    lost = ours["ci_low"] > 0
    assert 0 < lost.sum() < len(lost)
    np.testing.assert_allclose(shares[lost].sum(axis=1), 100)
    assert shares[~lost].isna().all(axis=None)
    assert others[[*parts, *shares.columns]].isna().all(axis=None)
    # SST-2 at 60 %: 91.4 pruned, and 90.8 if the weights may grow back. So no complexity was restricted.
    row = ours.set_index(["task", "sparsity"]).loc["SST-2", 60]
    assert row["restricted_complexity"] == pytest.approx(-0.6)


def test_without_the_arm_that_recovers_there_are_totals_only(differences, tmp_path, monkeypatch):
    totals = differences[differences["arm"] != "information_deletion"]
    drawn = losses(totals)
    assert drawn["total_loss"].notna().all()
    assert drawn[COLUMNS.split(", ")[6:]].isna().all(axis=None)
    arms = ["Prune downstream", "Prune in pre-training", "Random pruning"]
    assert sorted(_legend(totals, tmp_path, monkeypatch)) == arms
    with_parts = _legend(differences, tmp_path, monkeypatch)
    assert sorted(with_parts) == sorted([*arms, "Deleted information", "Restricted complexity"])


@pytest.mark.parametrize("gap", ["information_deletion", "prune_pretrain"])
def test_missing_losses_are_not_drawn(differences, tmp_path, gap):
    missing = (
        (differences["arm"] == gap) & (differences["sparsity"] == 60) & differences["task"].isin(["CoLA", "average"])
    )
    drawn = _drawn(differences[~missing], tmp_path)
    row = drawn.query("arm == 'prune_pretrain' and sparsity == 60 and task == 'CoLA'")
    if gap == "prune_pretrain":
        assert row.empty
    else:
        assert row["total_loss"].notna().all()
        assert row["deleted_information"].isna().all()


@pytest.mark.parametrize("tasks", [["CoLA"], ["CoLA", "QQP"], ["CoLA", "QQP", "MNLI", "average"]])
def test_any_number_of_tasks_is_drawn(differences, tmp_path, tasks):
    drawn = _drawn(differences[differences["task"].isin(tasks)], tmp_path)
    assert set(drawn["task"]) == set(tasks)


def test_a_study_that_pruned_nothing_has_an_empty_figure(differences, tmp_path):
    assert _drawn(differences[differences["sparsity"] == 0], tmp_path).empty


def test_a_figure_is_the_same_bytes_every_time(differences, tmp_path):
    made = []
    for _ in range(2):
        _drawn(differences, tmp_path)
        made.append([(tmp_path / f"figure6.{suffix}").read_bytes() for suffix in ("png", "pdf", "csv")])
    assert made[0] == made[1]
