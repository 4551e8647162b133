"""Reports on a run while it trains: a bar on a terminal or lines in a log, and TensorBoard events."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from .state import TrainingState

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 15.0
EVENTS = 100
"""The approximate number of points of a TensorBoard curve."""


class Progress:
    """Reports on a run of `steps` steps.

    name: the run's name in the progress bar.
    folder: the folder for TensorBoard events, or None for no events.
    silent: whether to report nothing at all.
    """

    def __init__(self, name: str, steps: int, folder: Path | None, silent: bool = False):
        self._steps = steps
        self._silent = silent
        self._every = max(1, steps // EVENTS)
        self._bar = tqdm(total=steps, desc=name, unit="step") if sys.stderr.isatty() and not silent else None
        self._writer = None
        if folder is not None and not silent:
            from torch.utils.tensorboard import SummaryWriter

            with self._events():
                self._writer = SummaryWriter(str(folder))
        self._last_line = -SECONDS_BETWEEN_LINES

    def is_due(self, step: int) -> bool:
        """Whether to call `report` after this step. Steps count from 0."""
        return not self._silent and (step % self._every == 0 or step == self._steps - 1)

    def report(self, step: int, losses: dict[str, float], rate: float, sparsity: float, state: TrainingState) -> None:
        """Reports a step. losses: the parts of the loss by name. rate: the learning rate. sparsity: a fraction."""
        per_second = state.tokens / max(state.elapsed, 1e-9)
        if self._writer is not None:
            numbers = {f"loss/{name}": value for name, value in losses.items()}
            numbers |= {"learning_rate": rate, "sparsity": sparsity, "tokens_per_second": per_second}
            with self._events():
                for name, value in numbers.items():
                    self._writer.add_scalar(name, value, step)
        parts = " ".join(f"{name} {value:.4f}" for name, value in losses.items())
        line = f"{parts}, learning rate {rate:.2e}, sparsity {100 * sparsity:.1f} %, {per_second:,.0f} tokens/s"
        if self._bar is not None:
            self._bar.update(step + 1 - self._bar.n)
            self._bar.set_postfix_str(line)
        elif time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES or step == self._steps - 1:
            self._last_line = time.monotonic()
            log.info("step %d of %d: %s", step + 1, self._steps, line)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        if self._writer is not None:
            with self._events():
                self._writer.close()

    @contextmanager
    def _events(self) -> Iterator[None]:
        """Catches the error of a full disk. Then no more events are written, but the training goes on."""
        try:
            yield
        except OSError as error:
            log.warning("no TensorBoard events from here on: %s", error)
            self._writer = None
