"""A lock that keeps a second copy of a run out: its state, its snapshots and its outputs have one writer."""

import errno
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from prunetransfer.errors import PruneTransferError

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""`in_progress` holds each lock for a moment."""


class RunLocked(PruneTransferError):
    """Another process is at this run."""

    exit_status = os.EX_TEMPFAIL


@contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Holds the lock file `path`, which says who does. Raises RunLocked where another process holds it.

    The kernel holds the lock (flock) for as long as the process lives, so that none is ever left behind, and on NFS
    keeps other nodes out too. A file system without locks (Lustre mounted without `flock`) gets a warning.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=PATIENCE_SECONDS, fallback_to_soft=False, on_acquired=_sign)
    try:
        lock.acquire()
    except Timeout:
        raise RunLocked(f"{path}: this run is in progress ({_holder(path)}) and left to that process") from None
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK):
            raise
        log.warning("%s: no locks on this file system (%s): never start a run twice at once", path, error.strerror)
        yield
        return
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: whoever waits for it sees that the file is gone, and makes one
        lock.release()


def _sign(descriptor: int) -> None:
    holder = {
        "host": socket.gethostname(),
        "process": os.getpid(),
        "SLURM job": os.environ.get("SLURM_JOB_ID"),
        "since": datetime.now().astimezone().isoformat(sep=" ", timespec="seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def in_progress(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yields (lock file, who holds it) for each lock below `folder` that a process holds."""
    for path in sorted(folder.rglob("*.lock")):
        lock = FileLock(path, blocking=False, fallback_to_soft=False)
        try:
            with lock:
                pass
        except Timeout:
            yield path, _holder(path)
        except OSError:  # no locks, or gone by now
            continue


def _holder(path: Path) -> str:
    """Who holds a lock, for people."""
    try:
        holder = json.loads(path.read_text())
    except (OSError, ValueError):
        return "by an unknown process"
    return ", ".join(f"{name} {value}" for name, value in holder.items() if value is not None)
