"""What is on its way to servers now, and how much was accepted during the last minute."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_WINDOW = 60.0  # seconds


class Traffic:
    """Counts for one sender, on a clock that nobody can set."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._in_flight = 0
        self._accepted: deque[float] = deque()  # moments of the last minute, the oldest first

    @property
    def in_flight(self) -> int:
        """Messages in transmission."""
        return self._in_flight

    @property
    def per_minute(self) -> int:
        """Recipients accepted during the 60 seconds that end now."""
        limit = self._clock() - _WINDOW
        while self._accepted and self._accepted[0] < limit:
            self._accepted.popleft()
        return len(self._accepted)

    def begin(self) -> None:
        """A connection takes a message."""
        self._in_flight += 1

    def end(self) -> None:
        """A connection is done with one."""
        self._in_flight -= 1

    def accepted(self) -> None:
        """A recipient was accepted."""
        self._accepted.append(self._clock())
