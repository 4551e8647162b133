"""Table 3 as Markdown and LaTeX, with a line per layer, so that BERT-Base's 74 matrices fit on a page."""

import re
from typing import NamedTuple

import pandas as pd

from .markdown import pipe_table

_NOTE = "Mean ± standard deviation of the weights of each prunable matrix of the unpruned model."
_PUBLISHED_NOTE = "Below each: the published values (Gordon et al. 2020, BERT-Base uncased)."
_PUBLISHED = "published"
_IN_LAYER = re.compile(r"\.(\d+)\.(.+)\.weight$")


class _Layout(NamedTuple):
    """Lines of cells `mean ± std`. A line begins with a label. A cell is empty if the layer has no such matrix."""

    roles: list[str]
    """The columns: names of the matrices within their layer."""
    layers: list[list[str]]
    others: list[list[str]]
    """A line for each matrix outside the layers: name and cell."""
    note: str


def markdown(table: pd.DataFrame) -> str:
    """table3.md from the rows of table3.csv: the layers, then the matrices outside them."""
    layout = _layout(table)
    parts = [
        pipe_table(["Layer", *layout.roles], layout.layers),
        pipe_table(["Outside the layers", "mean ± std"], layout.others),
        layout.note,
    ]
    return "\n\n".join(parts) + "\n"


def latex(table: pd.DataFrame) -> str:
    """table3.tex: the same as a floating table for the LaTeX package booktabs."""
    layout = _layout(table)
    columns = len(layout.roles)
    caption = layout.note.replace("±", r"$\pm$")
    lines = [
        r"\begin{table*}",
        r"\centering\scriptsize\setlength{\tabcolsep}{4pt}",
        rf"\begin{{tabular}}{{@{{}}l*{{{columns}}}{{r}}@{{}}}}",
        r"\toprule",
        _latex_row(["Layer", *map(_code, layout.roles)]),
        r"\midrule",
        *map(_latex_row, layout.layers),
        r"\midrule",
        # A name spans all columns but the last.
        *[
            rf"\multicolumn{{{columns}}}{{@{{}}l}}{{{_code(name) if name != _PUBLISHED else name}}} & {_cell(cell)} \\"
            for name, cell in layout.others
        ],
        r"\bottomrule",
        r"\end{tabular}",
        rf"\caption{{{caption}}}",
        r"\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def _layout(table: pd.DataFrame) -> _Layout:
    is_published = table["paper_weight_mean"].notna().any()
    layers: dict[int, dict[str, pd.Series]] = {}
    others = []
    for _, row in table.iterrows():
        if in_layer := _IN_LAYER.search(row["matrix"]):
            layers.setdefault(int(in_layer[1]), {})[in_layer[2].removesuffix(".dense")] = row
        else:
            others.append([row["matrix"].removesuffix(".weight"), _ours(row)])
            if is_published:
                others.append([_PUBLISHED, _papers(row)])
    roles = list(dict.fromkeys(role for matrices in layers.values() for role in matrices))
    lines = []
    for layer, matrices in layers.items():
        lines.append([str(layer), *(_ours(matrices[role]) if role in matrices else "" for role in roles)])
        if is_published:
            lines.append([_PUBLISHED, *(_papers(matrices[role]) if role in matrices else "" for role in roles)])
    return _Layout(roles, lines, others, f"{_NOTE} {_PUBLISHED_NOTE}" if is_published else _NOTE)


def _ours(row: pd.Series) -> str:
    return _pair(row["weight_mean"], row["weight_std"])


def _papers(row: pd.Series) -> str:
    return _pair(row["paper_weight_mean"], row["paper_weight_std"])


def _pair(mean: float, std: float) -> str:
    """The text `mean ± std`, rounded as in the paper. Adding 0.0 turns -0.0 into 0.0."""
    return f"{round(mean, 4) + 0.0:.4f} ± {std:.3f}"


def _latex_row(cells: list[str]) -> str:
    return " & ".join(map(_cell, cells)) + r" \\"


def _cell(text: str) -> str:
    number, plus_minus, deviation = text.partition("±")
    return rf"${number}\pm{deviation}$" if plus_minus else text


def _code(name: str) -> str:
    escaped = name.replace("_", r"\_")
    return rf"\texttt{{{escaped}}}"
