"""summary.csv: how far this encoder can be pruned, for each task and on average, and why it can't be pruned further."""

import math
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.config.methods import INFORMATION_DELETION, PRUNE_PRETRAIN
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .differences import AVERAGE
from .tables.reading import read_table
from .tables.summary_layout import markdown

SETTINGS = ClaimsSettings
COLUMNS = [
    *("task", "tested"),
    *("harmless_up_to", "harmless_loss", "harmless_ci_low", "harmless_ci_high"),
    *("significant_from", "significant_loss", "significant_ci_low", "significant_ci_high"),
    *("tolerable_up_to", "tolerable_loss", "tolerable_ci_low", "tolerable_ci_high"),
    *("information_deleted_from", "complexity_restricted_from"),
]
PERCENTS = [name for name in COLUMNS if name.endswith(("_up_to", "_from"))]
"""Columns that hold a sparsity in percent."""


class Loss(NamedTuple):
    """The points of dev accuracy that are lost at a sparsity, with their 95 % interval."""

    sparsity_percent: int
    loss: float
    low: float
    high: float


def analyse(inputs: Inputs, settings: ClaimsSettings, output: Path) -> None:
    """Writes summary.csv, and summary.md beside it. inputs: `differences` is differences.csv."""
    table = read_table(inputs.file("differences"))
    summary = summarise(table, settings)
    with whole_file(output) as temporary:
        summary.to_csv(temporary, index=False, lineterminator="\n")
    with whole_file(output.with_suffix(".md")) as temporary:
        has_deletion = bool((table["arm"] == INFORMATION_DELETION).any())
        temporary.write_text(markdown(summary, settings.tolerance.accuracy, has_deletion), encoding="utf-8")


def summarise(differences: pd.DataFrame, settings: ClaimsSettings) -> pd.DataFrame:
    """A row per task, the average first: sparsities in percent, losses of dev accuracy in points, with 95 % intervals.

    `tested`: the sparsities above 0 at which pruning in pre-training has a loss with an interval, joined by `;`. A loss
    is significant if its interval lies above 0.

    `significant_from`: the smallest tested sparsity with a significant loss. `harmless_up_to`: the largest tested
    sparsity below it; 0 if there is none. `tolerable_up_to`: the largest tested sparsity at which the interval lies below
    `settings.tolerance.accuracy`. Only `tolerable_up_to` shows that a loss is small: with few dev examples, even a large
    loss may not be significant.

    `information_deleted_from`: from this sparsity on, information deletion is significantly worse than the unpruned
    model. `complexity_restricted_from`: from this sparsity on, information deletion is significantly better than pruning
    (Gordon et al. 2020, section 5). A field is empty if the study has no such sparsity.
    """
    accuracy = differences[differences["quantity"] == "dev_accuracy"]
    tasks = sorted(accuracy["task"].unique(), key=lambda task: task != AVERAGE)
    rows = [_row(task, accuracy[accuracy["task"] == task], settings) for task in tasks]
    # Int64 allows empty fields beside whole numbers. A float column would have 30.0 instead of 30.
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(PERCENTS, "Int64"))


def _row(task: str, rows: pd.DataFrame, settings: ClaimsSettings) -> dict:
    losses = _losses(rows, PRUNE_PRETRAIN, to_unpruned=True)
    significant = next((loss for loss in losses if loss.low > 0), None)
    harmless = [loss for loss in losses if significant is None or loss.sparsity_percent < significant.sparsity_percent]
    tolerable = [loss for loss in losses if loss.high < settings.tolerance.accuracy]
    row = {"task": task, "tested": ";".join(str(loss.sparsity_percent) for loss in losses)}
    row |= _fields("harmless", "up_to", harmless[-1] if harmless else None)
    if losses and not harmless:
        row["harmless_up_to"] = 0
    row |= _fields("significant", "from", significant)
    row |= _fields("tolerable", "up_to", tolerable[-1] if tolerable else None)
    to_unpruned, to_pruned = (_losses(rows, INFORMATION_DELETION, to_unpruned=reference) for reference in (True, False))
    row["information_deleted_from"] = _from_on([(loss.sparsity_percent, loss.low > 0) for loss in to_unpruned])
    # Information deletion is better than pruning if its loss is below 0.
    row["complexity_restricted_from"] = _from_on([(loss.sparsity_percent, loss.high < 0) for loss in to_pruned])
    return row


def _losses(rows: pd.DataFrame, arm: str, *, to_unpruned: bool) -> list[Loss]:
    """An arm's losses against the unpruned model, or against pruning at the same sparsity, by ascending sparsity."""
    reference = 0 if to_unpruned else rows["sparsity"]
    kept = rows[
        (rows["arm"] == arm)
        & (rows["sparsity"] > 0)
        & (rows["reference_arm"] == PRUNE_PRETRAIN)
        & (rows["reference_sparsity"] == reference)
    ]
    kept = kept.dropna(subset=["difference", "ci_low", "ci_high"]).sort_values("sparsity")
    # Differences are subtracted from 0, because negating 0.0 gives -0.0.
    return [Loss(int(row.sparsity), 0 - row.difference, 0 - row.ci_high, 0 - row.ci_low) for row in kept.itertuples()]


def _fields(name: str, direction: str, loss: Loss | None) -> dict:
    sparsity_percent, value, low, high = loss or (math.nan,) * 4
    return {
        f"{name}_{direction}": sparsity_percent,
        f"{name}_loss": value,
        f"{name}_ci_low": low,
        f"{name}_ci_high": high,
    }


def _from_on(tested: list[tuple[int, bool]]) -> float:
    """The smallest sparsity from which on all flags are set; NaN if the flag of the largest sparsity isn't set.

    tested: (sparsity in percent, flag) pairs, by ascending sparsity.
    """
    start = math.nan
    for sparsity_percent, is_set in reversed(tested):
        if not is_set:
            break
        start = sparsity_percent
    return start
