"""The dev labels and dev predictions of fine-tunings, and how scores vary with the dev examples."""

from functools import cache

import numpy as np

from prunetransfer.jobs.grid import Run
from prunetransfer.storage.inputs import Inputs

from .intervals import resampled_accuracy_differences, resampled_scores
from .scores import is_regression


def dev_labels(inputs: Inputs, task: str) -> np.ndarray:
    """A task's dev labels: [examples] class indices, or floats for a regression. `tasks` has the manifests."""
    return np.load(inputs.file("tasks", task=task).parent / "dev" / "labels.npy")


def dev_predictions(inputs: Inputs, run: Run) -> np.ndarray:
    """A run's predictions after its last epoch, from `predictions`: [examples], of the same kind as the labels."""
    return np.load(inputs.file("predictions", **run.wildcards()))


class DevBootstrap:
    """Bootstrap distributions over dev examples, of runs' scores and of differences between two runs.

    inputs: `tasks` and `predictions`, templates as for the analysis `averages`.

    Each file is read once. The object keeps one byte per example of each run that it was asked for (2 MB for the
    paper's grid), and the resampled scores of each run whose score it was asked for.
    """

    def __init__(self, inputs: Inputs):
        self._labels = cache(lambda task: dev_labels(inputs, task))
        self._correct = cache(lambda run: dev_predictions(inputs, run) == self._labels(run.task))
        self._scores = cache(
            lambda run, metric: resampled_scores(run.task, metric, self._labels(run.task), dev_predictions(inputs, run))
        )

    def scores(self, run: Run, metric: str) -> np.ndarray:
        """[resamples] scores in percent."""
        return self._scores(run, metric)

    def differences(self, run: Run, reference: Run, metric: str) -> np.ndarray:
        """[resamples] differences of two runs of one task, in percentage points. Both runs see the same resamples."""
        if is_regression(self._labels(run.task)):
            return self._scores(run, metric) - self._scores(reference, metric)
        return resampled_accuracy_differences(run.task, self._correct(run), self._correct(reference))
