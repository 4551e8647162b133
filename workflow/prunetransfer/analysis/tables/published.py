"""Reads the paper's published numbers (`workflow/reference/*.csv`), and matches a study's tasks with them."""

from pathlib import Path

import pandas as pd

PAPER_LEAVES_OUT = {"CoLA": [90]}
"""For each task, the sparsities in percent that the paper leaves out of its lines of best fit (Figure 2)."""


def plain(task: str) -> str:
    """A task's name reduced to its letters and digits in lower case, so that the paper's SST-2 equals sst2."""
    return "".join(filter(str.isalnum, task)).lower()


def read_published(reference: Path) -> pd.DataFrame:
    """Reads one of the reference tables, in percent and nats (workflow/reference/README.md describes the columns).

    The entries of a column `task` are replaced by `plain(task)`, so that `plain` of a study's task finds them. Fields that
    the paper leaves empty are NaN.
    """
    table = pd.read_csv(reference)
    return table.assign(task=table["task"].map(plain)) if "task" in table else table
