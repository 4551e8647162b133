"""Means over tasks, and differences of such means, with an interval over seeds, dev examples or tasks."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from prunetransfer.jobs.grid import Run

from .intervals import percentile_interval, t_interval
from .predictions import DevBootstrap

QUANTITIES = ("dev_accuracy", "train_loss")
"""Accuracies are in percent, losses in nats."""
LEAST_TASKS = 3
"""The smallest number of tasks for which an interval over tasks is computed."""


class Estimate(NamedTuple):
    """A value with its 95 % interval. The bounds are None if `method` is `none`."""

    value: float
    ci_low: float | None
    ci_high: float | None
    method: str
    """What the interval is over: `seeds`, `tasks`, or dev examples (`bootstrap`). `none` if there is no interval."""
    degrees_of_freedom: int | None = None
    """Degrees of freedom of Student's t: the number of seeds or tasks minus 1. None if the interval is not Student's t."""


def average(quantity: str, cells: Sequence[pd.DataFrame], bootstrap: DevBootstrap) -> Estimate | None:
    """The mean over tasks of one of QUANTITIES. cells: a cell of `selection.chosen` per task.

    Only seeds that all tasks have are used. With several seeds, tasks are averaged within each seed, and the interval is
    Student's t over these averages. With one seed, the interval of a dev accuracy is a bootstrap over dev examples that
    resamples each task independently, and a training loss has no interval. These intervals cover only fine-tuning, and
    not how results would differ after another pre-training. Returns None if the tasks have no seed in common.
    """
    seeds = _common_seeds(cells)
    if not seeds:
        return None
    values = _values(quantity, cells, seeds)

    def resampled():
        return np.mean([bootstrap.scores(*_run(cell, seeds[0])) for cell in cells], axis=0)

    return _over_seeds(values) or _over_examples(quantity, values, resampled) or _without_interval(values)


def difference(
    quantity: str, cells: Sequence[pd.DataFrame], references: Sequence[pd.DataFrame], bootstrap: DevBootstrap
) -> Estimate | None:
    """The mean over tasks of the paired difference, cell minus reference, in one of QUANTITIES.

    cells, references: a cell of `selection.chosen`, and the cell with which it is compared, per task.

    Only seeds that all cells and references have are used. With several seeds, the interval is Student's t over the
    differences within each seed. With one seed, the interval of a dev accuracy is a paired bootstrap over dev examples,
    and the interval of a training loss is Student's t over at least three tasks. The learning rates of both sides were
    chosen on dev, and no interval covers this choice. Returns None if there is no seed in common.
    """
    seeds = _common_seeds([*cells, *references])
    if not seeds:
        return None
    values = _values(quantity, cells, seeds) - _values(quantity, references, seeds)

    def resampled():
        pairs = zip(cells, references, strict=True)
        runs = [(_run(cell, seeds[0]), _run(reference, seeds[0])) for cell, reference in pairs]
        return np.mean([bootstrap.differences(run, other, metric) for (run, metric), (other, _) in runs], axis=0)

    return (
        _over_seeds(values)
        or _over_examples(quantity, values, resampled)
        or _over_tasks(values)
        or _without_interval(values)
    )


def _common_seeds(cells: Sequence[pd.DataFrame]) -> list[int]:
    return [seed for seed in cells[0].index if all(seed in cell.index for cell in cells)]


def _values(quantity: str, cells: Sequence[pd.DataFrame], seeds: list[int]) -> np.ndarray:
    """The values of the cells, [tasks, seeds]."""
    return np.array([cell.loc[seeds, quantity] for cell in cells], float)


def _run(cell: pd.DataFrame, seed: int) -> tuple[Run, str]:
    row = cell.loc[seed]
    return Run(row["arm"], row["sparsity"], row["task"], row["learning_rate"], seed), row["metric"]


def _over_seeds(values: np.ndarray) -> Estimate | None:
    by_seed = values.mean(axis=0)
    return _estimate(values, t_interval(by_seed), "seeds", len(by_seed) - 1) if len(by_seed) > 1 else None


def _over_examples(quantity: str, values: np.ndarray, resampled: Callable[[], np.ndarray]) -> Estimate | None:
    if quantity != "dev_accuracy":
        return None
    return _estimate(values, percentile_interval(resampled()), "bootstrap")


def _over_tasks(values: np.ndarray) -> Estimate | None:
    by_task = values[:, 0]
    return _estimate(values, t_interval(by_task), "tasks", len(by_task) - 1) if len(by_task) >= LEAST_TASKS else None


def _without_interval(values: np.ndarray) -> Estimate:
    return Estimate(_rounded(values.mean()), None, None, "none")


def _estimate(
    values: np.ndarray, interval: tuple[float, float], method: str, degrees_of_freedom: int | None = None
) -> Estimate:
    return Estimate(_rounded(values.mean()), *map(_rounded, interval), method, degrees_of_freedom)


def _rounded(value: float) -> float:
    """Rounds to 9 digits, because rounding errors could move a bound of 0 to one side of 0. Adding 0.0 turns -0.0 into 0.0."""
    return round(float(value), 9) + 0.0
