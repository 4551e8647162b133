"""The error that bad input data raises."""

from pathlib import Path

from prunetransfer.errors import PruneTransferError


class DataError(PruneTransferError):
    """Input that can't be used. The message names the file and the line or row, what was found and what is allowed."""


def at(origin: str | Path, place: str | int | None, message: str) -> DataError:
    """A DataError about a place in a file: `place` is a line number, or words such as "row 3", or None for the whole."""
    where = f"line {place}" if isinstance(place, int) else place
    return DataError(f"{origin}: {where}: {message}" if where else f"{origin}: {message}")
