"""averages.csv: dev accuracy and training loss of every arm and sparsity, averaged over the tasks, with intervals."""

from pathlib import Path

import pandas as pd

from prunetransfer.jobs.grid import GridSettings
from prunetransfer.storage.files import whole_file

from .runs import read_runs
from .statistics.estimates import QUANTITIES, Estimate, average
from .statistics.predictions import DevBootstrap
from .statistics.selection import chosen

SETTINGS = GridSettings
COLUMNS = ["arm", "sparsity", "quantity", "value", "ci_low", "ci_high", "tasks", "method"]


def analyse(inputs: list[Path], settings: GridSettings, output: Path) -> None:
    """Writes averages.csv from runs.csv; with one seed it reads dev labels and predictions below the current folder."""
    (runs,) = inputs
    with whole_file(output) as temporary:
        averages_over_tasks(settings, read_runs(runs)).to_csv(temporary, index=False, lineterminator="\n")


def averages_over_tasks(grid: GridSettings, runs: pd.DataFrame) -> pd.DataFrame:
    """A row per quantity of each arm and sparsity, at the learning rates chosen on dev: percent and nats.

    An arm that shares the unpruned model's runs at 0 % has them under its own name. There is no row where a task is
    missing: an average over the others would compare nothing. Intervals are those of `estimates.average`.
    """
    cells = chosen(runs)
    bootstrap = DevBootstrap(grid.study)
    rows = []
    for arm, sparsity, filed_under in grid.rows():
        over = [cells.get((filed_under, sparsity, task)) for task in grid.tasks]
        if any(cell is None for cell in over):
            continue
        for quantity in QUANTITIES:
            estimate = average(quantity, over, bootstrap)
            if estimate:
                fields = {"arm": arm, "sparsity": sparsity, "quantity": quantity, "tasks": len(over)}
                rows.append(fields | estimate._asdict())
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(Estimate._fields[:3], float))
