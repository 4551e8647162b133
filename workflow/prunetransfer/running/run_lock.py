"""A lock that prevents a second execution of a run, so that only one process writes its state, snapshots and outputs."""

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
"""How long to wait for a lock. The wait is needed because `in_progress` holds each lock for a moment."""


class RunLocked(PruneTransferError):
    """Another process is executing this run."""

    exit_status = os.EX_TEMPFAIL


@contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Holds the lock file `path`, and writes into it who holds it. Raises RunLocked if another process holds it.

    The lock is an flock: the kernel frees it when the process ends, so a killed process leaves no lock. On NFS it also works
    between nodes. On a file system without locks (Lustre mounted without `flock`), a warning is logged and nothing is locked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=PATIENCE_SECONDS, fallback_to_soft=False, on_acquired=_sign)
    try:
        lock.acquire()
    except Timeout:
        raise RunLocked(f"{path}: this run is in progress already ({_holder(path)})") from None
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK):
            raise
        log.warning("%s: no locks on this file system (%s): never start a run twice at once", path, error.strerror)
        yield
        return
    try:
        yield
    finally:
        path.unlink(
            missing_ok=True
        )  # before the release: a process that waits for the lock notices, and makes a new file
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
    """Yields (lock file, words that say who holds it) for each lock below `folder` that a process holds."""
    for path in sorted(folder.rglob("*.lock")):
        lock = FileLock(path, blocking=False, fallback_to_soft=False)
        try:
            with lock:
                pass
        except Timeout:
            yield path, _holder(path)
        except OSError:  # the file system has no locks, or the file has been deleted in the meantime
            continue


def _holder(path: Path) -> str:
    """Returns words that say who holds a lock."""
    try:
        holder = json.loads(path.read_text())
    except (OSError, ValueError):
        return "by an unknown process"
    return ", ".join(f"{name} {value}" for name, value in holder.items() if value is not None)
