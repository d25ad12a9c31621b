"""Which of many crashes by the same bug are worth telling."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_CALM = 5.0  # seconds; twice as many each time it was told
_MOST = 500  # bugs to be kept apart


class Repeats:
    """Counts crashes by their origin. For all threads.

    One is told if it is the first, or if it did not come for a while: a button that does not work
    says so again when it is pressed again, but a bug in painting, which comes with every paint,
    says so once.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._count: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._last: dict[str, float] = {}

    def note(self, origin: str) -> tuple[int, bool]:
        """Count a crash; gives how often it happened by now, and whether to tell it."""
        with self._lock:
            now = self._clock()
            if origin not in self._count and len(self._count) >= _MOST:
                return 1, False
            count = self._count.get(origin, 0) + 1
            told = self._told.get(origin, 0)
            tell = not told or now - self._last[origin] >= _CALM * 2 ** (told - 1)
            self._count[origin], self._last[origin] = count, now
            if tell:
                self._told[origin] = told + 1
            return count, tell
