"""summary.csv: how far this encoder can be pruned, for each task and on average, and why not farther."""

import math
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.jobs.grid import UNPRUNED
from prunetransfer.storage.files import whole_file

from .differences import AVERAGE
from .tables.summary_layout import markdown

SETTINGS = ClaimsSettings
DELETION = "information_deletion"
COLUMNS = [
    *("task", "tested"),
    *("harmless_up_to", "harmless_loss", "harmless_ci_low", "harmless_ci_high"),
    *("significant_from", "significant_loss", "significant_ci_low", "significant_ci_high"),
    *("tolerable_up_to", "tolerable_loss", "tolerable_ci_low", "tolerable_ci_high"),
    *("information_deleted_from", "complexity_restricted_from"),
]
SPARSITIES = [name for name in COLUMNS if name.endswith(("_up_to", "_from"))]


class Loss(NamedTuple):
    """Points of dev accuracy lost at a sparsity, with its 95 % interval."""

    sparsity: int
    loss: float
    low: float
    high: float


def analyse(inputs: list[Path], settings: ClaimsSettings, output: Path) -> None:
    """Writes summary.csv from differences.csv, and summary.md beside it."""
    (differences,) = inputs
    table = pd.read_csv(differences, dtype=dict.fromkeys(("quantity", "task", "arm", "reference_arm", "method"), str))
    summary = summarise(table, settings)
    with whole_file(output) as temporary:
        summary.to_csv(temporary, index=False, lineterminator="\n")
    with whole_file(output.with_suffix(".md")) as temporary:
        has_deletion = bool((table["arm"] == DELETION).any())
        temporary.write_text(markdown(summary, settings.tolerance.accuracy, has_deletion), encoding="utf-8")


def summarise(differences: pd.DataFrame, settings: ClaimsSettings) -> pd.DataFrame:
    """A row per task, the average first: sparsities in percent, losses of dev accuracy in points, with 95 % intervals.

    `tested`: the sparsities above 0 at which pruning in pre-training has a loss with an interval, joined by `;`.
    `harmless_up_to`: the largest of them such that no loss up to there is significant, that is, has an interval above
    0; 0 if there is none. `significant_from`: the first with a significant loss. `tolerable_up_to`: the largest at which the
    interval lies below `settings.tolerance.accuracy`, which is shown, where a loss that isn't significant may only be one
    that few examples couldn't show.

    `information_deleted_from`: the smallest sparsity from which on information deletion loses significantly against
    the unpruned model. `complexity_restricted_from`: the smallest from which on it does significantly better than
    pruning (Gordon et al. 2020, section 5). Empty where the study doesn't come so far.
    """
    accuracy = differences[differences["quantity"] == "dev_accuracy"]
    tasks = sorted(accuracy["task"].unique(), key=lambda task: task != AVERAGE)
    rows = [_row(task, accuracy[accuracy["task"] == task], settings) for task in tasks]
    # Nullable whole numbers: a sparsity that isn't reached leaves its field empty and the others without a `.0`.
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(SPARSITIES, "Int64"))


def _row(task: str, rows: pd.DataFrame, settings: ClaimsSettings) -> dict:
    losses = _losses(rows, UNPRUNED, to_unpruned=True)
    significant = next((loss for loss in losses if loss.low > 0), None)
    harmless = [loss for loss in losses if significant is None or loss.sparsity < significant.sparsity]
    tolerable = [loss for loss in losses if loss.high < settings.tolerance.accuracy]
    row = {"task": task, "tested": ";".join(str(loss.sparsity) for loss in losses)}
    row |= _fields("harmless", "up_to", harmless[-1] if harmless else None)
    if losses and not harmless:
        row["harmless_up_to"] = 0
    row |= _fields("significant", "from", significant)
    row |= _fields("tolerable", "up_to", tolerable[-1] if tolerable else None)
    deletion = {to_unpruned: _losses(rows, DELETION, to_unpruned=to_unpruned) for to_unpruned in (True, False)}
    row["information_deleted_from"] = _from_on([(loss.sparsity, loss.low > 0) for loss in deletion[True]])
    # A gain on pruning is a loss below 0.
    row["complexity_restricted_from"] = _from_on([(loss.sparsity, loss.high < 0) for loss in deletion[False]])
    return row


def _losses(rows: pd.DataFrame, arm: str, *, to_unpruned: bool) -> list[Loss]:
    """An arm's losses, by ascending sparsity, against the unpruned model or else against pruning at that sparsity."""
    reference = 0 if to_unpruned else rows["sparsity"]
    kept = rows[
        (rows["arm"] == arm)
        & (rows["sparsity"] > 0)
        & (rows["reference_arm"] == UNPRUNED)
        & (rows["reference_sparsity"] == reference)
    ]
    kept = kept.dropna(subset=["difference", "ci_low", "ci_high"]).sort_values("sparsity")
    # 0 minus a difference, and not its negative: a difference of 0 is no loss of -0.
    return [Loss(int(row.sparsity), 0 - row.difference, 0 - row.ci_high, 0 - row.ci_low) for row in kept.itertuples()]


def _fields(name: str, direction: str, loss: Loss | None) -> dict:
    sparsity, value, low, high = loss or (math.nan,) * 4
    return {
        f"{name}_{direction}": sparsity,
        f"{name}_loss": value,
        f"{name}_ci_low": low,
        f"{name}_ci_high": high,
    }


def _from_on(tested: list[tuple[int, bool]]) -> float:
    """The smallest sparsity from which on all are so; NaN if the largest isn't."""
    start = math.nan
    for sparsity, is_so in reversed(tested):
        if not is_so:
            break
        start = sparsity
    return start
