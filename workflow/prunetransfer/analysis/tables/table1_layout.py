"""Table 1 in the paper's layout, as Markdown and LaTeX."""

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from prunetransfer.config.methods import arm_label

from ..statistics.estimates import QUANTITIES
from .markdown import pipe_table

_GAP = "–"
_CHOSEN = (
    "Dev accuracy in percent / training loss, at the learning rate with the best dev accuracy. This accuracy is biased "
    "upwards, since the same examples choose the rate and score it. There are two more averages over tasks: for "
    "`unbiased`, one half of the dev set chooses the rate and the other half scores it; `mean` is over all learning "
    "rates."
)
_NOT_CHOSEN = "Dev accuracy in percent / training loss. There is one learning rate, so none was chosen on dev."
_HALF_WIDTH = "half_width"
_DIFFERENCE = "difference"
_FROM_CELLS = ["unbiased_dev_accuracy", "mean_dev_accuracy", "paper_dev_accuracy"]
_AVERAGES = {
    "selected": "dev_accuracy",
    "95 % ±": _HALF_WIDTH,
    "unbiased": "unbiased_dev_accuracy",
    "mean": "mean_dev_accuracy",
    "published": "paper_dev_accuracy",
    "difference": _DIFFERENCE,
}
_ABOUT_THE_CHOICE = ("unbiased", "mean")
_PAPERS = ("published", "difference")


class _Row(NamedTuple):
    """An arm at a sparsity: its cells by task, and their averages. Averages are NaN if a task is missing."""

    sparsity_percent: int
    pretrain_loss: float
    cells: pd.DataFrame
    averages: pd.Series


def markdown(table: pd.DataFrame, averages: pd.DataFrame, learning_rates: int, remarks: list[str]) -> str:
    """table1.md from the rows of table1.csv: a block per arm, `accuracy / loss` per task, then notes and the averages.

    averages: from `averages_over_tasks`. learning_rates: the number of learning rates. With only one, none was chosen, so
    the page omits the averages `unbiased` and `mean`. remarks: further notes.
    """
    tasks = list(table["task"].unique())
    lines = []
    for arm, rows in _blocks(table, averages):
        lines.append([arm_label(arm)])
        for row in rows:
            pairs = [" / ".join(_pair(cell)) for cell in [*row.cells.loc[tasks].itertuples(), row.averages]]
            lines.append([f"{row.sparsity_percent} %", _number(row.pretrain_loss, 2), *pairs])
    results = pipe_table(["Pruned", "LM loss", *tasks, "Average"], lines)
    notes = [_note(learning_rates), *remarks]
    if table.groupby("task")["paper_dev_accuracy"].count().all():
        notes.append("Published: Gordon et al. 2020; the difference is the selected average minus theirs.")
    notes = [textwrap.fill(note, 110, break_on_hyphens=False) for note in notes]
    return "\n\n".join([results, *notes, _averages(table, averages, learning_rates)]) + "\n"


def latex(table: pd.DataFrame, averages: pd.DataFrame, learning_rates: int, remarks: list[str]) -> str:
    """table1.tex: the same as a floating table for the LaTeX package booktabs, with the further averages as columns."""
    tasks = list(table["task"].unique())
    further = [name for name in ("95 % ±", *_ABOUT_THE_CHOICE) if _is_shown(name, learning_rates)]
    spans = [2] * len(tasks) + [2 + len(further)]
    columns = 2 + sum(spans)
    starts = [3 + sum(spans[:place]) for place in range(len(spans))]
    heads = [
        rf"\multicolumn{{{span}}}{{c}}{{{_escaped(head)}}}"
        for span, head in zip(spans, [*tasks, "Average"], strict=True)
    ]
    rules = [rf"\cmidrule(lr){{{start}-{start + span - 1}}}" for start, span in zip(starts, spans, strict=True)]
    lines = [
        r"\begin{table*}",
        r"\centering",
        rf"\begin{{tabular}}{{@{{}}lr*{{{columns - 2}}}{{r}}@{{}}}}",
        r"\toprule",
        _latex_row(["Pruned", "LM loss", *heads]),
        " ".join(rules),
        _latex_row(["", "", *["acc.", "loss"] * len(spans), *map(_escaped, further)]),
    ]
    for arm, rows in _blocks(table, averages):
        lines += [
            r"\midrule",
            _latex_row([rf"\multicolumn{{{columns}}}{{@{{}}l}}{{\textit{{{_escaped(arm_label(arm))}}}}}"]),
        ]
        for row in rows:
            pairs = [number for cell in [*row.cells.loc[tasks].itertuples(), row.averages] for number in _pair(cell)]
            averages = [_number(row.averages[_AVERAGES[name]], 1) for name in further]
            lines.append(_latex_row([rf"{row.sparsity_percent}\,\%", _number(row.pretrain_loss, 2), *pairs, *averages]))
    caption = _escaped(" ".join([_note(learning_rates), *remarks]))
    lines += [r"\bottomrule", r"\end{tabular}", rf"\caption{{{caption}}}", r"\end{table*}"]
    return "\n".join(lines) + "\n"


