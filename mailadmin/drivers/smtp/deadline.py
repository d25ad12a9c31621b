"""One timer for all the deadlines of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Deadline:
    """At most one deadline at a time; `expired` is called when it passes.

    A message has three deadlines, almost none of which passes. So the loop's timer is left alone
    when a deadline is met or a later one is set; when it rings too early it is set again for what
    is left. It is moved only for a deadline before the one it was set for.
    """

    __slots__ = ("_at", "_expired", "_loop", "_rings_at", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[], None]) -> None:
        self._loop = loop
        self._expired = expired
        self._at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0

    def start(self, seconds: float) -> None:
        """From now on `seconds`, in place of the deadline there was."""
        self._at = at = self._loop.time() + seconds
        if self._timer is None:
            self._set_timer(at)
        elif at < self._rings_at:
            self._timer.cancel()
            self._set_timer(at)

    def stop(self) -> None:
        """What was waited for has come."""
        self._at = None

    def close(self) -> None:
        """Nothing will be waited for any more."""
        self._at = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, at: float) -> None:
        self._rings_at = at
        self._timer = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._at is None:
            return
        if self._rings_at < self._at:  # it was set for an earlier deadline, which was met
            self._set_timer(self._at)
        else:
            self._at = None
            self._expired()
