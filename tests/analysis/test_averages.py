from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from prunetransfer.analysis import runs
from prunetransfer.analysis.averages import analyse
from prunetransfer.analysis.statistics.estimates import average
from prunetransfer.analysis.statistics.predictions import DevBootstrap
from prunetransfer.analysis.statistics.scores import score_percent
from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.storage.inputs import Inputs

CONTRACT = "arm, sparsity, quantity, value, ci_low, ci_high, tasks, method"


def _averages(study, folder: Path) -> pd.DataFrame:
    runs.analyse(study.of_runs(), study.grid.model_copy(update={"allow_missing": True}), folder / "runs.csv")
    analyse(study.of_tables(runs=folder / "runs.csv"), study.grid, folder / "averages.csv")
    return pd.read_csv(folder / "averages.csv")


def _one(table: pd.DataFrame, arm: str, sparsity: int, quantity: str) -> pd.Series:
    rows = table[(table["arm"] == arm) & (table["sparsity"] == sparsity) & (table["quantity"] == quantity)]
    assert len(rows) == 1
    return rows.iloc[0]


def _chosen(folder: Path, arm: str, sparsity: int, task: str) -> dict[int, dict]:
    """Rows of runs.csv, by seed, at the learning rate with the best mean score."""
    cells = read_table(folder / "runs.csv").query("arm == @arm and sparsity == @sparsity and task == @task")
    rates = [rows for _, rows in cells.groupby("learning_rate", sort=False)]
    best = max(rates, key=lambda rows: rows["dev_score"].mean())
    return {row["seed"]: row for row in best.to_dict("records")}


def test_columns_and_rows(make_study, tmp_path):
    study = make_study()
    table = _averages(study, tmp_path)
    assert list(table.columns) == CONTRACT.split(", ")
    expected = [(arm, s, q) for arm, s, _ in study.grid.rows() for q in ("dev_accuracy", "train_loss")]
    assert list(table[["arm", "sparsity", "quantity"]].itertuples(index=False, name=None)) == expected
    assert (table["tasks"] == 2).all()
    assert (table["method"] == "seeds").all()


def test_with_several_seeds_tasks_are_averaged_within_each(make_study, tmp_path):
    table = _averages(make_study(), tmp_path)
    tasks = [_chosen(tmp_path, "random", 60, task) for task in ("sst2", "similarity")]
    for quantity, column in (("dev_accuracy", "dev_score"), ("train_loss", "train_loss")):
        by_seed = [np.mean([task[seed][column] for task in tasks]) for seed in (0, 1, 2)]
        row = _one(table, "random", 60, quantity)
        assert row["value"] == pytest.approx(np.mean(by_seed))
        expected = stats.t.interval(0.95, 2, loc=np.mean(by_seed), scale=stats.sem(by_seed))
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(expected)


def test_the_interval_covers_the_average_95_times_of_100():
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(500):
        seeds = generator.normal(80, [[1], [2], [4]], size=(3, 3))
        cells = [pd.DataFrame({"dev_accuracy": task}) for task in seeds]
        estimate = average("dev_accuracy", cells, DevBootstrap(Inputs({})))
        covered += estimate.ci_low <= 80 <= estimate.ci_high
    # Within 3 standard errors of a share of 500.
    assert covered / 500 == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / 500) ** 0.5)


