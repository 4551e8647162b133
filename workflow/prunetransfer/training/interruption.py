"""When a run must stop before its end: it was told to by a signal, or its time is nearly up."""

import os
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

    deadline: UNIX time at which the process will be killed, or None.
    """

    def __init__(self, deadline: float | None = None):
        self._deadline = deadline
        self._reserve = 0.0
        if deadline is not None:
            self._reserve = min(RESERVE_SECONDS, max(0.0, RESERVE_SHARE * (deadline - time.time())))
        self._signal: signal.Signals | None = None
        self._handlers = {}

    def reason(self, seconds: float) -> str | None:
        """Why to stop now, or None. seconds: what one more step and a save take."""
        if self._signal is not None:
            return f"told to stop by {self._signal.name}"
        if self._deadline is not None and time.time() + seconds + self._reserve >= self._deadline:
            return f"{max(0.0, self._deadline - time.time()):.0f} s are left of the time limit"
        return None

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
