"""What information is worth to a task: dev accuracy after information deletion against pre-training loss (Figure 2, left)."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from prunetransfer.jobs.settings.analyses import InformationSettings
from prunetransfer.storage.files import whole_file

from .statistics.intervals import LEVEL
from .tables.published import plain

SETTINGS = InformationSettings
ARM = "information_deletion"
COLUMNS = [
    *("task", "points", "left_out", "slope", "slope_low", "slope_high", "intercept", "r2", "r2_low", "r2_high"),
]
FEWEST = 3
"""Points that a line and what it misses can be told from."""


def analyse(inputs: list[Path], settings: InformationSettings, output: Path) -> None:
    """Writes information.csv from table1.csv, a row per task: see `fits`."""
    (table1,) = inputs
    with whole_file(output) as temporary:
        fits(pd.read_csv(table1, dtype={"task": str}), settings.leave_out).to_csv(
            temporary, index=False, lineterminator="\n"
        )


def fits(table: pd.DataFrame, leave_out: dict[str, list[int]]) -> pd.DataFrame:
    """Least squares of information deletion's dev accuracy (percent) on pre-training loss (nats), a row per task.

    table: columns arm, sparsity (percent), pretrain_loss, task, dev_accuracy, as in table1.csv and in the published one.
    leave_out: sparsities that the fit of a task leaves out; its name as `plain` spells it. Points without a loss or an
    accuracy are no points.

    slope is in points of accuracy per nat, with Student's t interval; r2 is the squared correlation, with the interval of
    Fisher's z of its absolute value (needs 4 points), which is cut at 0 below. Both take points as independent, although
    all of them descend from one pre-training. Fewer than 3 points, or one loss for all: nothing but `points` and
    `left_out`. One accuracy for all, as of a model that has collapsed: a slope of 0, without intervals or r2.
    """
    leave_out = {plain(task): sparsities for task, sparsities in leave_out.items()}
    rows = []
    for task, points in table[table["arm"] == ARM].groupby("task", sort=False):
        points = points.dropna(subset=["pretrain_loss", "dev_accuracy"]).sort_values("sparsity")
        is_left_out = points["sparsity"].isin(leave_out.get(plain(task), []))
        used = points[~is_left_out]
        row = {
            "task": task,
            "points": len(used),
            "left_out": ";".join(f"{sparsity:g}" for sparsity in points.loc[is_left_out, "sparsity"]),
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
    """Of the square of an absolute correlation: atanh(r) is about normal with standard error 1 / sqrt(count - 3)."""
    half = stats.norm.ppf((1 + LEVEL) / 2) / np.sqrt(count - 3)
    with np.errstate(divide="ignore"):  # points that lie on a line: atanh(1) is infinite, and the interval 1 to 1
        z = np.arctanh(correlation)
    return float(np.tanh(max(z - half, 0)) ** 2), float(np.tanh(z + half) ** 2)
