"""Which GPU a job trains on: Snakemake counts GPUs, but doesn't say which is free.

A slot is a lock file of a device, locked by the job's process (flock): it is free again as soon as the process is gone,
however it ended. A job takes the lowest free slot of all devices, so that jobs spread evenly; how many share a GPU is
decided by how many run at once.
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
    """A job wants more GPUs than there are."""


@contextmanager
def gpus_of_its_own(wanted: int, folder: Path | None = None) -> Iterator[None]:
    """Holds a slot on each of `wanted` different GPUs, and has CUDA_VISIBLE_DEVICES name these, for this process and those
    that it starts. Enter it before CUDA is initialised. Without a GPU there is none to be had, and nothing is done.

    folder: of the lock files, one for all of a user's jobs on this machine. Raises TooFewGpus.
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
    """Locks of so many devices' lowest free slots."""
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
    """The devices that this process may use, as CUDA_VISIBLE_DEVICES names them; without it, all of the machine's."""
    if VISIBLE in os.environ:
        return [device.strip() for device in os.environ[VISIBLE].split(",") if device.strip() not in ("", "-1")]
    try:
        listed = subprocess.run(
            ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return []
    return listed.stdout.split()
