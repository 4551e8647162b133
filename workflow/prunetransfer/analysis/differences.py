"""differences.csv: what separates each arm and sparsity from the unpruned model and from its rivals, paired."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from prunetransfer.jobs.grid import UNPRUNED, GridSettings
from prunetransfer.storage.files import whole_file

from .runs import read_runs
from .statistics.estimates import QUANTITIES, difference
from .statistics.predictions import DevBootstrap
from .statistics.selection import chosen

SETTINGS = GridSettings
COLUMNS = [
    *("quantity", "task", "arm", "sparsity", "reference_arm", "reference_sparsity"),
    *("difference", "ci_low", "ci_high", "method", "degrees_of_freedom"),
]
AVERAGE = "average"
"""In place of a task: the mean over all of them."""


def analyse(inputs: list[Path], settings: GridSettings, output: Path) -> None:
    """Writes differences.csv from runs.csv; with one seed it reads dev labels and predictions as `averages` does."""
    (runs,) = inputs
    with whole_file(output) as temporary:
        paired_differences(settings, read_runs(runs)).to_csv(temporary, index=False, lineterminator="\n")


def paired_differences(grid: GridSettings, runs: pd.DataFrame) -> pd.DataFrame:
    """A row per quantity, comparison and task, and one for the average where all tasks are there.

    `difference` is arm minus reference, in percentage points or nats, each at the learning rate chosen on dev;
    intervals are those of `estimates.difference`. Left out: tasks where one side has no runs or no seed of the other's.
    """
    cells = chosen(runs)
    bootstrap = DevBootstrap(grid.study)
    rows = []
    for comparison in comparisons(grid):
        arm, sparsity, reference_arm, reference_sparsity = comparison
        pairs = {
            task: (cells[arm, sparsity, task], cells[reference_arm, reference_sparsity, task])
            for task in grid.tasks
            if (arm, sparsity, task) in cells and (reference_arm, reference_sparsity, task) in cells
        }
        over = {task: [pair] for task, pair in pairs.items()}
        if len(pairs) == len(grid.tasks):
            over[AVERAGE] = list(pairs.values())
        for quantity in QUANTITIES:
            for task, compared in over.items():
                estimate = difference(quantity, *zip(*compared, strict=True), bootstrap)
                if estimate:
                    rows.append((quantity, task, *comparison, *estimate))
    numbers = dict.fromkeys(("difference", "ci_low", "ci_high"), float)
    return pd.DataFrame(rows, columns=COLUMNS).astype({**numbers, "degrees_of_freedom": "Int64"})


def comparisons(grid: GridSettings) -> Iterator[tuple[str, int, str, int]]:
    """(arm, sparsity, reference arm, reference sparsity) by arm and ascending sparsity, for all that is trained.

    References: the unpruned model; the arm `prune_pretrain` at the same sparsity; and the arm's own 0 % where it has
    runs of its own there, since an arm that trains for longer isn't to be compared with the unpruned model alone.
    """
    for arm, sparsities in grid.arms.items():
        for sparsity in sorted(sparsities):
            references = [(UNPRUNED, 0), (UNPRUNED, sparsity)]
            if 0 in sparsities:
                references.append((arm, 0))
            for reference in dict.fromkeys(references):
                if reference != (arm, sparsity):
                    yield arm, sparsity, *reference
