"""Settings of a task: its source, its columns, its labels, and its metric."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .base import PositiveCount, Seed, Settings, Unique

Metric = Literal["accuracy", "f1", "matthews", "pearson", "spearman"]
REGRESSION_METRICS = ("pearson", "spearman")


class FilesTask(Settings):
    source: Literal["files"]
    train: Path
    """JSON lines (.jsonl, .json), TSV, CSV or Parquet. All but Parquet may be gzipped (.gz)."""
    dev: Path


class DatasetTask(Settings):
    source: Literal["dataset"]
    dataset: str
    """A hub name or a local folder, as `datasets.load_dataset` takes it."""
    name: str | None = None
    """The dataset's configuration, such as mnli."""
    train: str = "train"
    """The split to train on."""
    dev: str = "validation"
    """The split on which models are scored."""
    revision: str | None = None


class LanguageTask(Settings):
    source: Literal["language"]
    """Read a task of the artificial language that the key `language` describes. The task's name says which one."""


TaskSource = Annotated[FilesTask | DatasetTask | LanguageTask, Field(discriminator="source")]


class Limit(Settings):
    """Take a random subset of at most this many examples, the same one in every run."""

    train: PositiveCount | None = None
    dev: PositiveCount | None = None
    seed: Seed = 0


class TaskSettings(Settings):
    source: TaskSource
    text: Annotated[list[str], Field(min_length=1, max_length=2), Unique]
    """The column of the sentence, or the two columns of a sentence pair."""
    label: str = "label"
    labels: Annotated[list[str | int], Field(min_length=2), Unique] | None = None
    """All labels. If all of them are text, a number in the data is an index into this list, from 0. A task without `labels` is
    a regression."""
    metric: Metric = "accuracy"
    """The metric of the task's score (`dev_score`). Accuracy is reported in addition."""
    missing_text: Literal["refuse", "drop"] = "refuse"
    """What to do with rows whose text is missing or blank. `refuse`: end with an error that names the first such row. `drop`:
    leave such rows out, and count them in the manifest."""
    limit: Limit = Limit()

    @model_validator(mode="after")
    def _metric_fits_labels(self):
        regression = self.metric in REGRESSION_METRICS
        if regression and self.labels is not None:
            raise ValueError(f"metric {self.metric} is for regression: leave out `labels`")
        if not regression and self.labels is None:
            raise ValueError(f"metric {self.metric} needs `labels`: every label there is, in order")
        if self.metric in ("f1", "matthews") and len(self.labels) != 2:
            raise ValueError(f"metric {self.metric} is for 2 labels, found {len(self.labels)}")
        return self
