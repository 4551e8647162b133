"""Reading the tables that earlier stages wrote."""

from pathlib import Path

import pandas as pd

_TEXT = (
    *("arm", "reference_arm", "task", "other_task", "quantity", "metric", "name", "method", "comparison", "criterion"),
    *("level", "left_out"),
)


def read_table(path: Path) -> pd.DataFrame:
    """A table of the study. Columns of names are text, also where a study calls an arm or a task by a number."""
    return pd.read_csv(path, dtype=dict.fromkeys(_TEXT, str))
