"""information.csv: for each task, the line of dev accuracy after information deletion over pre-training loss (Figure 2 left)."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from prunetransfer.config.methods import INFORMATION_DELETION
from prunetransfer.jobs.settings.analyses import InformationSettings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .statistics.intervals import LEVEL
from .tables.published import plain
from .tables.reading import read_table

SETTINGS = InformationSettings
COLUMNS = [
    *("task", "points", "left_out", "slope", "slope_low", "slope_high", "intercept", "r2", "r2_low", "r2_high"),
]
FEWEST = 3
"""The smallest number of points that determine a line and its error."""


def analyse(inputs: Inputs, settings: InformationSettings, output: Path) -> None:
    """Writes information.csv, a row per task: see `fits`. inputs: `table1` is table1.csv."""
    table1 = read_table(inputs.file("table1"))
    with whole_file(output) as temporary:
        fits(table1, settings.leave_out).to_csv(temporary, index=False, lineterminator="\n")


def fits(table: pd.DataFrame, leave_out: dict[str, list[int]]) -> pd.DataFrame:
    """Least squares of information deletion's dev accuracy (percent) on pre-training loss (nats), a row per task.

    table: columns arm, sparsity (percent), pretrain_loss, task, dev_accuracy, as in table1.csv and the published Table 1.
        Rows without a loss or an accuracy are ignored.
    leave_out: for each task, the sparsities in percent that its fit ignores. Names of tasks are compared by `plain`.

    `slope` is in points of accuracy per nat, with Student's t interval. `r2` is the squared correlation r. Its interval
    comes from Fisher's z of |r|, needs 4 points, and is cut at 0. Both intervals treat points as independent, although
    all checkpoints come from one burn-in.

    With fewer than 3 points, or if all points have the same loss, only `points` and `left_out` are filled. If all points
    have the same accuracy (because the model has collapsed), the slope is 0, and intervals and `r2` are empty.
    """
    leave_out = {plain(task): sparsity_percents for task, sparsity_percents in leave_out.items()}
    rows = []
    for task, points in table[table["arm"] == INFORMATION_DELETION].groupby("task", sort=False):
        points = points.dropna(subset=["pretrain_loss", "dev_accuracy"]).sort_values("sparsity")
        is_left_out = points["sparsity"].isin(leave_out.get(plain(task), []))
        used = points[~is_left_out]
        row = {
            "task": task,
            "points": len(used),
            "left_out": ";".join(f"{percent:g}" for percent in points.loc[is_left_out, "sparsity"]),
        }
        if len(used) >= FEWEST and used["pretrain_loss"].nunique() > 1:
            row |= _line(used["pretrain_loss"].to_numpy(), used["dev_accuracy"].to_numpy())
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _line(losses: np.ndarray, accuracies: np.ndarray) -> dict[str, float]:
    line, count = stats.linregress(losses, accuracies), len(losses)
    row = {"slope": line.slope, "intercept": line.intercept}
    if np.ptp(accuracies) == 0:
        return row
    half = stats.t.ppf((1 + LEVEL) / 2, count - 2) * line.stderr
    row |= {"slope_low": line.slope - half, "slope_high": line.slope + half, "r2": line.rvalue**2}
    if count > 3:
        row["r2_low"], row["r2_high"] = _r2_interval(abs(line.rvalue), count)
    return row


def _r2_interval(correlation: float, count: int) -> tuple[float, float]:
    """The 95 % interval of r^2 from |r|: atanh(r) is about normal with standard error 1 / sqrt(count - 3) (Fisher's z)."""
    half = stats.norm.ppf((1 + LEVEL) / 2) / np.sqrt(count - 3)
    with np.errstate(divide="ignore"):  # if all points are on a line, atanh(1) is infinite, and the interval is 1 to 1
        z = np.arctanh(correlation)
    return float(np.tanh(max(z - half, 0)) ** 2), float(np.tanh(z + half) ** 2)
