"""When a run must stop before its end: it was told to by a signal, its time is nearly up, or nobody waits for it."""

import os
import select
import signal
import time
from types import FrameType, TracebackType

from prunetransfer.errors import PruneTransferError

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
"""What schedulers send before they kill, and Ctrl-C."""
RESERVE_SECONDS = 120.0
RESERVE_SHARE = 0.1
"""Kept free before the deadline, the smaller of both (the share is of what's left at the start), besides the time of a
step and a save: the first save's time isn't known, and a file system that many jobs save to at once slows down."""


class Interrupted(PruneTransferError):
    """The run stopped before its end. The same command goes on where it stopped."""

    exit_status = os.EX_TEMPFAIL


class Interruption:
    """Asks whether to stop, between two steps. As a context, it takes note of signals instead of dying of them.

    deadline: UNIX time at which the process will be killed, or None. scheduler: id of the process that waits for this one;
    where it dies, its successor may want to start this run at any moment. None, or a process that can't be seen from here
    (or an operating system without pidfd): it isn't looked for.
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
        """Why to stop now, or None. seconds: what one more step and a save take."""
        if self._signal is not None:
            return f"told to stop by {self._signal.name}"
        if self.is_orphaned:
            return "the process that started this job is gone"
        if self._deadline is not None and time.time() + seconds + self._reserve >= self._deadline:
            return f"{max(0.0, self._deadline - time.time()):.0f} s are left of the time limit"
        return None

    @property
    def was_signalled(self) -> bool:
        """Whether the process was asked to stop."""
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
    """A file that can be read as soon as the process ends; unlike its id it never comes to mean another one."""
    try:
        return os.pidfd_open(process)
    except (OSError, AttributeError):
        return None
