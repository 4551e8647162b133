"""Table 2: sort-order movement after fine-tuning, by learning rate and task, beside the paper's numbers."""

import math
from pathlib import Path

import pandas as pd

from prunetransfer.jobs.settings.analyses import Table2Settings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .statistics.intervals import t_interval
from .tables.gaps import MissingResultsError
from .tables.published import plain, read_published
from .tables.reading import read_table
from .tables.table2_layout import latex, markdown
from .weights.mask_overlap import ALL

SETTINGS = Table2Settings
COLUMNS = [
    *("learning_rate", "task", "movement_mean_percent", "movement_std_percent", "ci_low", "ci_high"),
    *("paper_mean_percent", "paper_std_percent"),
]


def analyse(inputs: Inputs, settings: Table2Settings, output: Path) -> None:
    """Writes table2.csv, and table2.md and table2.tex beside it.

    inputs: `movement` is movement.csv; `published` is the paper's Table 2. Raises MissingResultsError as `build_table2`
    does.
    """
    published = read_published(inputs.file("published"))
    table = build_table2(read_table(inputs.file("movement")), published, settings.epochs)
    for suffix, text in {
        "csv": table.to_csv(index=False, lineterminator="\n"),
        "md": markdown(table, settings.epochs),
        "tex": latex(table, settings.epochs),
    }.items():
        with whole_file(output.with_suffix(f".{suffix}")) as temporary:
            temporary.write_text(text, encoding="utf-8")


def build_table2(movement: pd.DataFrame, published: pd.DataFrame, epochs: int) -> pd.DataFrame:
    """table2.csv: a row per learning rate and task that movement.csv has after `epochs` epochs of fine-tuning.

    published: the paper's table, from `read_published`.

    Movements are in percent of the matrix's size. Mean and standard deviation are over all prunable weights, and then
    averaged over seeds. `ci_low` and `ci_high` are the 95 % interval of the mean over seeds (Student's t). They are empty
    with one seed. Raises MissingResultsError if no run was measured after `epochs` epochs.
    """
    measured = movement[(movement["level"] == ALL) & (movement["epoch"] == epochs)]
    if measured.empty:
        found = ", ".join(map(str, sorted(movement["epoch"].unique()))) or "none"
        raise MissingResultsError(f"table 2: no movement after {epochs} epochs of fine-tuning; measured after: {found}")
    published = published.set_index(["learning_rate", "task"])
    table = []
    for rate in sorted(measured["learning_rate"].unique()):
        for task in measured["task"].unique():
            seeds = measured[(measured["learning_rate"] == rate) & (measured["task"] == task)]
            if seeds.empty:
                continue
            low, high = t_interval(seeds["mean"]) if len(seeds) > 1 else (math.nan, math.nan)
            row = (rate, task, seeds["mean"].mean(), seeds["std"].mean(), low, high)
            key = (rate, plain(task))
            table.append((*row, *(published.loc[key] if key in published.index else (math.nan, math.nan))))
    return pd.DataFrame(table, columns=COLUMNS)
