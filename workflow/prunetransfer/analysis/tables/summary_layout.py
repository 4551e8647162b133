"""summary.md: the conclusions in sentences, and the table from which they follow."""

import textwrap

import pandas as pd

from ..differences import AVERAGE
from .markdown import pipe_table
from .words import points

_WIDTH = 110
_HOW = (
    "The model is pruned in pre-training and fine-tuned with the mask. A loss is the unpruned model's dev accuracy "
    "minus the pruned model's, with its 95 % interval in brackets. It is significant if the interval is above 0; where "
    "nothing is lost, chance makes one loss in forty significant. A loss that isn't significant may still be real, but "
    "too small for this dev set or these seeds to show: to be safe, prune only where a loss of {tolerance} is ruled "
    "out."
)
_SAME = (
    "At {sparsity_percent:g} % it gets exactly the dev examples right that the unpruned model gets right. Two models "
    "that have learned everything, or nothing, do that too: look at the accuracy."
)


def markdown(summary: pd.DataFrame, tolerance: float, has_deletion: bool) -> str:
    """summary.md from the rows of summary.csv, the average first.

    tolerance: a loss that is tolerable, in points of accuracy. has_deletion: whether the study has the arm information
    deletion. Without it the page doesn't say what causes losses.
    """
    rows = list(summary.itertuples(index=False))
    sentences = {row.task: " ".join([_sentence(row, tolerance), *_gaps(row, rows)]) for row in rows}
    average = "There is no average over tasks: runs are missing."
    if AVERAGE in sentences:
        average = f"On average over tasks: {sentences.pop(AVERAGE)} {_regimes(rows[0], has_deletion)}"
    lines = [
        _filled(f"{task}: {sentence}", initial_indent="- ", subsequent_indent="  ")
        for task, sentence in sentences.items()
    ]
    how = _HOW.format(tolerance=points(tolerance))
    parts = [_filled(average), "\n".join(lines), _filled(how)]
    headers = ["Task", "No significant loss up to", "Loss there", "First significant", "Loss there"]
    headers += [f"Below {points(tolerance)} at", "Loss there"]
    headers += ["Information deleted from", "Complexity restricted from"] if has_deletion else []
    parts.append(pipe_table(headers, [_cells(row, has_deletion) for row in rows]))
    return "\n\n".join(filter(None, parts)) + "\n"


def _filled(text: str, **indents: str) -> str:
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False, **indents)


def _gaps(row, rows: list) -> list[str]:
    """A sentence that names the sparsities at which other rows were tested but not this one; [] if there are none."""
    missing = {percent for other in rows for percent in _tested(other)} - _tested(row)
    percents = ", ".join(f"{percent} %" for percent in sorted(missing))
    return [f"Not tested, since runs are missing: {percents}."] if missing else []


def _tested(row) -> set[int]:
    return {int(percent) for percent in row.tested.split(";") if percent}


def _sentence(row, tolerance: float) -> str:
    if not row.tested:
        return "nothing is known: runs are missing, or they have no interval."
    harmless = f"up to {row.harmless_up_to:g} % no significant loss" if row.harmless_up_to else ""
    if pd.isna(row.significant_from):
        seen = f"{harmless}, the largest sparsity tested."
    else:
        loss = f"at {row.significant_from:g} % it loses {_loss(row, 'significant', ' points')}."
        seen = f"{harmless}; {loss}" if harmless else f"already {loss}"
    if row.harmless_ci_low == row.harmless_ci_high == 0:
        seen = f"{seen} {_SAME.format(sparsity_percent=row.harmless_up_to)}"
    if pd.isna(row.tolerable_up_to):
        return f"{seen} At no tested sparsity is a loss of {points(tolerance)} ruled out."
    return f"{seen} A loss of {points(tolerance)} is ruled out at {row.tolerable_up_to:g} %."


def _regimes(row, has_deletion: bool) -> str:
    if not has_deletion:
        return "The cause of the losses isn't known, since the study has no information deletion."
    deleted, restricted = row.information_deleted_from, row.complexity_restricted_from
    first = "not reached in this study" if pd.isna(deleted) else f"from {deleted:g} %"
    second = "not reached in this study" if pd.isna(restricted) else f"from {restricted:g} %"
    return (
        f"Information that the tasks need is deleted: {first} (fine-tuning with the mask dropped doesn't recover it). "
        f"Complexity is restricted as well: {second} (fine-tuning with the mask dropped does better)."
    )


def _cells(row, has_deletion: bool) -> list[str]:
    def percent(value: float, otherwise: str = "not reached") -> str:
        return otherwise if pd.isna(value) else f"{value:g} %"

    cells = [row.task, percent(row.harmless_up_to, "not tested"), _loss(row, "harmless")]
    cells += [percent(row.significant_from), _loss(row, "significant")]
    cells += [percent(row.tolerable_up_to), _loss(row, "tolerable")]
    borders = (row.information_deleted_from, row.complexity_restricted_from)
    return [*cells, *map(percent, borders)] if has_deletion else cells


def _loss(row, name: str, unit: str = "") -> str:
    loss, low, high = (getattr(row, f"{name}_{part}") for part in ("loss", "ci_low", "ci_high"))
    # Adding 0.0 turns -0.0 into 0.0.
    numbers = [f"{round(number, 1) + 0.0:.1f}" for number in (loss, low, high)]
    return "" if pd.isna(loss) else f"{numbers[0]}{unit} [{numbers[1]}, {numbers[2]}]"
