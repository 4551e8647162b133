"""runs.csv: what every fine-tuning of the study came to."""

import math
from pathlib import Path

import pandas as pd

from prunetransfer.jobs.grid import GridSettings, Run
from prunetransfer.storage import paths
from prunetransfer.storage.files import read_json, whole_file

from .tables.gaps import refuse_or_warn

COLUMNS = [
    *Run._fields,
    *("epochs", "metric", "dev_score", "dev_accuracy", "train_loss", "steps", "examples_per_second", "seconds"),
]


SETTINGS = GridSettings


def analyse(inputs: list[Path], grid: GridSettings, output: Path) -> None:
    """Writes runs.csv, a row per fine-tuning in the grid's order. Scores are in percent, losses in nats.

    `dev_accuracy` is empty for a regression, the two measured times where nobody kept them. Raises
    MissingResultsError that names the runs without metrics, unless `grid.allow_missing`: then they are left out and stderr
    names them. Raises ValueError for a score or a loss that is not a finite number.
    """
    found = {run: Path(paths.METRICS.format(study=grid.study, **run.fields())) for run in grid.runs()}
    missing = [path for path in found.values() if not path.is_file()]
    refuse_or_warn(missing, len(found), "runs", allow=grid.allow_missing)
    rows = [_row(grid.study, run, path) for run, path in found.items() if path.is_file()]
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


def read_runs(path: Path) -> pd.DataFrame:
    """runs.csv as a table; its names are text even where a study gives an arm or a task a number for a name."""
    return pd.read_csv(path, dtype={"arm": str, "task": str, "metric": str})


def read_timing(study: str, job: str) -> dict:
    """A job's measured times; {} where they are gone: they are no result, and nothing may fail for the lack of them."""
    path = Path(paths.TIMING.format(study=study, job=job))
    return read_json(path) if path.is_file() else {}


def _row(study: str, run: Run, path: Path) -> dict:
    metrics = read_json(path)
    for key in ("dev_score", "train_loss"):
        if metrics[key] is None or not math.isfinite(metrics[key]):
            raise ValueError(f"{path}: {key} must be a finite number, found {metrics[key]}")
    return metrics | run._asdict() | read_timing(study, f"finetuned/{paths.RUN.format(**run.fields())}")
