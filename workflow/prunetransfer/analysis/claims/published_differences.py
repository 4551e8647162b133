"""differences.csv as it can be had from the published Table 1: without intervals."""

import pandas as pd

from prunetransfer.jobs.grid import UNPRUNED

_DIGITS = 10
"""Published numbers are decimals: their differences are rounded back to such, so that equal ones differ by 0."""


def published_differences(table1: pd.DataFrame) -> pd.DataFrame:
    """Rows of differences.csv from columns arm, sparsity, task, dev_accuracy, train_loss; `ci_low` and `ci_high` are NaN.

    Every arm and sparsity against the unpruned model, against its own 0 %, and against prune_pretrain at its sparsity.
    `average` is over all tasks of the table, and left out where one is missing.
    """
    rows = []
    for quantity in ("dev_accuracy", "train_loss"):
        cells = table1.pivot(index=["arm", "sparsity"], columns="task", values=quantity)
        cells["average"] = cells.mean(axis="columns", skipna=False)
        for arm, sparsity in cells.index:
            for reference in dict.fromkeys([(UNPRUNED, 0), (UNPRUNED, sparsity), (arm, 0)]):
                if reference == (arm, sparsity) or reference not in cells.index:
                    continue
                for task, difference in _minus(cells.loc[(arm, sparsity)], cells.loc[reference]).items():
                    names = dict(zip(("reference_arm", "reference_sparsity"), reference, strict=True))
                    rows.append(
                        {"quantity": quantity, "task": task, "arm": arm, "sparsity": sparsity}
                        | names
                        | {"difference": difference, "ci_low": float("nan"), "ci_high": float("nan"), "method": "none"}
                        | {"degrees_of_freedom": float("nan")}
                    )
    return pd.DataFrame(rows).dropna(subset="difference")


def _minus(numbers: pd.Series, others: pd.Series) -> pd.Series:
    # Adding 0 makes 0 of what was rounded to -0.
    return (numbers - others).round(_DIGITS) + 0.0
