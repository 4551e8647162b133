"""Table 1: dev accuracy and training loss of every arm, sparsity and task, beside the paper's."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from prunetransfer.jobs.grid import GridSettings, Run
from prunetransfer.storage import paths
from prunetransfer.storage.files import whole_file

from .averages import averages_over_tasks
from .runs import read_runs
from .statistics.intervals import dev_interval, t_interval
from .statistics.predictions import dev_labels, dev_predictions
from .statistics.selection import reported_score, select, unbiased_score
from .tables.gaps import describe
from .tables.published import plain, read_published
from .tables.table1_layout import latex, markdown

SETTINGS = GridSettings
COLUMNS = [
    *("arm", "sparsity", "pretrain_loss", "task", "learning_rate", "dev_accuracy", "train_loss", "mean_dev_accuracy"),
    *("unbiased_dev_accuracy", "ci_low", "ci_high", "paper_dev_accuracy", "paper_train_loss"),
]


def analyse(inputs: list[Path], settings: GridSettings, output: Path) -> None:
    """Writes table1.csv, and .md and .tex beside it, from runs.csv, pretraining.csv and the published Table 1.

    Reads the dev labels and the predictions of the runs in runs.csv too, below the current folder.
    """
    runs, pretraining, reference = inputs
    collected = read_runs(runs)
    table = build_table1(settings, collected, pd.read_csv(pretraining), read_published(reference))
    averages = averages_over_tasks(settings, collected)
    remarks = _remarks(settings, collected)
    content = {
        ".csv": table.to_csv(index=False, lineterminator="\n"),
        ".md": markdown(table, averages, len(settings.learning_rates), remarks),
        ".tex": latex(table, averages, len(settings.learning_rates), remarks),
    }
    for suffix, text in content.items():
        with whole_file(output.with_suffix(suffix)) as temporary:
            temporary.write_text(text, encoding="utf-8")


def build_table1(
    grid: GridSettings, runs: pd.DataFrame, pretraining: pd.DataFrame, reference: pd.DataFrame
) -> pd.DataFrame:
    """table1.csv: a row per arm, sparsity and task of the grid, with empty measures where no run is.

    Scores are in percent: accuracy, or for a regression the correlation that is its metric. An arm that shares the
    unpruned model's runs at 0 % has them in its own row. `ci_low` and `ci_high` are about `dev_accuracy`: over seeds
    where there are several, else over dev examples. Published numbers stand where arm, sparsity and task are the
    paper's.
    """
    losses = pretraining.set_index(["criterion", "sparsity"])["dev_loss"]
    published = reference.set_index(["arm", "sparsity", "task"])
    cells = {cell: rows for cell, rows in runs.groupby(["arm", "sparsity", "task"], sort=False)}
    labels = {task: dev_labels(grid.study, task) for task in runs["task"].unique()}
    table = []
    for arm, sparsity, filed_under in grid.rows():
        checkpoint = grid.checkpoint_of(arm, sparsity)
        for task in grid.tasks:
            row = {"arm": arm, "sparsity": sparsity, "pretrain_loss": losses.get(checkpoint, math.nan), "task": task}
            if (filed_under, sparsity, task) in cells:
                row |= _measures(grid.study, cells[filed_under, sparsity, task], labels[task])
            if (arm, sparsity, plain(task)) in published.index:
                paper = published.loc[arm, sparsity, plain(task)]
                row |= {"paper_dev_accuracy": paper["dev_accuracy"], "paper_train_loss": paper["train_loss"]}
            table.append(row)
    return pd.DataFrame(table, columns=COLUMNS)


def _measures(study: str, runs: pd.DataFrame, labels: np.ndarray) -> dict:
    selection = select(runs)
    task, metric = runs["task"].iloc[0], runs["metric"].iloc[0]
    predictions = {
        rate: np.stack([dev_predictions(study, run) for run in _runs(rows)])
        for rate, rows in runs.groupby("learning_rate", sort=False)
    }
    seeds = reported_score(runs[runs["learning_rate"] == selection.learning_rate]).to_numpy()
    if len(seeds) > 1:
        low, high = t_interval(seeds)
    else:
        low, high = dev_interval(task, metric, labels, predictions[selection.learning_rate][0])
    unbiased = unbiased_score(task, metric, labels, list(predictions.values()))
    return {**selection._asdict(), "unbiased_dev_accuracy": unbiased, "ci_low": low, "ci_high": high}


def _runs(rows: pd.DataFrame) -> Iterator[Run]:
    return (Run(*values) for values in rows[list(Run._fields)].itertuples(index=False))


def _name(run: Run) -> str:
    return paths.RUN.format(**run.fields())


def _remarks(grid: GridSettings, runs: pd.DataFrame) -> list[str]:
    remarks = []
    found = {_name(run) for run in _runs(runs)}
    expected = [_name(run) for run in grid.runs()]
    missing = [name for name in expected if name not in found]
    if missing:
        remarks.append(
            f"{describe(missing, len(expected), 'runs')}. Cells are means over the runs that are there, "
            "averages over tasks are over the seeds that all tasks have."
        )
    for task, rows in runs.groupby("task", sort=False):
        if rows["dev_accuracy"].isna().all():
            remarks.append(f"{task}: {rows['metric'].iloc[0].capitalize()} correlation x 100 in place of accuracy.")
    if len(grid.seeds) > 1:
        remarks.append(f"Means over {len(grid.seeds)} seeds; 95 % intervals over these (Student's t).")
    else:
        remarks.append("95 % intervals over dev examples (bootstrap): what another seed would change is not in them.")
    return remarks
