"""The paper's published numbers (`workflow/reference/*.csv`) and the names by which a study's own are matched to them."""

from pathlib import Path

import pandas as pd


def plain(task: str) -> str:
    """A task's name with nothing but its letters and digits, in lower case: the paper's SST-2 is others' sst2."""
    return "".join(filter(str.isalnum, task)).lower()


def read_published(reference: Path) -> pd.DataFrame:
    """One of the reference tables; a column `task` comes as `plain` spells it, to be looked up by a study's `plain(task)`.

    Percent and nats, as workflow/reference/README.md says. Where the paper leaves a field empty it is NaN.
    """
    table = pd.read_csv(reference)
    return table.assign(task=table["task"].map(plain)) if "task" in table else table
