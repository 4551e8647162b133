"""A study in which a checkpoint is being trained when a fault occurs."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest
from project import Project

PATIENCE = 600
"""Seconds to wait for something that should happen."""


class TrainingProject(Project):
    """A finished tiny study, in which one checkpoint can be trained again for any number of steps."""

    CHECKPOINT = "results/miniature/pretrained/magnitude/50/manifest.json"
    STATE = "results/miniature/.state/pretrained/magnitude/50.safetensors"

    def train_for(self, steps: int) -> None:
        self.configure(lambda content: content["pretraining"]["prune"].update(steps=steps))
        self.training_log.unlink(missing_ok=True)
        (self.folder / self.CHECKPOINT).unlink(missing_ok=True)

    @property
    def training_log(self) -> Path:
        """The log of the checkpoint's last attempt."""
        return self.folder / "results/miniature/logs/pretrained/magnitude/50.log"

    def training(self) -> bool:
        """Whether the training has begun its steps."""
        return self.training_log.exists() and re.search(r"step \d+ of", self.training_log.read_text()) is not None

    def weights(self) -> bytes:
        return (self.folder / self.CHECKPOINT).with_name("checkpoint.safetensors").read_bytes()


@pytest.fixture(scope="session")
def wait_until() -> Callable:
    """Waits until a condition is true, and returns its value. Fails after `PATIENCE`, or if the process ends first."""

    def wait(condition: Callable, process: Popen | None = None):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := condition():
                return found
            assert process is None or process.poll() is None, process.communicate()[0] or "the process has ended"
            time.sleep(0.05)
        raise AssertionError(f"didn't happen within {PATIENCE} s")

    return wait
