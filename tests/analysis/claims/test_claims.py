"""Tests each claim on studies for which it is true, false, or undecided."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from prunetransfer.analysis import claims
from prunetransfer.analysis.claims.evidence import Evidence
from prunetransfer.analysis.claims.registry import CLAIMS as CLAIM_MODULES
from prunetransfer.analysis.claims.registry import evaluate
from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.storage.inputs import Inputs, InputsError

SETTINGS = ClaimsSettings()
CONTRACT = "claim, statement, statistic, value, ci_low, ci_high, threshold, verdict, paper_value"
CLAIMS = [
    *("1a", "1b", "1c", "2a", "2b", "2c", "3a", "3b", "3c", "4a", "4b", "4c", "5a", "5b", "5c", "6a", "6b"),
    *("7 cola", "7 sst2", "7 MNLI", "8", "9a", "9b", "9c", "10", "11"),
]


def _row(study, folder, claim, settings=SETTINGS):
    module = CLAIM_MODULES[int(re.match(r"\d+", claim)[0]) - 1]
    return next(row for row in module.rows(study.evidence(folder), settings) if row.claim == claim)


def _rows(study, folder, settings=SETTINGS):
    return {row.claim: row for row in evaluate(study.evidence(folder), settings)}


def _shift(values, amount, arm, sparsities, tasks=("cola", "sst2", "MNLI")):
    for sparsity in sparsities:
        for task in tasks:
            values[arm, sparsity, task] += amount


def _replace(study, table, column, change):
    study.tables[table] = study.tables[table].assign(**{column: change(study.tables[table])})


def _zigzag(study):
    for place, sparsity in enumerate(PRUNED):
        _shift(study.accuracy, (-15, 15)[place % 2], "information_deletion", [sparsity], ["cola"])


def _smaller_tasks_gain_more(study):
    for task, amount in {"cola": 20, "sst2": 8.6, "MNLI": -0.1}.items():
        _shift(study.accuracy, amount, "information_deletion", PRUNED, [task])


def _settle_later(study):
    # Slightly more for one task: an interval over equal shares would have no width.
    slow = study.tables["movement"]
    first = 0.1 * ((slow["task"] == "cola") & (slow["epoch"] == 1))
    study.tables["movement"] = slow.assign(mean=slow["epoch"] + first)


PRUNED = (30, 40, 50, 60, 70, 80, 90)
FALSE = {
    "1a": lambda s: _shift(s.accuracy, -3, "prune_pretrain", [40]),
    "1b": lambda s: _shift(s.accuracy, -3, "prune_pretrain", [30], ["sst2"]),
    "1c": lambda s: s.pretrain_loss.update({("prune_pretrain", 40): 1.95}),
    "2a": lambda s: _shift(s.train_loss, 0.2, "information_deletion", [60]),
    "2b": lambda s: _shift(s.train_loss, 0.2, "information_deletion", [60]),
    "2c": lambda s: _shift(s.accuracy, 5, "information_deletion", [50]),
    "3a": lambda s: _shift(s.accuracy, -3, "information_deletion", [60]),
    "3b": lambda s: _shift(s.accuracy, -3, "information_deletion", [80]),
    "3c": _smaller_tasks_gain_more,
    "4a": lambda s: _shift(s.accuracy, 3, "prune_pretrain", [30]),
    "4b": lambda s: _shift(s.accuracy, 3, "prune_pretrain", [30], ["MNLI"]),
    "4c": lambda s: _shift(s.train_loss, -0.3, "prune_pretrain", [80]),
    "5a": lambda s: _shift(s.accuracy, 5, "random", [90]),
    "5b": lambda s: _shift(s.accuracy, 5, "random", [90], ["cola"]),
    "5c": lambda s: s.pretrain_loss.update({("random", 30): 1.0}),
    "6a": lambda s: _shift(s.accuracy, 4, "prune_downstream", [50]),
    "6b": lambda s: _replace(s, "mask_differences", "difference", lambda t: t["difference"] * 2),
    "7 cola": _zigzag,
    "8": lambda s: _replace(s, "features", "cosine", lambda t: -t["cosine"]),
    "9a": _settle_later,
    "9b": lambda s: _replace(s, "table2", "movement_mean_percent", lambda t: t["movement_mean_percent"] + 0.5),
    "9c": lambda s: _replace(s, "movement_bins", "mean", lambda t: t["bin"]),
    "10": lambda s: _replace(s, "head_sparsity", "head_sparsity", lambda t: t["head_sparsity"] - 2.5),
    "11": lambda s: _replace(s, "embedding_lengths", "spearman_high", lambda t: -0.3),
}


def _without(study, table):
    study.tables[table] = study.tables[table].iloc[:0]


def _uncertain(quantity, half_width):
    return lambda study: study.half_widths.update({quantity: half_width})


UNDECIDED = {
    **dict.fromkeys(["1a", "1b", "2c", "3a", "3b", "4a", "4b", "5a", "5b", "6a"], _uncertain("dev_accuracy", 30)),
    **dict.fromkeys(["2a", "2b", "4c"], _uncertain("train_loss", None)),
    "1c": lambda s: s.pretrain_loss.update({("prune_pretrain", 40): None}),
    "3c": lambda s: s.examples.update(sst2=8_000),
    "5c": lambda s: s.pretrain_loss.update({("random", 40): None}),
    "6b": lambda s: _without(s, "mask_differences"),
    "7 cola": lambda s: [s.accuracy.pop(("information_deletion", x, "cola")) for x in (0, 30, 40, 50, 60)],
    "8": lambda s: _without(s, "features"),
    "9a": lambda s: _without(s, "movement"),
    "9b": lambda s: _without(s, "table2"),
    "9c": lambda s: _replace(s, "movement_bins", "bin", lambda t: t["bin"] % 5),
    "10": lambda s: _without(s, "head_sparsity"),
    "11": lambda s: _without(s, "embedding_lengths"),
}


def test_all_hold(study, tmp_path):
    rows = _rows(study, tmp_path)
    assert list(rows) == CLAIMS
    assert {claim: row.statistic for claim, row in rows.items() if row.verdict != "holds"} == {}


@pytest.mark.parametrize("claim", FALSE)
def test_made_false(study, tmp_path, claim):
    FALSE[claim](study)
    assert _row(study, tmp_path, claim).verdict == "fails"


@pytest.mark.parametrize("claim", UNDECIDED)
def test_made_undecided(study, tmp_path, claim):
    UNDECIDED[claim](study)
    assert _row(study, tmp_path, claim).verdict == "undecided"


def test_every_claim_is_made_false_and_undecided():
    assert {*FALSE} == {*UNDECIDED} == {*CLAIMS} - {"7 sst2", "7 MNLI"}


def test_a_missing_run_is_named_and_nothing_that_needs_it_holds(study, tmp_path):
    del study.accuracy["prune_pretrain", 30, "sst2"]
    rows = _rows(study, tmp_path)
    assert rows["1a"].verdict == rows["1b"].verdict == rows["4b"].verdict == "undecided"
    assert "1 of 2 comparisons are missing: at 30 %" in rows["1a"].statistic
    assert "1 of 6 comparisons are missing: sst2 at 30 %" in rows["1b"].statistic
    assert rows["3b"].verdict == "holds"


def test_a_study_without_an_arm_says_that_there_is_nothing_to_compare(study, tmp_path):
    study.pretrain_loss = {cell: loss for cell, loss in study.pretrain_loss.items() if cell[0] == "prune_pretrain"}
    rows = _rows(study, tmp_path)
    assert rows["1a"].verdict == "holds"
    for claim in ("2a", "2b", "2c", "3a", "3b", "5a", "5b", "5c", "6a"):
        assert rows[claim].verdict == "undecided"
        assert rows[claim].statistic.endswith("nothing to compare")


def test_no_comparison_is_missing_if_an_arm_has_other_sparsities(study, tmp_path):
    study.pretrain_loss = {cell: loss for cell, loss in study.pretrain_loss.items() if cell != ("prune_pretrain", 50)}
    row = _row(study, tmp_path, "5a")
    assert (row.verdict, "of 6:" in row.statistic) == ("holds", True)


def test_an_arm_that_shares_the_unpruned_model_is_compared_with_it(study, tmp_path):
    study.accuracy = {cell: value for cell, value in study.accuracy.items() if cell[:2] != ("information_deletion", 0)}
    study.train_loss = {
        cell: value for cell, value in study.train_loss.items() if cell[:2] != ("information_deletion", 0)
    }
    rows = _rows(study, tmp_path)
    assert rows["2b"].finding == rows["2a"].finding


def test_thresholds_are_the_settings(study, tmp_path):
    strict = ClaimsSettings.model_validate({"tolerance": {"accuracy": 0.4}, "harmless": [50, 60], "movement": 3.9})
    rows = _rows(study, tmp_path, strict)
    assert rows["1a"].verdict == "fails" and rows["1a"].finding.at == "at 60 %"
    assert rows["1a"].statement.startswith("Pruning 50-60 %") and "0.4 points" in rows["1a"].statement
    assert rows["9b"].verdict == "fails"


def test_the_slope_by_size_is_that_of_least_squares(study, tmp_path):
    gains = [
        np.mean(
            [
                study.accuracy["information_deletion", s, t] - study.accuracy["prune_pretrain", s, t]
                for s in (70, 80, 90)
            ]
        )
        for t in study.examples
    ]
    sizes = np.log10(list(study.examples.values()))
    row = _row(study, tmp_path, "3c")
    assert row.finding.value == pytest.approx(np.polyfit(sizes, gains, 1)[0])
    p_value = stats.linregress(sizes, gains).pvalue
    assert (row.finding.low > 0) == (p_value < 0.05)


def test_the_first_epochs_share_is_of_the_trajectory_that_is_followed_longest(study, tmp_path):
    row = _row(study, tmp_path, "9a")
    assert row.finding.value == pytest.approx(100 * (1 - 0.2) / (1 - 0.2**3))


def test_the_top_tenth_is_that_of_all_weights_at_the_last_epoch(study, tmp_path):
    study.tables["movement_bins"]["weights"] = 10 + study.tables["movement_bins"]["bin"] % 3
    bins = study.tables["movement_bins"].query("name == 'all' and task == 'cola' and epoch == 2")
    top = bins[bins["bin"] >= 18]
    expected = np.average(top["mean"], weights=top["weights"]) / np.average(bins["mean"], weights=bins["weights"])
    assert _row(study, tmp_path, "9c").finding.value == pytest.approx(expected)


def test_the_farthest_head_is_named(study, tmp_path):
    row = _row(study, tmp_path, "10")
    assert row.finding.value == 4
    assert "layer 1, head 0" in row.statistic


def test_several_seeds_give_movement_an_interval(study, tmp_path):
    _replace(study, "table2", "ci_low", lambda t: t["movement_mean_percent"] - 0.1)
    _replace(study, "table2", "ci_high", lambda t: t["movement_mean_percent"] + 0.1)
    row = _row(study, tmp_path, "9b")
    assert (row.verdict, row.finding.high) == ("undecided", pytest.approx(4.1))


def test_the_file(study, tmp_path):
    inputs = study.write(tmp_path)
    claims.analyse(inputs, SETTINGS, tmp_path / "out" / "claims.csv")
    table = pd.read_csv(tmp_path / "out" / "claims.csv")
    assert list(table.columns) == CONTRACT.split(", ")
    assert list(table["claim"]) == CLAIMS
    table = table.set_index("claim")
    assert table.loc["1c", ["ci_low", "ci_high"]].isna().all()
    assert table.loc["1a", "paper_value"] == 0.5
    # The paper's SST-2 is this study's sst2.
    assert table.loc["7 sst2", "paper_value"] == pytest.approx(0.975, abs=5e-4)
    assert table.loc[["6b", "8", "9c", "10", "11"], "paper_value"].isna().all()
    written = (tmp_path / "out" / "claims.csv").read_bytes(), (tmp_path / "out" / "claims.md").read_bytes()
    claims.analyse(inputs, SETTINGS, tmp_path / "out" / "claims.csv")
    assert written[1] == (tmp_path / "out" / "claims.md").read_bytes()
    assert written[0] == (tmp_path / "out" / "claims.csv").read_bytes()


def test_the_page(study, tmp_path):
    FALSE["10"](study)
    claims.analyse(study.write(tmp_path), SETTINGS, tmp_path / "claims.csv")
    page = (tmp_path / "claims.md").read_text()
    assert page.startswith("Of 26 statements 25 hold, 1 fail, 0 are undecided.")
    contradicted = page.split("contradict the paper's wording:")[1]
    assert [line.split(":")[0] for line in contradicted.splitlines() if line.startswith("- ")] == [
        "- 1c",
        "- 2a",
        "- 5b",
        "- 9b",
    ]


def test_tables_with_a_header_alone_leave_all_undecided(study, tmp_path):
    inputs = study.write(tmp_path)
    for path in tmp_path.glob("*.csv"):
        path.write_text(path.read_text().splitlines()[0] + "\n")
    claims.analyse(inputs, SETTINGS, tmp_path / "claims.csv")
    table = pd.read_csv(tmp_path / "claims.csv")
    assert set(table["verdict"]) == {"undecided"}
    assert table["statistic"].notna().all() and table["value"].isna().all()


@pytest.mark.parametrize("name", ["features", "published_tasks"])
def test_a_missing_input_is_named(study, tmp_path, name):
    files = study.write_files(tmp_path)
    del files[name]
    with pytest.raises(InputsError, match=f"'{name}' is missing"):
        claims.analyse(Inputs(files), SETTINGS, tmp_path / "claims.csv")


def test_published_evidence_needs_no_study(published):
    assert Evidence.published(published).train_examples["sst2"] == 67_349
