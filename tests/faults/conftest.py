"""A study on a workstation, whose training takes long enough for a test to cause a fault."""

import shutil
import subprocess
from pathlib import Path

import pytest
from training_project import TrainingProject


class WorkstationProject(TrainingProject):
    """A project whose checkpoint is trained by a separate Snakemake process."""

    def snakemake(self, *arguments: str, target: str = TrainingProject.CHECKPOINT) -> subprocess.Popen:
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

    @property
    def lock(self) -> Path:
        return (self.folder / self.STATE).with_suffix(".lock")


@pytest.fixture(scope="module")
def training_project(finished_project, tmp_path_factory) -> WorkstationProject:
    folder = tmp_path_factory.mktemp("training") / "project"
    shutil.copytree(finished_project.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("run"))
    project = WorkstationProject(folder)
    project.environment["XDG_RUNTIME_DIR"] = finished_project.environment["XDG_RUNTIME_DIR"]  # sockets want short paths
    return project
