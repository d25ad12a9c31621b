"""Counts how often the same bug crashes, and says which crashes are worth reporting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_CALM = 5.0  # seconds without a crash of this bug; doubled with each report
_MOST = 500  # bugs counted at a time


class Repeats:
    """Counts crashes by their origin, for all threads.

    A crash is reported if it is the first of its origin, or if that origin was quiet for a while: a
    button that does not work is reported again when it is pressed again, but a bug in painting,
    which comes with every paint, is reported once.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._count: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._last: dict[str, float] = {}

    def note(self, origin: str) -> tuple[int, bool]:
        """Count a crash; return how many there were of `origin`, and whether to report this one."""
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
