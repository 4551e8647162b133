"""Finds and cancels SLURM jobs that a killed Snakemake left behind."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from prunetransfer.errors import PruneTransferError
from prunetransfer.storage.paths import ROOT

END_SECONDS = 300
"""How long to wait until cancelled jobs have ended. They save their state first, and SLURM's KillWait and epilogs take time."""


class SlurmError(PruneTransferError):
    """SLURM did not do what the command asked for. The message says which jobs are concerned."""


class SlurmJob(NamedTuple):
    number: str
    state: str
    comment: str
    """The job's rule and wildcards, in the format of Snakemake's executor plugin."""


def jobs_of(study: str, project: Path) -> list[SlurmJob]:
    """Returns this user's waiting and running SLURM jobs that make results of a study in the project's folder.

    Other studies may run in the same folder. A job belongs to this study if its script names files of the study. The list is
    empty if there is no SLURM, or if SLURM doesn't answer.
    """
    if shutil.which("squeue") is None:
        return []
    listed = _output("squeue", "--me", "--noheader", "--format", "%A|%T|%Z|%k") or ""
    found = []
    for number, state, folder, comment in (line.split("|", 3) for line in listed.splitlines()):
        if Path(folder) == project.absolute():
            script = _output("scontrol", "write", "batch_script", number, "-") or ""
            if f"{ROOT.format(study=study)}/" in script:
                found.append(SlurmJob(number, state, comment))
    return found


def cancel(jobs: Sequence[SlurmJob]) -> None:
    """Cancels jobs, and waits until they have saved their states and ended. Raises SlurmError if they don't end in time."""
    numbers = [job.number for job in jobs]
    subprocess.run(["scancel", *numbers], check=False)
    deadline = time.monotonic() + END_SECONDS
    while left := _output("squeue", "--me", "--noheader", "--format", "%A", "--jobs", ",".join(numbers)):
        if time.monotonic() > deadline:
            raise SlurmError(
                f"SLURM jobs {', '.join(left.split())} don't end: cancel them with scancel, then start again"
            )
        time.sleep(1)


def _output(*command: str) -> str | None:
    """Returns a command's stdout, or None if the command fails, as squeue does for jobs that ended long ago."""
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None
