"""Means and 95 % intervals of what was measured with several seeds, or with one."""

import math

import pandas as pd

from prunetransfer.analysis.statistics.intervals import t_interval

BOUNDS = ["ci_low", "ci_high"]


def over_seeds(table: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """A row per group of `keys`, in the order of the table: `value`, its mean, and `ci_low` and `ci_high`.

    The interval is Student's t of the group's rows, a row per seed; empty where there is one.
    """
    rows = []
    for group, cells in table.groupby(keys, sort=False):
        low, high = t_interval(cells[value]) if len(cells) > 1 else (math.nan, math.nan)
        rows.append((*group, cells[value].mean(), low, high))
    return pd.DataFrame(rows, columns=[*keys, value, *BOUNDS])


def over_tasks(table: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """The mean of `value` over tasks, for each group of `keys` and seed; left out where one of the table's tasks is missing.

    An average over other tasks than its neighbours' would compare nothing.
    """
    groups = table.groupby([*keys, "seed"], sort=False)
    complete = groups["task"].transform("nunique") == table["task"].nunique()
    return table[complete].groupby([*keys, "seed"], sort=False, as_index=False)[value].mean()
