"""Computes means over seeds with 95 % intervals, and means over tasks."""

import math

import pandas as pd

from prunetransfer.analysis.statistics.intervals import t_interval

BOUNDS = ["ci_low", "ci_high"]


def over_seeds(table: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """The mean of the column `value` for each group of `keys`, with its 95 % interval `ci_low` to `ci_high`.

    table: has a row per group and seed. The interval is Student's t over the rows of a group, and empty if there is only
    one. The groups keep the table's order.
    """
    rows = []
    for group, cells in table.groupby(keys, sort=False):
        low, high = t_interval(cells[value]) if len(cells) > 1 else (math.nan, math.nan)
        rows.append((*group, cells[value].mean(), low, high))
    return pd.DataFrame(rows, columns=[*keys, value, *BOUNDS])


def over_tasks(table: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """The mean of the column `value` over tasks, for each group of `keys` and each seed.

    If one of the table's tasks is missing for a group and seed, these have no row, because averages over fewer tasks are
    not comparable.
    """
    groups = table.groupby([*keys, "seed"], sort=False)
    complete = groups["task"].transform("nunique") == table["task"].nunique()
    return table[complete].groupby([*keys, "seed"], sort=False, as_index=False)[value].mean()
