"""A training stage run for its speed: its own code path from the manifests on, stopped when enough steps are timed."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from torch.profiler import ProfilerActivity, profile

from prunetransfer.running.execution import Run
from prunetransfer.running.state import TrainingState


class Timing(NamedTuple):
    """Of so many training steps, evaluation and start-up apart."""

    steps: int
    tokens: int
    seconds: float


class _Enough(Exception):
    """Ends a stage that has been timed."""


class Stopwatch:
    """Takes the place of a run's progress: times the steps between two reports, the first behind the warm-up."""

    def __init__(self, warm_up: int, steps: int, profiler: profile | None = None):
        self.timing: Timing | None = None
        self._steps = steps
        self._first, self._last = warm_up - 1, warm_up + steps - 1
        self._profiler = profiler
        self._started = 0.0
        self._tokens = 0

    def is_due(self, step: int) -> bool:
        return step in (self._first, self._last)

    def report(self, step: int, losses: dict[str, float], rate: float, sparsity: float, state: TrainingState) -> None:
        """Raises _Enough behind the last step."""
        if step == self._first:
            self._tokens = state.tokens
            if self._profiler:
                self._profiler.start()
            self._started = time.perf_counter()
            return
        self.timing = Timing(self._steps, state.tokens - self._tokens, time.perf_counter() - self._started)
        if self._profiler:
            self._profiler.stop()
        raise _Enough

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, kw_only=True)
class TimedRun(Run):
    """A run that saves no state and reports to a stopwatch."""

    stopwatch: Stopwatch

    def progress(self, steps: int) -> Stopwatch:
        return self.stopwatch


def time_steps(stage: Callable[[Path, Run], None], threads: int, warm_up: int, steps: int) -> Timing:
    """The time of a stage's steps behind the warm-up. stage: gets a temporary folder for its files, and its run."""
    stopwatch = Stopwatch(warm_up, steps)
    _run(stage, threads, stopwatch)
    return stopwatch.timing


def profile_steps(stage: Callable[[Path, Run], None], threads: int, warm_up: int, steps: int, rows: int = 25) -> str:
    """torch.profiler's table of the operations of these steps, those that take longest first."""
    profiler = profile(activities=[ProfilerActivity.CPU], acc_events=True)
    _run(stage, threads, Stopwatch(warm_up, steps, profiler))
    return profiler.key_averages().table(sort_by="self_cpu_time_total", row_limit=rows, max_name_column_width=60)


def _run(stage: Callable[[Path, Run], None], threads: int, stopwatch: Stopwatch) -> None:
    with TemporaryDirectory() as name, suppress(_Enough):
        folder = Path(name)
        run = TimedRun(
            name="benchmark",
            code_version="benchmark",
            threads=threads,
            state_file=folder / "state",
            save_interval=float("inf"),
            timing=folder / "timing.json",
            stopwatch=stopwatch,
        )
        stage(folder, run)
