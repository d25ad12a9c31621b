"""SIGTERM and Ctrl-C as a request to end in order, and a second one as an order to end now."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_HURRY = 0.7  # seconds that are left after the second signal; the rest of the second is for the end


class StopRequests:
    """Counts the signals that ask to stop."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._count = 0
        self._ends_at: float | None = None  # time.monotonic()

    @property
    def stopping(self) -> bool:
        """Whether a signal came."""
        return self._count > 0

    @property
    def overdue(self) -> bool:
        """Whether a second signal came and the time it leaves is over."""
        return self._ends_at is not None and time.monotonic() >= self._ends_at

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """Count a signal, and ask to stop. The second one sets the time when the run has to end."""
        self._count += 1
        if self._count > 1 and self._ends_at is None:
            self._ends_at = time.monotonic() + _HURRY
        self._stop()


@contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Iterator[StopRequests]:
    """Call `stop` at each SIGTERM and SIGINT, in the main thread, while the block runs."""
    requests = StopRequests(stop)
    if threading.current_thread() is not threading.main_thread():
        yield requests  # signals are the business of whoever runs the main thread
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, requests.note) for number in numbers}
    try:
        yield requests
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
