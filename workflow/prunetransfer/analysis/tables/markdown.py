"""Markdown tables that are readable as plain text: their columns are aligned, and as narrow as possible."""

from collections.abc import Sequence


def pipe_table(headers: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1) -> str:
    """A Markdown table. The first `names` columns are aligned left. The others, which have numbers, are aligned right.

    Rows that have fewer cells than there are headers are filled with empty cells.
    """
    rows = [[*row, *[""] * (len(headers) - len(row))] for row in rows]
    # In Markdown, the rule below a header has at least three characters.
    widths = [max(3, *map(len, column)) for column in zip(headers, *rows, strict=True)]
    rules = ["-" * width if place < names else "-" * (width - 1) + ":" for place, width in enumerate(widths)]
    return "\n".join(_line(cells, widths, names) for cells in (headers, rules, *rows))


def _line(cells: Sequence[str], widths: Sequence[int], names: int) -> str:
    padded = [
        cell.ljust(width) if place < names else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"
