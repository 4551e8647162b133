"""Reads the measured times of jobs."""

from pathlib import Path

from prunetransfer.storage.files import read_json


def read_timing(path: Path) -> dict:
    """A job's measured times, by column of runs.csv or pretraining.csv.

    Returns {} if the file was deleted: measured times are no results, so tables are made without them.
    """
    return read_json(path) if path.is_file() else {}
