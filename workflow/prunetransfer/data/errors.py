"""The error for input data that can't be used."""

from pathlib import Path

from prunetransfer.errors import PruneTransferError


class DataError(PruneTransferError):
    """Input can't be used. The message names the file, the line or row, the value found, and the values allowed."""


def at(origin: str | Path, place: str | int | None, message: str) -> DataError:
    """Returns a DataError about a place in a file. place: a line number, words such as "row 3", or None for the whole file."""
    where = f"line {place}" if isinstance(place, int) else place
    return DataError(f"{origin}: {where}: {message}" if where else f"{origin}: {message}")