def test_with_one_seed_dev_examples_are_resampled_within_each_task(make_study, tmp_path):
    study = make_study(seeds=[0])
    table = _averages(study, tmp_path)
    generator = np.random.default_rng(1)
    drawn = []
    for task, metric in (("sst2", "accuracy"), ("similarity", "pearson")):
        run = _chosen(tmp_path, "random", 60, task)[0]
        predictions, labels = study.predictions["random", 60, task, run["learning_rate"], 0], study.labels[task]
        picks = generator.integers(len(labels), size=(10_000, len(labels)))
        drawn.append(score_percent(metric, labels[picks], predictions[picks]))
    row = _one(table, "random", 60, "dev_accuracy")
    assert row["method"] == "bootstrap"
    assert row["ci_low"] < row["value"] < row["ci_high"]
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(
        np.quantile(np.mean(drawn, axis=0), [0.025, 0.975]), abs=0.8
    )
    loss = _one(table, "random", 60, "train_loss")
    assert loss["method"] == "none"
    assert loss[["ci_low", "ci_high"]].isna().all()


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_a_shared_unpruned_model_has_one_average_under_every_name(make_study, tmp_path, seeds):
    table = _averages(make_study(seeds=seeds), tmp_path)
    unpruned = table[(table["arm"] == "prune_pretrain") & (table["sparsity"] == 0)].drop(columns="arm")
    for arm in ("information_deletion", "random"):
        shared = table[(table["arm"] == arm) & (table["sparsity"] == 0)].drop(columns="arm")
        pd.testing.assert_frame_equal(shared.reset_index(drop=True), unpruned.reset_index(drop=True))


def test_an_average_that_lacks_a_task_is_left_out(make_study, tmp_path):
    study = make_study()
    complete = _averages(study, tmp_path)
    for run in study.grid.runs():
        if run[:3] == ("random", 60, "sst2"):
            study.metrics(run).unlink()
    table = _averages(study, tmp_path)
    gone = (complete["arm"] == "random") & (complete["sparsity"] == 60)
    pd.testing.assert_frame_equal(table, complete[~gone].reset_index(drop=True))


def test_seeds_count_that_every_task_has(make_study, tmp_path):
    study = make_study(learning_rates=[1e-3])
    for run in study.grid.runs():
        # Both tasks keep no seed in common for `random`, one for `information_deletion`, and two for `prune_downstream`.
        gone = {
            "random": [("sst2", 0), ("sst2", 1), ("similarity", 2)],
            "information_deletion": [("sst2", 0), ("similarity", 2)],
            "prune_downstream": [("sst2", 0)],
        }
        if run.sparsity_percent == 60 and (run.task, run.seed) in gone.get(run.arm, []):
            study.metrics(run).unlink()
    table = _averages(study, tmp_path)
    methods = table[table["sparsity"] == 60].groupby("arm")["method"].agg(list)
    assert methods.to_dict() == {
        "information_deletion": ["bootstrap", "none"],
        "prune_downstream": ["seeds", "seeds"],
        "prune_pretrain": ["seeds", "seeds"],
    }
    tasks = [_chosen(tmp_path, "prune_downstream", 60, task) for task in ("sst2", "similarity")]
    expected = np.mean([task[seed]["dev_score"] for task in tasks for seed in (1, 2)])
    assert _one(table, "prune_downstream", 60, "dev_accuracy")["value"] == pytest.approx(expected)


def test_the_order_of_tasks_and_arms_does_not_matter(make_study, tmp_path):
    study = make_study(seeds=[0], tasks=["sst2", "inference", "similarity"])
    table = _averages(study, tmp_path)
    grid = study.grid
    reverse = grid.model_copy(update={"tasks": grid.tasks[::-1], "arms": dict(reversed(grid.arms.items()))})
    analyse(study.of_tables(runs=tmp_path / "runs.csv"), reverse, tmp_path / "reverse.csv")
    keys = ["arm", "sparsity", "quantity"]
    reverse = pd.read_csv(tmp_path / "reverse.csv")
    pd.testing.assert_frame_equal(reverse.set_index(keys).loc[table.set_index(keys).index], table.set_index(keys))


def test_the_same_results_give_the_same_bytes(make_study, tmp_path):
    study = make_study(seeds=[0])
    _averages(study, tmp_path)
    first = (tmp_path / "averages.csv").read_bytes()
    _averages(study, tmp_path)
    assert (tmp_path / "averages.csv").read_bytes() == first
