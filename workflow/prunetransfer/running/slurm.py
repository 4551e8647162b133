"""SLURM jobs that a killed Snakemake left behind."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from prunetransfer.errors import PruneTransferError
from prunetransfer.storage.paths import ROOT

END_SECONDS = 300
"""How long cancelled jobs may take to end: they save their state, and SLURM's KillWait and epilogs take their time."""


class SlurmError(PruneTransferError):
    """SLURM doesn't do as it is told."""


class SlurmJob(NamedTuple):
    number: str
    state: str
    comment: str
    """The executor plugin's: rule and wildcards."""


def jobs_of(study: str, project: Path) -> list[SlurmJob]:
    """This user's SLURM jobs, waiting or running, that make results of a study in the project's folder.

    Other studies may run in the same folder: a job's script names the files that it waits for, its inputs. None are
    found where there is no SLURM, or where it doesn't answer.
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
    """Cancels jobs and waits until they have ended, their states saved. Raises SlurmError."""
    numbers = [job.number for job in jobs]
    subprocess.run(["scancel", *numbers], check=False)
    deadline = time.monotonic() + END_SECONDS
    while left := _output("squeue", "--me", "--noheader", "--format", "%A", "--jobs", ",".join(numbers)):
        if time.monotonic() > deadline:
            raise SlurmError(f"SLURM jobs {', '.join(left.split())} don't end: scancel them, and start again then")
        time.sleep(1)


def _output(*command: str) -> str | None:
    """A command's stdout; None where it fails, as squeue does for jobs that are long over."""
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None
