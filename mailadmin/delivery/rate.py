"""How many messages were accepted during the last minute."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class RateMeter:
    """Counts events of the last `window` seconds on a clock that nobody can set."""

    def __init__(self, window: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._clock = clock
        self._moments: deque[float] = deque()

    def tick(self) -> None:
        """Count one event now."""
        self._moments.append(self._clock())

    def count(self) -> int:
        """Events during the window that ends now."""
        limit = self._clock() - self._window
        while self._moments and self._moments[0] < limit:
            self._moments.popleft()
        return len(self._moments)
