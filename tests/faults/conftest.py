"""A study that trains for as long as a fault needs to strike."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from project import Project

PATIENCE = 600
"""Seconds after which something that should happen is said not to."""


class TrainingProject(Project):
    """A finished tiny study in which one checkpoint is to be trained, for so many steps, in a process of its own."""

    CHECKPOINT = "results/miniature/pretrained/magnitude/50/manifest.json"
    STATE = "results/miniature/.state/pretrained/magnitude/50.safetensors"
    LOG = "results/miniature/logs/pretrained/magnitude/50.log"

    def train_for(self, steps: int) -> None:
        self.configure(lambda content: content["pretraining"]["prune"].update(steps=steps))
        for file in (self.CHECKPOINT, self.LOG):
            (self.folder / file).unlink(missing_ok=True)

    def snakemake(self, *arguments: str, target: str = CHECKPOINT) -> subprocess.Popen:
        """Starts training the checkpoint."""
        command = ["snakemake", "--cores", "2", *arguments, "--", target]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that a test can signal all of its processes, as a terminal does
        )

    def training(self) -> bool:
        """Whether the training has come to its steps."""
        log = self.folder / self.LOG
        return log.exists() and "step 1 of" in log.read_text()

    @property
    def lock(self) -> Path:
        return (self.folder / self.STATE).with_suffix(".lock")

    def weights(self) -> bytes:
        return (self.folder / self.CHECKPOINT).with_name("checkpoint.safetensors").read_bytes()


@pytest.fixture(scope="module")
def training_project(finished_project, tmp_path_factory) -> TrainingProject:
    folder = tmp_path_factory.mktemp("training") / "project"
    shutil.copytree(finished_project.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("run"))
    project = TrainingProject(folder)
    project.environment["XDG_RUNTIME_DIR"] = finished_project.environment["XDG_RUNTIME_DIR"]  # sockets want short paths
    return project


@pytest.fixture
def wait_until() -> Callable:
    def wait(condition, process=None):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := condition():
                return found
            assert process is None or process.poll() is None, process.communicate()[0]
            time.sleep(0.05)
        raise AssertionError(f"didn't happen within {PATIENCE} s")

    return wait
