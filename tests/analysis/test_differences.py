from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from prunetransfer.analysis import runs
from prunetransfer.analysis.differences import analyse, comparisons
from prunetransfer.analysis.statistics.scores import score_percent
from prunetransfer.storage.files import read_json, write_json

CONTRACT = (
    "quantity, task, arm, sparsity, reference_arm, reference_sparsity, difference, ci_low, ci_high, method, "
    "degrees_of_freedom"
)
KEYS = CONTRACT.split(", ")[:6]


def _differences(study, folder: Path) -> pd.DataFrame:
    runs.analyse(study.of_runs(), study.grid.model_copy(update={"allow_missing": True}), folder / "runs.csv")
    analyse(study.of_tables(runs=folder / "runs.csv"), study.grid, folder / "differences.csv")
    return pd.read_csv(folder / "differences.csv")


def _one(table: pd.DataFrame, *key) -> pd.Series:
    rows = table[(table[KEYS] == list(key)).all(axis=1)]
    assert len(rows) == 1
    return rows.iloc[0]


def _measure(folder: Path, quantity: str, arm: str, sparsity: int, task: str) -> np.ndarray:
    """The measure for each seed, in a study with one learning rate."""
    cells = pd.read_csv(folder / "runs.csv").query("arm == @arm and sparsity == @sparsity and task == @task")
    return cells["dev_score" if quantity == "dev_accuracy" else quantity].to_numpy()


def test_each_cell_is_compared_once_with_the_unpruned_model_with_pruning_and_with_its_own_0_percent(make_study):
    assert [(*cell, *reference) for cell, reference in comparisons(make_study().grid)] == [
        ("prune_pretrain", 60, "prune_pretrain", 0),
        ("information_deletion", 60, "prune_pretrain", 0),
        ("information_deletion", 60, "prune_pretrain", 60),
        ("prune_downstream", 0, "prune_pretrain", 0),
        ("prune_downstream", 60, "prune_pretrain", 0),
        ("prune_downstream", 60, "prune_pretrain", 60),
        ("prune_downstream", 60, "prune_downstream", 0),
        ("random", 60, "prune_pretrain", 0),
        ("random", 60, "prune_pretrain", 60),
        ("from_scratch", 0, "prune_pretrain", 0),
    ]


def test_columns_and_rows(make_study, tmp_path):
    study = make_study()
    table = _differences(study, tmp_path)
    assert list(table.columns) == CONTRACT.split(", ")
    expected = [
        (quantity, task, *cell, *reference)
        for cell, reference in comparisons(study.grid)
        for quantity in ("dev_accuracy", "train_loss")
        for task in ("sst2", "similarity", "average")
    ]
    assert list(table[KEYS].itertuples(index=False, name=None)) == expected
    assert (table["method"] == "seeds").all()
    assert (table["degrees_of_freedom"] == 2).all()


@pytest.mark.parametrize("quantity", ["dev_accuracy", "train_loss"])
def test_with_several_seeds_differences_are_taken_within_each(make_study, tmp_path, quantity):
    table = _differences(make_study(learning_rates=[1e-3]), tmp_path)
    by_task = {
        task: _measure(tmp_path, quantity, "random", 60, task) - _measure(tmp_path, quantity, "prune_pretrain", 0, task)
        for task in ("sst2", "similarity")
    }
    by_task["average"] = np.mean(list(by_task.values()), axis=0)
    for task, by_seed in by_task.items():
        row = _one(table, quantity, task, "random", 60, "prune_pretrain", 0)
        assert row["difference"] == pytest.approx(by_seed.mean())
        expected = stats.t.interval(0.95, 2, loc=by_seed.mean(), scale=stats.sem(by_seed))
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(expected)


def test_with_one_seed_both_sides_see_the_same_dev_examples(make_study, tmp_path):
    study = make_study(seeds=[0], learning_rates=[1e-3])
    table = _differences(study, tmp_path)
    generator = np.random.default_rng(1)
    drawn = {}
    for task, metric in (("sst2", "accuracy"), ("similarity", "pearson")):
        labels = study.labels[task]
        ours, theirs = (study.predictions[arm, 60, task, 1e-3, 0] for arm in ("random", "prune_pretrain"))
        picks = generator.integers(len(labels), size=(10_000, len(labels)))
        drawn[task] = score_percent(metric, labels[picks], ours[picks]) - score_percent(
            metric, labels[picks], theirs[picks]
        )
    drawn["average"] = (drawn["sst2"] + drawn["similarity"]) / 2
    for task, values in drawn.items():
        row = _one(table, "dev_accuracy", task, "random", 60, "prune_pretrain", 60)
        assert row["method"] == "bootstrap"
        assert pd.isna(row["degrees_of_freedom"])
        # The quantile may be one of 41 dev examples off, which is 2.4 points.
        tolerance = 2.5 if task == "sst2" else 1.5
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=tolerance)


