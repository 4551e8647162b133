"""Telling the claims' many inputs apart, by their names."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

REFERENCE = "reference"
"""The folder whose tables are the paper's."""
_TEXT = ("arm", "reference_arm", "task", "other_task", "quantity", "name", "method", "comparison", "criterion")


def sort_inputs(inputs: Iterable[Path]) -> tuple[dict[str, Path], list[Path]]:
    """A study's tables by name without suffix, and the manifests. The paper's tables are in neither."""
    tables, manifests = {}, []
    for path in inputs:
        if path.suffix == ".json":
            manifests.append(path)
        elif path.parent.name != REFERENCE:
            tables[path.stem] = path
    return tables, manifests


def read_table(path: Path) -> pd.DataFrame:
    """A tidy table; its names are text even where a study gives an arm or a task a number for a name."""
    return pd.read_csv(path, dtype=dict.fromkeys(_TEXT, str))
