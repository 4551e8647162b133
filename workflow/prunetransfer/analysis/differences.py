"""differences.csv: paired differences of each arm and sparsity from the unpruned model and other references."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from prunetransfer.config.methods import PRUNE_PRETRAIN, UNPRUNED, Cell
from prunetransfer.jobs.grid import GridSettings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .statistics.estimates import QUANTITIES, difference
from .statistics.predictions import DevBootstrap
from .statistics.selection import chosen
from .tables.reading import read_table

SETTINGS = GridSettings
COLUMNS = [
    *("quantity", "task", "arm", "sparsity", "reference_arm", "reference_sparsity"),
    *("difference", "ci_low", "ci_high", "method", "degrees_of_freedom"),
]
AVERAGE = "average"
"""The entry in the column `task` that means the average over all tasks."""


def analyse(inputs: Inputs, settings: GridSettings, output: Path) -> None:
    """Writes differences.csv. inputs: as for the analysis `averages`."""
    runs = read_table(inputs.file("runs"))
    with whole_file(output) as temporary:
        paired_differences(settings, runs, DevBootstrap(inputs)).to_csv(temporary, index=False, lineterminator="\n")


def paired_differences(grid: GridSettings, runs: pd.DataFrame, bootstrap: DevBootstrap) -> pd.DataFrame:
    """A row per quantity, comparison and task, and a row for the average over tasks if no task is missing.

    `difference` is arm minus reference, in percentage points or nats, each at the learning rate chosen on dev.
    Intervals are those of `estimates.difference`. A task has no row if one side has no runs, or if the two sides have no
    seed in common.
    """
    cells = chosen(runs)
    rows = []
    for cell, reference in comparisons(grid):
        pairs = {
            task: (cells[*cell, task], cells[*reference, task])
            for task in grid.tasks
            if (*cell, task) in cells and (*reference, task) in cells
        }
        over = {task: [pair] for task, pair in pairs.items()}
        if len(pairs) == len(grid.tasks):
            over[AVERAGE] = list(pairs.values())
        for quantity in QUANTITIES:
            for task, compared in over.items():
                estimate = difference(quantity, *zip(*compared, strict=True), bootstrap)
                if estimate:
                    rows.append((quantity, task, *cell, *reference, *estimate))
    numbers = dict.fromkeys(("difference", "ci_low", "ci_high"), float)
    return pd.DataFrame(rows, columns=COLUMNS).astype({**numbers, "degrees_of_freedom": "Int64"})


def comparisons(grid: GridSettings) -> Iterator[tuple[Cell, Cell]]:
    """Pairs of a cell and its reference, for all cells that are trained, by arm and ascending sparsity.

    There are three references: the unpruned model; the arm `prune_pretrain` at the same sparsity; and the same arm at
    0 %, if it doesn't share the unpruned model's runs there. Such an arm may be trained for more epochs than the unpruned
    model, so a comparison with the unpruned model alone would not be fair.
    """
    for arm, sparsity_percents in grid.arms.items():
        for sparsity_percent in sorted(sparsity_percents):
            references = [UNPRUNED, Cell(PRUNE_PRETRAIN, sparsity_percent)]
            if 0 in sparsity_percents:
                references.append(Cell(arm, 0))
            for reference in dict.fromkeys(references):
                if reference != (arm, sparsity_percent):
                    yield Cell(arm, sparsity_percent), reference