def test_runs_with_equal_predictions_do_not_differ(make_study, tmp_path):
    study = make_study(seeds=[0], learning_rates=[1e-3])
    for task in study.grid.tasks:
        same, other = (
            next(run for run in study.grid.runs() if run[:3] == (arm, sparsity, task))
            for arm, sparsity in (("random", 60), ("prune_pretrain", 0))
        )
        write_json(study.metrics(other), read_json(study.metrics(same)) | other.columns())
        np.save(study.metrics(other).with_name("predictions.npy"), study.predictions[same])
    table = _differences(study, tmp_path)
    for task in ("sst2", "similarity", "average"):
        row = _one(table, "dev_accuracy", task, "random", 60, "prune_pretrain", 0)
        assert (row["difference"], row["ci_low"], row["ci_high"]) == (0, 0, 0)


@pytest.mark.parametrize(("tasks", "method"), [(2, "none"), (3, "tasks")])
def test_a_training_losss_interval_with_one_seed_is_over_at_least_three_tasks(make_study, tmp_path, tasks, method):
    names = ["sst2", "inference", "similarity"][:tasks]
    table = _differences(make_study(seeds=[0], learning_rates=[1e-3], tasks=names), tmp_path)
    losses = table[table["quantity"] == "train_loss"]
    by_task = losses[losses["task"] != "average"]
    assert (by_task["method"] == "none").all()
    assert by_task[["ci_low", "ci_high"]].isna().all(axis=None)
    row = _one(table, "train_loss", "average", "random", 60, "prune_pretrain", 0)
    assert row["method"] == method
    if method == "tasks":
        values = by_task[(by_task["arm"] == "random") & (by_task["reference_sparsity"] == 0)]["difference"]
        expected = stats.t.interval(0.95, tasks - 1, loc=values.mean(), scale=stats.sem(values))
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(expected)


def test_missing_runs_leave_out_what_needs_them_and_change_nothing_else(make_study, tmp_path):
    study = make_study()
    complete = _differences(study, tmp_path)
    for run in study.grid.runs():
        if run[:3] == ("prune_pretrain", 60, "sst2"):
            study.metrics(run).unlink()
    table = _differences(study, tmp_path)
    involved = (complete[["arm", "sparsity"]] == ["prune_pretrain", 60]).all(axis=1)
    involved |= (complete[["reference_arm", "reference_sparsity"]] == ["prune_pretrain", 60]).all(axis=1)
    kept = complete[~(involved & complete["task"].isin(["sst2", "average"]))]
    pd.testing.assert_frame_equal(table, kept.reset_index(drop=True))


def test_seeds_count_that_both_sides_have(make_study, tmp_path):
    study = make_study(learning_rates=[1e-3])
    gone = {("random", 60, "sst2", 0), ("prune_pretrain", 0, "sst2", 1), ("information_deletion", 60, "sst2", 2)}
    for run in study.grid.runs():
        if (run.arm, run.sparsity_percent, run.task, run.seed) in gone:
            study.metrics(run).unlink()
    table = _differences(study, tmp_path)
    # Seeds in common with the unpruned model: `random` has 2, `information_deletion` 0, `prune_downstream` 0 and 2.
    for arm, method in (("random", "bootstrap"), ("information_deletion", "bootstrap"), ("prune_downstream", "seeds")):
        assert _one(table, "dev_accuracy", "sst2", arm, 60, "prune_pretrain", 0)["method"] == method
    scores = pd.read_csv(tmp_path / "runs.csv").set_index(["arm", "sparsity", "task", "seed"])["dev_score"]
    row = _one(table, "dev_accuracy", "sst2", "random", 60, "prune_pretrain", 0)
    assert row["difference"] == pytest.approx(scores["random", 60, "sst2", 2] - scores["prune_pretrain", 0, "sst2", 2])


def test_the_same_results_give_the_same_bytes(make_study, tmp_path):
    study = make_study(seeds=[0])
    _differences(study, tmp_path)
    first = (tmp_path / "differences.csv").read_bytes()
    _differences(study, tmp_path)
    assert (tmp_path / "differences.csv").read_bytes() == first
