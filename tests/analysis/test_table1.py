from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prunetransfer.analysis import pretraining, runs
from prunetransfer.analysis.averages import averages_over_tasks
from prunetransfer.analysis.statistics.intervals import t_interval
from prunetransfer.analysis.statistics.predictions import DevBootstrap
from prunetransfer.analysis.statistics.selection import unbiased_score
from prunetransfer.analysis.table1 import analyse
from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.config.methods import arm_label

REFERENCE = Path(__file__).parents[2] / "workflow" / "reference" / "table1.csv"
CONTRACT = (
    "arm, sparsity, pretrain_loss, task, learning_rate, dev_accuracy, train_loss, mean_dev_accuracy, "
    "unbiased_dev_accuracy, ci_low, ci_high, paper_dev_accuracy, paper_train_loss"
)
MEASURES = ["learning_rate", "dev_accuracy", "train_loss", "mean_dev_accuracy", "unbiased_dev_accuracy"]
MEASURES += ["ci_low", "ci_high"]


def _make(study, folder: Path) -> pd.DataFrame:
    runs.analyse(study.of_runs(), study.grid.model_copy(update={"allow_missing": True}), folder / "runs.csv")
    pretraining.analyse(study.of_checkpoints(), study.grid, folder / "pretraining.csv")
    tables = {name: folder / f"{name}.csv" for name in ("runs", "pretraining")}
    analyse(study.of_tables(**tables, published=REFERENCE), study.grid, folder / "table1.csv")
    return pd.read_csv(folder / "table1.csv")


