"""Reads dev labels and dev predictions of fine-tunings, and resamples scores over dev examples."""

from functools import cache

import numpy as np

from prunetransfer.jobs.grid import Run
from prunetransfer.storage.inputs import Inputs

from .intervals import resampled_accuracy_differences, resampled_scores
from .scores import is_regression


def dev_labels(inputs: Inputs, task: str) -> np.ndarray:
    """A task's dev labels: [examples] class indices, or floats for a regression. inputs: `tasks`, a template of manifests."""
    return np.load(inputs.file("tasks", task=task).parent / "dev" / "labels.npy")


def dev_predictions(inputs: Inputs, run: Run) -> np.ndarray:
    """A run's dev predictions after its last epoch: [examples], of the same kind as the labels.

    inputs: `predictions`, a template of each run's file.
    """
    return np.load(inputs.file("predictions", **run.wildcards()))


class DevBootstrap:
    """Bootstrap distributions, over dev examples, of scores of runs and of differences between two runs.

    inputs: `tasks` and `predictions`, templates as for the analysis `averages`.

    Each file is read once. The object caches one byte per example of each run that it compares (2 MB for the paper's
    grid), and the resampled scores of each run.
    """

    def __init__(self, inputs: Inputs):
        self._labels = cache(lambda task: dev_labels(inputs, task))
        self._correct = cache(lambda run: dev_predictions(inputs, run) == self._labels(run.task))
        self._scores = cache(
            lambda run, metric: resampled_scores(run.task, metric, self._labels(run.task), dev_predictions(inputs, run))
        )

    def scores(self, run: Run, metric: str) -> np.ndarray:
        """A run's scores in percent, [resamples]."""
        return self._scores(run, metric)

    def differences(self, run: Run, reference: Run, metric: str) -> np.ndarray:
        """Differences of two runs of one task in percentage points, [resamples]. Both runs have the same resamples."""
        if is_regression(self._labels(run.task)):
            return self._scores(run, metric) - self._scores(reference, metric)
        return resampled_accuracy_differences(run.task, self._correct(run), self._correct(reference))
