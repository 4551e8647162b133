"""Joins tables that have the same columns."""

from collections.abc import Sequence
from pathlib import Path

from prunetransfer.errors import PruneTransferError
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

SETTINGS = None


class ColumnsError(PruneTransferError):
    """Tables can't be joined: there are none, or their columns differ."""


def analyse(inputs: Inputs, settings: None, output: Path) -> None:
    """Writes the rows of the CSV files `tables`, one file after the other, unchanged.

    Raises ColumnsError if there are no tables, or if their columns differ.
    """
    tables = inputs.files("tables")
    if not tables:
        raise ColumnsError(f"{output}: there are no tables to join")
    text = joined(_lines(tables[0])[0], tables)
    with whole_file(output) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def joined(head: str, tables: Sequence[Path]) -> str:
    """The text of a CSV file, and below it the rows of further CSV files, unchanged.

    head: the text, at least the line with the columns. Raises ColumnsError if a table has other columns.
    """
    columns = head.splitlines(keepends=True)[0] if head else ""
    return head + "".join(_rows_below(path, columns) for path in tables)


def _rows_below(path: Path, columns: str) -> str:
    first, *rows = _lines(path)
    if first != columns:
        raise ColumnsError(f"{path}: has the columns {first.strip()}, expected {columns.strip()}")
    return "".join(rows)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True) or [""]
