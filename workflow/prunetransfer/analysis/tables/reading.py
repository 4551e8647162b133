"""Reads the tables that earlier jobs wrote."""

from pathlib import Path

import pandas as pd

_TEXT = (
    *("arm", "reference_arm", "task", "other_task", "quantity", "metric", "name", "method", "comparison", "criterion"),
    *("level", "left_out"),
)


def read_table(path: Path) -> pd.DataFrame:
    """Reads a table of the study. Columns of names are read as text, even if the name of an arm or a task is a number."""
    return pd.read_csv(path, dtype=dict.fromkeys(_TEXT, str))
