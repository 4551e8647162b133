"""Many tables with the same columns as one."""

from pathlib import Path

from prunetransfer.errors import PruneTransferError
from prunetransfer.storage.files import whole_file

SETTINGS = None


class ColumnsError(PruneTransferError):
    """Tables that have no columns in common, since there are none of them or their columns differ."""


def analyse(inputs: list[Path], settings: None, output: Path) -> None:
    """Writes the rows of the CSV files `inputs`, in that order, as they are. Raises ColumnsError."""
    if not inputs:
        raise ColumnsError(f"{output}: there are no tables to put together")
    header = _lines(inputs[0])[0]
    with whole_file(output) as temporary:
        text = header + "".join(rows_below(path, header) for path in inputs)
        temporary.write_text(text, encoding="utf-8", newline="")


def rows_below(path: Path, header: str) -> str:
    """The text below a CSV file's first line. Raises ColumnsError where that line isn't `header`."""
    first, *rows = _lines(path)
    if first != header:
        raise ColumnsError(f"{path}: has the columns {first.strip()}, not {header.strip()}")
    return "".join(rows)


def _lines(path: Path) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines(keepends=True) or [""]
