"""Table 2 in the paper's layout, as Markdown and LaTeX: a row per learning rate, a column per task."""

import textwrap
from itertools import product

import pandas as pd

from .gaps import describe
from .markdown import pipe_table

_GAP = "–"


def markdown(table: pd.DataFrame, epochs: int) -> str:
    """table2.md from the rows of table2.csv: mean ± standard deviation, the interval, and the published numbers.

    epochs: the number of epochs of fine-tuning. Lines that would be empty for all tasks are omitted.
    """
    tasks = list(table["task"].unique())
    note = textwrap.fill(_note(table, epochs), 110, break_on_hyphens=False)
    return "\n\n".join([pipe_table(["Learning rate", "", *tasks], _lines(table), names=2), note]) + "\n"


def latex(table: pd.DataFrame, epochs: int) -> str:
    """table2.tex: the same as a floating table for the LaTeX package booktabs."""
    tasks = list(table["task"].unique())
    rows = [[_escaped(cell) for cell in line] for line in [["Learning rate", "", *tasks], *_lines(table)]]
    head, *body = [" & ".join(row) + r" \\" for row in rows]
    lines = [
        r"\begin{table*}",
        r"\centering",
        rf"\begin{{tabular}}{{@{{}}ll*{{{len(tasks)}}}{{r}}@{{}}}}",
        *(r"\toprule", head, r"\midrule", *body, r"\bottomrule"),
        r"\end{tabular}",
        rf"\caption{{{_escaped(_note(table, epochs))}}}",
        r"\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def _lines(table: pd.DataFrame) -> list[list[str]]:
    tasks = table["task"].unique()
    shown = {name: cell for name, (cell, column) in _LINES.items() if table[column].notna().any()}
    lines = []
    for rate, cells in table.groupby("learning_rate"):
        by_task = cells.set_index("task").reindex(tasks)
        for place, (name, cell) in enumerate(shown.items()):
            label = "" if place else f"{rate:g}"
            lines.append([label, name, *(cell(measures) for measures in by_task.itertuples())])
    return lines


def _note(table: pd.DataFrame, epochs: int) -> str:
    notes = [
        f"Movement in the magnitude sort order over {epochs} {'epochs' if epochs > 1 else 'epoch'} of fine-tuning, in "
        "percent of the matrix's size: mean ± standard deviation over all prunable weights."
    ]
    if table["ci_low"].notna().any():
        notes.append("Averaged over seeds, with the 95 % interval of the mean over these (Student's t).")
    if table["paper_mean_percent"].notna().any():
        notes.append("Published: Gordon et al. 2020, after 3 epochs; the difference is that of the means.")
    found = set(zip(table["task"], table["learning_rate"], strict=True))
    expected = list(product(table["task"].unique(), sorted(table["learning_rate"].unique())))
    missing = [f"{task} at {rate:g}" for task, rate in expected if (task, rate) not in found]
    if missing:
        notes.append(f"{describe(missing, len(expected), 'measurements')}.")
    return " ".join(notes)


def _range(low: float, sign: str, high: float) -> str:
    return _GAP if pd.isna(low) else f"{low:.2f}{sign}{high:.2f}"


def _difference(measures) -> str:
    difference = measures.movement_mean_percent - measures.paper_mean_percent
    return _GAP if pd.isna(difference) else f"{difference:+.2f}"


# The lines of each learning rate: a function that returns the text of a cell, and a column of table2.csv. If this column is
# empty, the line is omitted.
_LINES = {
    "study": (lambda m: _range(m.movement_mean_percent, " ± ", m.movement_std_percent), "movement_mean_percent"),
    "95 %": (lambda m: _range(m.ci_low, " to ", m.ci_high), "ci_low"),
    "published": (lambda m: _range(m.paper_mean_percent, " ± ", m.paper_std_percent), "paper_mean_percent"),
    "difference": (_difference, "paper_mean_percent"),
}


def _escaped(text: str) -> str:
    for character in "&%#_":
        text = text.replace(character, "\\" + character)
    return text.replace("±", r"$\pm$").replace(_GAP, "--")
