"""One execution of a training, as its command line describes it."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from prunetransfer.config.base import Settings
from prunetransfer.errors import PruneTransferError
from prunetransfer.storage.files import sha256, write_json

from .distributed import ALONE, Processes
from .interruption import Interruption
from .progress import Progress
from .run_lock import run_lock
from .state import TrainingState


@dataclass(frozen=True)
class Execution:
    """One execution of a training: how it runs, but nothing that decides its numbers.

    name: the run's name in progress bars and error messages.
    code_version: the digest of the code that the training depends on.
    threads: the number of CPU threads.
    state_file: the file in which the state for resuming is saved every `save_interval` seconds.
    timing: the JSON file for measured times.
    tensorboard: the folder for TensorBoard events, or None for no events.
    interruption: decides when to save and stop before the end.
    processes: the processes that train together.
    compiled: whether the encoder's layers are compiled first (pre-training on a GPU).
    stop: as in `training.loop.Loop`. Benchmarks end a training with it.
    """

    name: str
    code_version: str
    threads: int
    state_file: Path
    save_interval: float
    timing: Path
    tensorboard: Path | None = None
    interruption: Interruption = field(default_factory=Interruption)
    processes: Processes = ALONE
    compiled: bool = False
    stop: Callable[[int, TrainingState], bool] | None = None

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keeps other processes from executing the same run, and lets signals stop it only between two steps.

        If several processes train together, the first one holds the lock and decides when to stop. Every PruneTransferError
        raised inside gets the run's name in front of its message. Raises RunLocked if another process executes the run.
        """
        lock = run_lock(self.state_file.with_suffix(".lock")) if self.processes.is_first else nullcontext()
        with lock, self.interruption:
            try:
                yield
            except PruneTransferError as error:
                error.args = (f"{self.name}: {error}",)
                raise

    def state(self, settings: Settings, *inputs: Path) -> TrainingState:
        """Returns the run's state. It is identified by the code version, `settings`, and the input manifests' content.

        inputs: paths of the manifests.
        """
        parts = [self.code_version, settings.model_dump(mode="json"), *(sha256(path) for path in inputs)]
        identity = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        if not self.processes.is_first:
            return TrainingState(self.state_file, identity, math.inf)
        return TrainingState(self.state_file, identity, self.save_interval, interruption=self.interruption)

    @property
    def snapshot_folder(self) -> Path:
        """The folder beside the state in which the run's snapshots stay until the run is done."""
        return self.state_file.with_suffix(".snapshots")

    def progress(self, steps: int) -> Progress:
        """Returns the progress reports of a training of `steps` steps."""
        return Progress(self.name, steps, self.tensorboard, silent=not self.processes.is_first)

    def finish(self, state: TrainingState, times: dict[str, float]) -> None:
        """Writes the times (seconds, or units per second, by name) and removes the state. Call it when all outputs exist.

        The state is kept if the scheduler has ended or has sent a signal. Then the outputs may not be recorded as complete, so
        the next Snakemake may delete them, and the run must be able to resume.
        """
        write_json(self.timing, times)
        if not (self.interruption.is_orphaned or self.interruption.was_signalled):
            state.remove()
