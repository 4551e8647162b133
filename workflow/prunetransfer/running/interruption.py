"""Decides when a run must stop early: after a signal, before its time limit, or when its scheduler has died."""

import os
import select
import signal
import time
from types import FrameType, TracebackType

from prunetransfer.errors import PruneTransferError

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
"""The signals that schedulers send before they kill a job, and the signal of Ctrl-C."""
RESERVE_SECONDS = 120.0
RESERVE_SHARE = 0.1
"""Besides the time of a step and a save, a reserve is kept before the deadline. It is the smaller of `RESERVE_SECONDS` and
`RESERVE_SHARE` times the time left at the start. It is needed because the time of the first save is unknown, and because a
file system becomes slow when many jobs save at once."""


class Interrupted(PruneTransferError):
    """The run stopped before its end. The same command continues where it stopped."""

    exit_status = os.EX_TEMPFAIL


class Interruption:
    """Says between two steps whether to stop. Inside its context, signals are recorded and don't end the process.

    deadline: UNIX time at which the process will be killed, or None.
    scheduler: id of the process that waits for this one, or None. When it ends, the run stops, because the next Snakemake may
        start the same run at any moment. It is ignored if it is invisible to this process (in a container, for example), or
        if the operating system has no pidfd.
    """

    def __init__(self, deadline: float | None = None, scheduler: int | None = None):
        self._deadline = deadline
        self._scheduler = _descriptor(scheduler) if scheduler is not None else None
        self._reserve = 0.0
        if deadline is not None:
            self._reserve = min(RESERVE_SECONDS, max(0.0, RESERVE_SHARE * (deadline - time.time())))
        self._signal: signal.Signals | None = None
        self._handlers = {}

    def reason(self, seconds: float) -> str | None:
        """Returns the reason to stop now, or None. seconds: the time that one more step and a save take."""
        if self._signal is not None:
            return f"told to stop by {self._signal.name}"
        if self.is_orphaned:
            return "the process that started this job is gone"
        if self._deadline is not None and time.time() + seconds + self._reserve >= self._deadline:
            return f"{max(0.0, self._deadline - time.time()):.0f} s are left of the time limit"
        return None

    @property
    def was_signalled(self) -> bool:
        """Whether a signal has asked the process to stop."""
        return self._signal is not None

    @property
    def is_orphaned(self) -> bool:
        """Whether the scheduler has died."""
        return self._scheduler is not None and bool(select.select([self._scheduler], [], [], 0)[0])

    def __enter__(self) -> "Interruption":
        self._handlers = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signal = signal.Signals(number)


def _descriptor(process: int) -> int | None:
    """Returns a pidfd, which becomes readable when the process ends; None if there is no such process, or no pidfd.

    Unlike a process id, a pidfd never refers to another process later.
    """
    try:
        return os.pidfd_open(process)
    except (OSError, AttributeError):
        return None