def _cell(table, arm, sparsity, task):
    rows = table[(table["arm"] == arm) & (table["sparsity"] == sparsity) & (table["task"] == task)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_columns_and_rows(make_study, tmp_path):
    study = make_study()
    table = _make(study, tmp_path)
    assert list(table.columns) == CONTRACT.split(", ")
    expected = [(arm, s, t) for arm in study.grid.arms for s in (0, 60) for t in study.grid.tasks]
    expected = [row for row in expected if row[:2] != ("from_scratch", 60)]
    assert list(table[["arm", "sparsity", "task"]].itertuples(index=False, name=None)) == expected
    assert table[MEASURES].notna().all(axis=None)


@pytest.mark.parametrize("task", ["sst2", "similarity"])
def test_a_cell_is_computed_from_its_runs(make_study, tmp_path, task):
    study = make_study()
    cell = _cell(_make(study, tmp_path), "random", 60, task)
    cells = read_table(tmp_path / "runs.csv").query("arm == 'random' and sparsity == 60 and task == @task")
    scores = {rate: rows["dev_score"].to_numpy() for rate, rows in cells.groupby("learning_rate", sort=False)}
    best = max(scores, key=lambda rate: scores[rate].mean())
    assert cell["learning_rate"] == best
    assert cell["dev_accuracy"] == pytest.approx(scores[best].mean())
    assert cell["mean_dev_accuracy"] == pytest.approx(np.mean(list(scores.values())))
    assert (cell["ci_low"], cell["ci_high"]) == pytest.approx(t_interval(scores[best]))
    assert cell["train_loss"] == pytest.approx(cells.loc[cells["learning_rate"] == best, "train_loss"].mean())
    predictions = [
        np.stack([study.predictions["random", 60, task, rate, seed] for seed in study.grid.seeds])
        for rate in study.grid.learning_rates
    ]
    metric = "pearson" if task == "similarity" else "accuracy"
    assert cell["unbiased_dev_accuracy"] == unbiased_score(task, metric, study.labels[task], predictions)


def test_a_shared_unpruned_model_fills_the_arms_that_share_it(make_study, tmp_path):
    table = _make(make_study(), tmp_path)
    for task in ("sst2", "similarity"):
        unpruned = _cell(table, "prune_pretrain", 0, task)
        for arm in ("information_deletion", "random"):
            pd.testing.assert_series_equal(_cell(table, arm, 0, task)[MEASURES], unpruned[MEASURES], check_names=False)
        assert _cell(table, "prune_downstream", 0, task)["train_loss"] != unpruned["train_loss"]


def test_pretraining_losses_and_published_numbers_stand_where_they_belong(make_study, tmp_path):
    table = _make(make_study(), tmp_path)
    losses = table.groupby(["arm", "sparsity"])["pretrain_loss"].first()
    assert losses["random", 0] == 2.0
    assert losses["information_deletion", 60] == 3.2
    assert losses[["prune_downstream", "from_scratch"]].isna().all()
    published = pd.read_csv(REFERENCE).query("task == 'SST-2'").set_index(["arm", "sparsity"])
    for arm in ("prune_pretrain", "information_deletion", "prune_downstream", "random"):
        for sparsity in (0, 60):
            cell = _cell(table, arm, sparsity, "sst2")
            assert cell["paper_dev_accuracy"] == published.loc[(arm, sparsity), "dev_accuracy"]
            assert cell["paper_train_loss"] == published.loc[(arm, sparsity), "train_loss"]
    elsewhere = (table["task"] == "similarity") | (table["arm"] == "from_scratch")
    assert table.loc[elsewhere, ["paper_dev_accuracy", "paper_train_loss"]].isna().all(axis=None)


def test_one_seed_has_an_interval_over_dev_examples(make_study, tmp_path):
    table = _make(make_study(seeds=[0]), tmp_path)
    assert (table["ci_low"] < table["dev_accuracy"]).all()
    assert (table["dev_accuracy"] < table["ci_high"]).all()


def test_missing_runs_are_named_and_never_counted_as_0(make_study, tmp_path):
    study = make_study()
    complete = _make(study, tmp_path)
    gone = [run for run in study.grid.runs() if run[:3] == ("random", 60, "sst2")]
    gone.append(next(run for run in study.grid.runs() if run[:3] == ("prune_pretrain", 60, "sst2")))
    for run in gone:
        study.metrics(run).unlink()
    table = _make(study, tmp_path)
    assert _cell(table, "random", 60, "sst2")[MEASURES].isna().all()
    assert _cell(table, "prune_pretrain", 60, "sst2")["mean_dev_accuracy"] > 40
    others = (table["task"] != "sst2") | (table["sparsity"] != 60)
    pd.testing.assert_frame_equal(table[others], complete[others])
    text = (tmp_path / "table1.md").read_text()
    assert "7 of 84 runs are missing: prune_pretrain/60/sst2/lr3e-5/seed0" in " ".join(text.split())
    block = text.splitlines()[next(i for i, line in enumerate(text.splitlines()) if line.startswith("| Random")) :]
    assert block[2].split("|")[1:-1][0].strip() == "60 %"
    assert [cell.strip() for cell in block[2].split("|")[3:-1:2]] == ["– / –", "– / –"]


def test_markdown_shows_the_tables_numbers_aligned(make_study, tmp_path):
    study = make_study(tasks=["acceptability", "sentiment", "question_sentence", "inference"])
    table = _make(study, tmp_path)
    lines = (tmp_path / "table1.md").read_text().splitlines()
    assert max(map(len, lines)) <= 120
    blocks = [lines[: lines.index("")], lines[-list(reversed(lines)).index("") :]]
    for block in blocks:
        assert len({len(line) for line in block}) == 1
        assert len({line.count("|") for line in block}) == 1
    at_60 = table[(table["arm"] == "prune_pretrain") & (table["sparsity"] == 60)]
    pairs = [f"{row.dev_accuracy:.1f} / {row.train_loss:.2f}" for row in at_60.itertuples()]
    pairs.append(f"{at_60['dev_accuracy'].mean():.1f} / {at_60['train_loss'].mean():.2f}")
    row = next(line for line in lines if line.startswith("| 60 %"))
    assert [cell.strip() for cell in row.split("|")[1:-1]] == ["60 %", "3.20", *pairs]
    random = table[table["arm"] == "random"].groupby("sparsity")
    for name in ("unbiased", "mean"):
        average = random[f"{name}_dev_accuracy"].mean()
        assert _averages_of("random", name, blocks[1]) == [f"{average[0]:.1f}", f"{average[60]:.1f}"]
    averages = averages_over_tasks(study.grid, read_table(tmp_path / "runs.csv"), DevBootstrap(study.of_tables()))
    averages = averages.query("arm == 'random' and quantity == 'dev_accuracy'").set_index("sparsity")
    half_widths = (averages["ci_high"] - averages["ci_low"]) / 2
    assert _averages_of("random", "95 % ±", blocks[1]) == [f"{half_widths[0]:.1f}", f"{half_widths[60]:.1f}"]


def test_published_averages_have_the_difference_where_all_tasks_are_the_papers(make_study, tmp_path):
    table = _make(make_study(tasks=["sst2", "CoLA"]), tmp_path)
    text = (tmp_path / "table1.md").read_text()
    averages = text.split("\n\n")[-1].splitlines()
    random = table[table["arm"] == "random"].groupby("sparsity")[["dev_accuracy", "paper_dev_accuracy"]].mean()
    # By hand, from the paper's SST-2 and CoLA: (92.4 + 78.7) / 2 and (81.5 + 69.1) / 2.
    assert random["paper_dev_accuracy"].tolist() == pytest.approx([85.55, 75.3])
    assert _averages_of("random", "published", averages)[1] == "75.3"
    differences = random["dev_accuracy"] - random["paper_dev_accuracy"]
    assert _averages_of("random", "difference", averages) == [f"{round(value, 1) + 0.0:+.1f}" for value in differences]
    assert "minus theirs" in text
    _make(make_study(study="other"), tmp_path)
    for absent in ("difference", "published", "minus theirs"):
        assert absent not in (tmp_path / "table1.md").read_text()


def _averages_of(arm: str, name: str, lines: list[str]) -> list[str]:
    start = next(place for place, line in enumerate(lines) if line.startswith(f"| {arm_label(arm)}"))
    line = next(line for line in lines[start:] if line.split("|")[2].strip() == name)
    return [cell.strip() for cell in line.split("|")[3:-1]]


def test_with_one_learning_rate_the_page_does_not_mention_choosing(make_study, tmp_path):
    _make(make_study(learning_rates=[1e-3]), tmp_path)
    for suffix in ("md", "tex"):
        text = (tmp_path / f"table1.{suffix}").read_text()
        assert "none was chosen" in text
        assert "unbiased" not in text


def test_latex_is_balanced_and_escaped(make_study, tmp_path):
    _make(make_study(tasks=["question_sentence", "inference"]), tmp_path)
    text = (tmp_path / "table1.tex").read_text()
    assert text.count("{") == text.count("}")
    assert r"question\_sentence" in text
    for rule in (r"\toprule", r"\midrule", r"\bottomrule"):
        assert rule in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\") and r"\,\%" in line]
    assert len(rows) == 4 * 2 + 1
    assert {line.count("&") for line in rows} == {2 * 2 + 7 - 1}


def test_the_same_results_give_the_same_bytes(make_study, tmp_path):
    study = make_study(seeds=[0])
    made = []
    for _ in range(2):
        _make(study, tmp_path)
        made.append([(tmp_path / f"table1.{suffix}").read_bytes() for suffix in ("csv", "md", "tex")])
    assert made[0] == made[1]
