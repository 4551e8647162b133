"""What fine-tunings predicted for the dev sets, below the current folder, and how their scores vary with the examples."""

from functools import cache
from pathlib import Path

import numpy as np

from prunetransfer.jobs.grid import Run
from prunetransfer.storage import paths

from .intervals import resampled_accuracy_differences, resampled_scores
from .scores import is_regression


def dev_labels(study: str, task: str) -> np.ndarray:
    """A task's dev labels: [examples] class indices, or floats for a regression."""
    return np.load(Path(paths.TASK.format(study=study, task=task)).parent / "dev" / "labels.npy")


def dev_predictions(study: str, run: Run) -> np.ndarray:
    """What a run predicted at its end: [examples], like the labels."""
    return np.load(paths.PREDICTIONS.format(study=study, **run.fields()))


class DevBootstrap:
    """Bootstrap distributions over dev examples of runs' scores and of their differences, each read once.

    It keeps a byte per example of each run that it is asked for, 2 MB for the paper's grid, and the resampled scores
    of those that it is asked the score of.
    """

    def __init__(self, study: str):
        self._labels = cache(lambda task: dev_labels(study, task))
        self._correct = cache(lambda run: dev_predictions(study, run) == self._labels(run.task))
        self._scores = cache(
            lambda run, metric: resampled_scores(run.task, metric, self._labels(run.task), dev_predictions(study, run))
        )

    def scores(self, run: Run, metric: str) -> np.ndarray:
        """[resamples] scores in percent."""
        return self._scores(run, metric)

    def differences(self, run: Run, reference: Run, metric: str) -> np.ndarray:
        """[resamples] differences of two runs of one task, in percentage points: both see the same resamples."""
        if is_regression(self._labels(run.task)):
            return self._scores(run, metric) - self._scores(reference, metric)
        return resampled_accuracy_differences(run.task, self._correct(run), self._correct(reference))
