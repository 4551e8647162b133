"""The measured times of jobs."""

from pathlib import Path

from prunetransfer.storage.files import read_json


def read_timing(path: Path) -> dict:
    """A job's measured times, by column of runs.csv or pretraining.csv.

    {} where the file is gone: times are no results, so no table fails for the lack of them.
    """
    return read_json(path) if path.is_file() else {}
