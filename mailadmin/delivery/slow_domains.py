"""Keeps mail to one slow domain from taking all connections of a provider.

A relay that looks at the recipient's server before it answers can take minutes for one domain and
milliseconds for all others. Such a domain is left one connection less than there are.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from mailadmin.delivery.batch import Batch

_REMEMBERED = 60.0  # seconds for which a domain that was slow is taken for slow


class SlowDomains:
    """What is under way, by the recipients' domain. `slow` is how many seconds are too many."""

    def __init__(self, slow: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._slow = slow
        self._clock = clock
        self._under_way: dict[int, tuple[float, Batch]] = {}  # by id(batch), the oldest first
        self._slow_until: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def begin(self, batch: Batch) -> None:
        """A connection takes `batch`."""
        self._under_way[id(batch)] = (self._clock(), batch)

    def end(self, batch: Batch) -> None:
        """It is done with it."""
        began, _ = self._under_way.pop(id(batch))
        now = self._clock()
        if now - began >= self._slow:
            self._slow_until.update(dict.fromkeys(batch.domains, now + _REMEMBERED))

    def crowding(self, connections: int) -> frozenset[str]:
        """The slow domains that have as many of the connections as they may."""
        now = self._clock()
        oldest = next(iter(self._under_way.values()), None)
        if oldest is None or (now - oldest[0] < self._slow and not self._slow_until):
            return frozenset()  # as nearly always
        slow = {domain for domain, until in self._slow_until.items() if until > now}
        for began, batch in self._under_way.values():
            if now - began >= self._slow:
                slow |= batch.domains
        if not slow:
            self._slow_until.clear()
        counts = Counter(
            domain for _, batch in self._under_way.values() for domain in batch.domains & slow
        )
        return frozenset(name for name, count in counts.items() if count >= max(connections - 1, 1))