def _blocks(table: pd.DataFrame, averages: pd.DataFrame) -> Iterator[tuple[str, list[_Row]]]:
    averages = averages.set_index(["arm", "sparsity"])
    for arm, block in table.groupby("arm", sort=False):
        yield arm, [_row(sparsity_percent, cells, averages) for sparsity_percent, cells in block.groupby("sparsity")]


def _row(sparsity_percent: int, cells: pd.DataFrame, averages: pd.DataFrame) -> _Row:
    # If a task is missing the result is NaN, because averages over fewer tasks are not comparable.
    row = cells[_FROM_CELLS].mean(skipna=False)
    own = averages[averages.index == (cells["arm"].iloc[0], sparsity_percent)].set_index("quantity").reindex(QUANTITIES)
    row = pd.concat([row, own["value"]])
    row[_HALF_WIDTH] = (own["ci_high"] - own["ci_low"])["dev_accuracy"] / 2
    row[_DIFFERENCE] = row["dev_accuracy"] - row["paper_dev_accuracy"]
    return _Row(sparsity_percent, cells["pretrain_loss"].iloc[0], cells.set_index("task"), row)


def _averages(table: pd.DataFrame, averages: pd.DataFrame, learning_rates: int) -> str:
    sparsity_percents = sorted(table["sparsity"].unique())
    lines = []
    for arm, rows in _blocks(table, averages):
        label = arm_label(arm)
        for name, measure in _AVERAGES.items():
            by_sparsity = {row.sparsity_percent: row.averages[measure] for row in rows}
            unpublished = name in _PAPERS and all(map(pd.isna, by_sparsity.values()))
            if _is_shown(name, learning_rates) and not unpublished:
                sign = "+" if name == "difference" else ""
                numbers = [_number(by_sparsity[p], 1, sign) if p in by_sparsity else "" for p in sparsity_percents]
                lines.append([label, name, *numbers])
                label = ""
    return pipe_table(["Average over tasks", "", *(f"{percent} %" for percent in sparsity_percents)], lines, names=2)


def _is_shown(name: str, learning_rates: int) -> bool:
    return learning_rates > 1 or name not in _ABOUT_THE_CHOICE


def _note(learning_rates: int) -> str:
    return _CHOSEN if learning_rates > 1 else _NOT_CHOSEN


def _pair(cell) -> tuple[str, str]:
    return _number(cell.dev_accuracy, 1), _number(cell.train_loss, 2)


def _number(value: float, digits: int, sign: str = "") -> str:
    # Adding 0.0 turns -0.0 into 0.0.
    return _GAP if pd.isna(value) else f"{round(value, digits) + 0.0:{sign}.{digits}f}"


def _latex_row(cells: list[str]) -> str:
    return " & ".join(cells).replace(_GAP, "--") + r" \\"


def _escaped(text: str) -> str:
    for character in "&%#_":
        text = text.replace(character, "\\" + character)
    return text.replace("`", "").replace("±", r"$\pm$")
