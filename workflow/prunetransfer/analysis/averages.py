"""averages.csv: dev accuracy and training loss of every arm and sparsity, averaged over the tasks, with intervals."""

from pathlib import Path

import pandas as pd

from prunetransfer.jobs.grid import GridSettings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .statistics.estimates import QUANTITIES, Estimate, average
from .statistics.predictions import DevBootstrap
from .statistics.selection import chosen
from .tables.reading import read_table

SETTINGS = GridSettings
COLUMNS = ["arm", "sparsity", "quantity", "value", "ci_low", "ci_high", "tasks", "method"]


def analyse(inputs: Inputs, settings: GridSettings, output: Path) -> None:
    """Writes averages.csv.

    inputs: `runs` is runs.csv; `predictions` and `tasks` are templates of each run's dev predictions and of each task's
    manifest. The last two are read only for cells with a single seed.
    """
    runs = read_table(inputs.file("runs"))
    with whole_file(output) as temporary:
        averages_over_tasks(settings, runs, DevBootstrap(inputs)).to_csv(temporary, index=False, lineterminator="\n")


def averages_over_tasks(grid: GridSettings, runs: pd.DataFrame, bootstrap: DevBootstrap) -> pd.DataFrame:
    """A row per arm, sparsity and quantity, in percent or nats, at the learning rates chosen on dev.

    If an arm shares the unpruned model's runs at 0 %, there is a row for these runs under the arm's name too. If a task is
    missing, there is no row, because averages over different tasks are not comparable. Intervals are those of
    `estimates.average`.
    """
    cells = chosen(runs)
    rows = []
    for arm, sparsity_percent, filed_under in grid.rows():
        over = [cells.get((filed_under, sparsity_percent, task)) for task in grid.tasks]
        if any(cell is None for cell in over):
            continue
        for quantity in QUANTITIES:
            estimate = average(quantity, over, bootstrap)
            if estimate:
                names = {"arm": arm, "sparsity": sparsity_percent, "quantity": quantity, "tasks": len(over)}
                rows.append(names | estimate._asdict())
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(Estimate._fields[:3], float))
