"""A run as its command line describes it: its name, its threads, where its state, times and events go."""

import hashlib
import json
import math
from collections.abc import Iterator
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
    """One execution of a training stage.

    name: for progress bars. code_version: the digest of the stage's code. threads: of the CPU. state_file: where to save
    for resuming, every `save_interval` seconds. timing: the file for measured times. tensorboard: the folder for events.
    interruption: when to stop before the end. processes: that train together. compiled: whether layers are
    compiled first (pre-training on a GPU).
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

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keeps other processes out of the run, and lets signals stop it between two steps. Raises RunLocked.

        Of several that train together the first one holds the lock, and decides when to stop. What a user can mend gets the
        run's name in front.
        """
        lock = run_lock(self.state_file.with_suffix(".lock")) if self.processes.is_first else nullcontext()
        with lock, self.interruption:
            try:
                yield
            except PruneTransferError as error:
                error.args = (f"{self.name}: {error}",)
                raise

    def state(self, settings: Settings, *inputs: Path) -> TrainingState:
        """The run's state, identified by the stage's code, its settings and its input manifests."""
        parts = [self.code_version, settings.model_dump(mode="json"), *(sha256(path) for path in inputs)]
        identity = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        if not self.processes.is_first:
            return TrainingState(self.state_file, identity, math.inf)
        return TrainingState(self.state_file, identity, self.save_interval, interruption=self.interruption)

    @property
    def snapshot_folder(self) -> Path:
        """Where the run's snapshots stay until it is done, beside its state."""
        return self.state_file.with_suffix(".snapshots")

    def progress(self, steps: int) -> Progress:
        return Progress(self.name, steps, self.tensorboard, silent=not self.processes.is_first)

    def finish(self, state: TrainingState, times: dict[str, float]) -> None:
        """Call when all outputs are there: writes the times and removes the state.

        Without a scheduler that takes them for finished they will be deleted, and where a signal has come they may be: then
        the state stays, to go on from.
        """
        write_json(self.timing, times)
        if not (self.interruption.is_orphaned or self.interruption.was_signalled):
            state.remove()
