"""Times the steps of a training. The study's code runs, starting from manifests, and training ends when enough steps are timed.

Evaluation and writing still run after the training, but aren't timed.
"""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from torch.profiler import ProfilerActivity, profile

from prunetransfer.running.execution import Execution
from prunetransfer.running.state import TrainingState

Stage = Callable[[Path, Execution], None]
"""A function that runs a training. It gets a temporary folder for the training's files, and the training's execution."""


class Timing(NamedTuple):
    """Numbers measured over `steps` training steps, without start-up and evaluation."""

    steps: int
    tokens: int
    seconds: float


class Stopwatch:
    """Times `steps` steps after `warm_up` steps (at least one), and ends the training then."""

    def __init__(self, warm_up: int, steps: int, profiler: profile | None = None):
        self.timing: Timing | None = None
        self._warm_up, self._steps = warm_up, steps
        self._profiler = profiler
        self._started = 0.0
        self._tokens = 0

    def is_enough(self, done: int, state: TrainingState) -> bool:
        """Use this as `Loop.stop`, which is called after each step. done: the number of steps done."""
        if done == self._warm_up:
            self._tokens = state.tokens
            if self._profiler:
                self._profiler.start()
            self._started = time.perf_counter()
        if done < self._warm_up + self._steps:
            return False
        self.timing = Timing(self._steps, state.tokens - self._tokens, time.perf_counter() - self._started)
        if self._profiler:
            self._profiler.stop()
        return True


def time_steps(stage: Stage, threads: int, warm_up: int, steps: int) -> Timing:
    """Times `steps` training steps of a stage after `warm_up` steps."""
    stopwatch = Stopwatch(warm_up, steps)
    run_until(stage, threads, stopwatch.is_enough)
    return stopwatch.timing


def profile_steps(stage: Stage, threads: int, warm_up: int, steps: int, rows: int = 25) -> str:
    """Returns torch.profiler's table of the operations of these steps, longest first."""
    profiler = profile(activities=[ProfilerActivity.CPU], acc_events=True)
    run_until(stage, threads, Stopwatch(warm_up, steps, profiler).is_enough)
    return profiler.key_averages().table(sort_by="self_cpu_time_total", row_limit=rows, max_name_column_width=60)


def run_until(stage: Stage, threads: int, stop: Callable[[int, TrainingState], bool]) -> None:
    """Runs a training in a temporary folder, without saving its state. It ends when `stop` returns True."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        execution = Execution(
            name="benchmark",
            code_version="benchmark",
            threads=threads,
            state_file=folder / "state",
            save_interval=float("inf"),
            timing=folder / "timing.json",
            stop=stop,
        )
        stage(folder, execution)
