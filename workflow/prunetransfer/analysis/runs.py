"""runs.csv: the scores of every fine-tuning of the study."""

import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from prunetransfer.errors import PruneTransferError
from prunetransfer.jobs.grid import GridSettings, Run
from prunetransfer.storage.files import read_json, whole_file
from prunetransfer.storage.inputs import Inputs

from .tables.gaps import refuse_or_warn
from .tables.timing import read_timing

SETTINGS = GridSettings
RUN_COLUMNS = ["arm", "sparsity", "task", "learning_rate", "seed"]
COLUMNS = [
    *RUN_COLUMNS,
    *("epochs", "metric", "dev_score", "dev_accuracy", "train_loss", "steps", "examples_per_second", "seconds"),
]


class OtherRunError(PruneTransferError):
    """A metrics.json names another run than its path."""


class NonFiniteScoreError(PruneTransferError):
    """A score or a loss is not a finite number."""


def analyse(inputs: Inputs, settings: GridSettings, output: Path) -> None:
    """Writes runs.csv: a row per fine-tuning, in the grid's order. Scores are in percent, losses in nats.

    inputs: `metrics` and `timing`, templates of each run's metrics.json and measured times.

    `dev_accuracy` is empty for a regression. The two measured times are empty if their file was deleted.

    Raises MissingResultsError if runs have no metrics.json. With `settings.allow_missing` the table leaves these runs
    out, and a warning on stderr names them. Raises OtherRunError if a metrics.json names another run than its path, and
    NonFiniteScoreError if a score or a loss is not finite.
    """
    found = {run: inputs.file("metrics", **run.wildcards()) for run in settings.runs()}
    missing = [path for path in found.values() if not path.is_file()]
    refuse_or_warn(missing, len(found), "runs", allow=settings.allow_missing)
    rows = [
        _checked_metrics(path, run) | read_timing(inputs.file("timing", **run.wildcards()))
        for run, path in found.items()
        if path.is_file()
    ]
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


def runs_in(table: pd.DataFrame) -> Iterator[Run]:
    """The run of each row of runs.csv."""
    return (Run(*names) for names in table[RUN_COLUMNS].itertuples(index=False))


def _checked_metrics(path: Path, run: Run) -> dict:
    metrics = read_json(path)
    expected = run.columns()
    found = {name: metrics.get(name) for name in expected}
    if found != expected:
        raise OtherRunError(f"{path}: is of the run {_spelt(found)}; expected {_spelt(expected)}")
    for key in ("dev_score", "train_loss"):
        if metrics[key] is None or not math.isfinite(metrics[key]):
            raise NonFiniteScoreError(f"{path}: {key} must be a finite number, found {metrics[key]}")
    return metrics


def _spelt(columns: dict) -> str:
    return ", ".join(f"{name} {value}" for name, value in columns.items())
