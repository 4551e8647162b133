"""Table 1: dev accuracy and training loss of every arm, sparsity and task, beside the paper's numbers."""

import math
from pathlib import Path

import numpy as np
import pandas as pd

from prunetransfer.jobs.grid import GridSettings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs
from prunetransfer.storage.paths import RUN

from .averages import averages_over_tasks
from .runs import runs_in
from .statistics.intervals import dev_interval, t_interval
from .statistics.predictions import DevBootstrap, dev_labels, dev_predictions
from .statistics.selection import reported_score, select, unbiased_score
from .tables.gaps import describe
from .tables.published import plain, read_published
from .tables.reading import read_table
from .tables.table1_layout import latex, markdown

SETTINGS = GridSettings
COLUMNS = [
    *("arm", "sparsity", "pretrain_loss", "task", "learning_rate", "dev_accuracy", "train_loss", "mean_dev_accuracy"),
    *("unbiased_dev_accuracy", "ci_low", "ci_high", "paper_dev_accuracy", "paper_train_loss"),
]


def analyse(inputs: Inputs, settings: GridSettings, output: Path) -> None:
    """Writes table1.csv, and table1.md and table1.tex beside it.

    inputs: `runs` is runs.csv; `pretraining` is pretraining.csv; `published` is the paper's Table 1; `predictions` and
    `tasks` are templates of each run's dev predictions and of each task's manifest.
    """
    runs = read_table(inputs.file("runs"))
    table = build_table1(settings, runs, inputs)
    averages = averages_over_tasks(settings, runs, DevBootstrap(inputs))
    remarks = _remarks(settings, runs)
    content = {
        ".csv": table.to_csv(index=False, lineterminator="\n"),
        ".md": markdown(table, averages, len(settings.learning_rates), remarks),
        ".tex": latex(table, averages, len(settings.learning_rates), remarks),
    }
    for suffix, text in content.items():
        with whole_file(output.with_suffix(suffix)) as temporary:
            temporary.write_text(text, encoding="utf-8")


def build_table1(grid: GridSettings, runs: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """table1.csv: a row per arm, sparsity and task of the grid. Measures are empty if there is no run.

    Scores are in percent: accuracy or, for a regression, the correlation that is its metric. If an arm shares the
    unpruned model's runs at 0 %, there is a row for these runs under the arm's name too. `ci_low` and `ci_high` belong to
    `dev_accuracy`. They are over seeds if there are several, otherwise over dev examples. Rows with an arm, sparsity and
    task of the paper also have the published numbers.
    """
    losses = read_table(inputs.file("pretraining")).set_index(["criterion", "sparsity"])["dev_loss"]
    published = read_published(inputs.file("published")).set_index(["arm", "sparsity", "task"])
    cells = {cell: rows for cell, rows in runs.groupby(["arm", "sparsity", "task"], sort=False)}
    labels = {task: dev_labels(inputs, task) for task in runs["task"].unique()}
    table = []
    for arm, sparsity_percent, filed_under in grid.rows():
        checkpoint = grid.checkpoint_of(arm, sparsity_percent)
        for task in grid.tasks:
            row = {"arm": arm, "sparsity": sparsity_percent, "task": task}
            row["pretrain_loss"] = losses.get(checkpoint, math.nan)
            if (filed_under, sparsity_percent, task) in cells:
                row |= _measures(cells[filed_under, sparsity_percent, task], labels[task], inputs)
            if (arm, sparsity_percent, plain(task)) in published.index:
                paper = published.loc[arm, sparsity_percent, plain(task)]
                row |= {"paper_dev_accuracy": paper["dev_accuracy"], "paper_train_loss": paper["train_loss"]}
            table.append(row)
    return pd.DataFrame(table, columns=COLUMNS)


def _measures(runs: pd.DataFrame, labels: np.ndarray, inputs: Inputs) -> dict:
    selection = select(runs)
    task, metric = runs["task"].iloc[0], runs["metric"].iloc[0]
    predictions = {
        rate: np.stack([dev_predictions(inputs, run) for run in runs_in(rows)])
        for rate, rows in runs.groupby("learning_rate", sort=False)
    }
    seeds = reported_score(runs[runs["learning_rate"] == selection.learning_rate]).to_numpy()
    if len(seeds) > 1:
        low, high = t_interval(seeds)
    else:
        low, high = dev_interval(task, metric, labels, predictions[selection.learning_rate][0])
    unbiased = unbiased_score(task, metric, labels, list(predictions.values()))
    return {**selection._asdict(), "unbiased_dev_accuracy": unbiased, "ci_low": low, "ci_high": high}


def _remarks(grid: GridSettings, runs: pd.DataFrame) -> list[str]:
    remarks = []
    found = set(runs_in(runs))
    expected = list(grid.runs())
    missing = [RUN.format(**run.wildcards()) for run in expected if run not in found]
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
        remarks.append("95 % intervals over dev examples (bootstrap): they don't cover what another seed would change.")
    return remarks
