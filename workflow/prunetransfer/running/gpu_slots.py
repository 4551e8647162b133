"""Chooses the GPU on which a job trains. Snakemake counts GPUs, but doesn't say which one is free.

Each device has numbered slots. A slot is a lock file, which the job's process locks with flock. So the kernel frees the slot
when the process ends, even if it is killed. A job takes the lowest free slot of all devices, so jobs are spread evenly. The
number of jobs per GPU depends only on the number of jobs that run at once.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from prunetransfer.errors import PruneTransferError

VISIBLE = "CUDA_VISIBLE_DEVICES"


class TooFewGpus(PruneTransferError):
    """A job asks for more GPUs than this process may use."""


@contextmanager
def gpus_of_its_own(wanted: int, folder: Path | None = None) -> Iterator[None]:
    """Holds a slot on each of `wanted` different GPUs, and names these GPUs in CUDA_VISIBLE_DEVICES, for this process and
    the processes that it starts. Enter it before CUDA is initialised. On a machine without a GPU it does nothing.

    folder: the folder of the lock files. It must be the same for all of a user's jobs on this machine. Raises TooFewGpus if
    this process may use fewer GPUs.
    """
    devices = visible_gpus()
    if not devices:
        yield
        return
    if wanted > len(devices):
        raise TooFewGpus(f"{wanted} GPUs are asked for, allowed are at most {len(devices)}: {', '.join(devices)}")
    folder = folder or Path(tempfile.gettempdir()) / f"prunetransfer-{os.getuid()}" / "gpus"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    slots = _take(wanted, devices, folder)
    os.environ[VISIBLE] = ",".join(device for device in devices if device in slots)
    try:
        yield
    finally:
        os.environ[VISIBLE] = ",".join(devices)
        for lock in slots.values():
            lock.release()


def _take(wanted: int, devices: list[str], folder: Path) -> dict[str, FileLock]:
    """Locks the lowest free slots of `wanted` different devices. Returns the locks by device."""
    slots: dict[str, FileLock] = {}
    for number in count():
        for device in devices:
            lock = FileLock(
                folder / f"{device.replace('/', '-')}-{number}.lock", blocking=False, fallback_to_soft=False
            )
            if len(slots) < wanted and device not in slots:
                with suppress(Timeout):
                    lock.acquire()
                    slots[device] = lock
        if len(slots) == wanted:
            return slots


def visible_gpus() -> list[str]:
    """Returns the GPUs that this process may use: those in CUDA_VISIBLE_DEVICES, or all if the variable isn't set."""
    if VISIBLE in os.environ:
        return [device.strip() for device in os.environ[VISIBLE].split(",") if device.strip() not in ("", "-1")]
    try:
        listed = subprocess.run(
            ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return []
    return listed.stdout.split()
