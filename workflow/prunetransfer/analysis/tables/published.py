"""The paper's published numbers (`workflow/reference/*.csv`), and how a study's tasks are matched with them."""

from pathlib import Path

import pandas as pd

PAPER_LEAVES_OUT = {"CoLA": [90]}
"""By task, the sparsities in percent that the paper's own lines of best fit leave out (Figure 2)."""


def plain(task: str) -> str:
    """A task's name reduced to its letters and digits in lower case, so that the paper's SST-2 equals sst2."""
    return "".join(filter(str.isalnum, task)).lower()


def read_published(reference: Path) -> pd.DataFrame:
    """One of the reference tables, in percent and nats (workflow/reference/README.md has the columns).

    A column `task` is spelt as `plain` spells it, so that `plain(task)` finds a study's task. A field that the paper
    leaves empty is NaN.
    """
    table = pd.read_csv(reference)
    return table.assign(task=table["task"].map(plain)) if "task" in table else table
