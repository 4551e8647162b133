"""Computes rows of differences.csv from the published Table 1. They have no intervals."""

import pandas as pd

from prunetransfer.config.methods import PRUNE_PRETRAIN, UNPRUNED, Cell

from ..differences import AVERAGE
from ..statistics.estimates import QUANTITIES

_DIGITS = 10
"""Differences of published decimals are rounded to this many digits, so that equal numbers differ by exactly 0."""


def published_differences(table1: pd.DataFrame) -> pd.DataFrame:
    """Rows of differences.csv, without intervals, from columns arm, sparsity, task, dev_accuracy and train_loss.

    Every arm and sparsity is compared with the unpruned model, with the same arm at 0 %, and with `prune_pretrain` at
    the same sparsity. `average` is over all tasks of the table. It has no row if a task is missing.
    """
    rows = []
    for quantity in QUANTITIES:
        values = table1.pivot(index=["arm", "sparsity"], columns="task", values=quantity)
        values[AVERAGE] = values.mean(axis="columns", skipna=False)
        for cell in map(Cell._make, values.index):
            for reference in dict.fromkeys([UNPRUNED, Cell(PRUNE_PRETRAIN, cell.sparsity_percent), Cell(cell.arm, 0)]):
                if reference == cell or reference not in values.index:
                    continue
                for task, difference in _minus(values.loc[tuple(cell)], values.loc[tuple(reference)]).items():
                    rows.append(
                        {"quantity": quantity, "task": task, "arm": cell.arm, "sparsity": cell.sparsity_percent}
                        | {"reference_arm": reference.arm, "reference_sparsity": reference.sparsity_percent}
                        | {"difference": difference, "ci_low": float("nan"), "ci_high": float("nan"), "method": "none"}
                        | {"degrees_of_freedom": float("nan")}
                    )
    return pd.DataFrame(rows).dropna(subset="difference")


def _minus(numbers: pd.Series, others: pd.Series) -> pd.Series:
    # Rounding may return -0.0. Adding 0.0 turns it into 0.0.
    return (numbers - others).round(_DIGITS) + 0.0
