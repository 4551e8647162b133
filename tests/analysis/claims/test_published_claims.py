"""The paper's claims, tested on the paper's own numbers."""

import numpy as np
import pandas as pd
import pytest

from prunetransfer.analysis.claims.evidence import Evidence
from prunetransfer.analysis.claims.published_differences import published_differences
from prunetransfer.analysis.claims.registry import evaluate
from prunetransfer.config.claims import ClaimsSettings


@pytest.fixture(scope="module")
def rows(published):
    return {row.claim: row for row in evaluate(Evidence.published(published), ClaimsSettings())}


@pytest.fixture(scope="module")
def table1(published):
    return pd.read_csv(published.file("published_table1"))


def _verdicts(rows, *claims):
    return {claim: str(rows[claim].verdict) for claim in claims}


def test_30_to_40_percent_are_harmless_to_accuracy(rows):
    assert _verdicts(rows, "1a", "1b") == {"1a": "holds", "1b": "holds"}
    assert rows["1b"].finding.at == "QNLI at 40 %"


def test_random_pruning_is_worse_at_every_sparsity(rows, table1):
    assert _verdicts(rows, "5a", "5c") == {"5a": "holds", "5c": "holds"}
    means = table1.groupby(["arm", "sparsity"])["dev_accuracy"].mean()
    gains = (means["prune_pretrain"] - means["random"]).drop(0)
    assert rows["5a"].finding.value == pytest.approx(gains.min())
    assert (gains > 0).all()


def test_information_deletion_is_linear_in_pretraining_loss(rows, table1):
    for task in ("CoLA", "MNLI", "QNLI", "QQP", "SST-2"):
        cells = table1.query("arm == 'information_deletion' and task == @task")
        if task == "CoLA":
            cells = cells.query("sparsity != 90")
        r2 = np.corrcoef(cells["pretrain_loss"], cells["dev_accuracy"])[0, 1] ** 2
        row = rows[f"7 {task}"]
        print(f"{task}: R² {row.finding.value:.3f} [{row.finding.low:.3f}, {row.finding.high:.3f}]; {row.statistic}")
        assert row.finding.value == pytest.approx(r2)
        assert row.verdict == "holds"


def test_pruning_downstream_is_no_better(rows):
    assert rows["6a"].verdict == "holds"


def test_the_other_claims_that_the_numbers_decide(rows):
    claims = ("2b", "2c", "3a", "3b", "3c", "4a", "4b", "4c", "9a")
    assert _verdicts(rows, *claims) == dict.fromkeys(claims, "holds")


def test_where_the_numbers_contradict_the_wording(rows):
    """1c: the loss rises by 0.11 nats. 2a: losses are equal. 5b: random pruning wins. 9b: weights move by 4.12 %."""
    failing = {claim: (row.finding.value, row.finding.at) for claim, row in rows.items() if row.verdict == "fails"}
    assert failing == {
        "1c": (pytest.approx(0.11), "at 40 %"),
        "2a": (0, "at 90 %"),
        "5b": (pytest.approx(-0.7), "SST-2 at 10 %"),
        "9b": (4.12, "MNLI, learning rate 5e-05"),
    }


def test_what_was_not_published_is_undecided(rows):
    undecided = {claim for claim, row in rows.items() if row.verdict == "undecided"}
    assert undecided == {"6b", "8", "9c", "10", "11"}


def test_published_differences_are_differences(table1):
    found = published_differences(table1).set_index(
        ["quantity", "task", "arm", "sparsity", "reference_arm", "reference_sparsity"]
    )["difference"]
    cells = table1.set_index(["task", "arm", "sparsity"])
    for quantity in ("dev_accuracy", "train_loss"):
        key = (quantity, "CoLA", "random", 30, "prune_pretrain", 30)
        expected = cells[quantity]["CoLA", "random", 30] - cells[quantity]["CoLA", "prune_pretrain", 30]
        assert found[key] == pytest.approx(expected)
        means = table1.groupby(["arm", "sparsity"])[quantity].mean()
        key = (quantity, "average", "prune_downstream", 90, "prune_downstream", 0)
        assert found[key] == pytest.approx(means["prune_downstream", 90] - means["prune_downstream", 0])
    # 4 arms have 10 sparsities each. 39 of these 40 cells are compared with the unpruned model. The 27 cells above 0 % of
    # the arms other than prune_pretrain are also compared with pruning at the same sparsity and with the arm's own 0 %.
    # Each comparison has a row for each of 5 tasks and one for the average.
    assert len(found) == 2 * 6 * (39 + 27 + 27)


def test_an_average_with_a_gap_is_left_out(table1):
    gap = table1.query("not (arm == 'random' and sparsity == 30 and task == 'CoLA')")
    found = published_differences(gap)
    rows = found.query("arm == 'random' and sparsity == 30 and quantity == 'dev_accuracy'")
    assert set(rows["task"]) == {"MNLI", "QQP", "QNLI", "SST-2"}
