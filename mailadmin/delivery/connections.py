"""The connections to one provider: how many there may be now, opening and closing them."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from mailadmin.credentials import Secret
from mailadmin.domain.provider import Provider
from mailadmin.drivers.driver import Driver
from mailadmin.drivers.session import Session

_CROWDED = 60.0  # seconds for which a server that refused one more connection is not asked again
_CAUTIOUS = 3600.0  # seconds for which a session that wanted caution is remembered


class Connections:
    """Until one was opened successfully only one is tried at a time: a wrong password costs one
    failed sign-in. Then their number doubles with each success, so that mail restarts gently.
    """

    def __init__(self, driver: Driver[Any]) -> None:
        self._driver = driver
        self._allowed = 1
        self._proven = False
        self._share = 1.0
        self._borne = 0  # connections the server bears, while `_crowded_until` lasts
        self._crowded_until = 0.0  # time.monotonic()
        self._open = 0
        self._cautious_until = 0.0  # time.monotonic()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def proven(self) -> bool:
        """Whether the provider did its part since it failed last."""
        return self._proven

    def most(self, provider: Provider) -> int:
        """How many there may be now, one at least."""
        share = math.ceil(provider.max_connections * self._share)
        most = min(self._allowed, max(share, 1))
        if time.monotonic() < self._crowded_until:
            most = min(most, max(self._borne, 1))
        return most

    def give_share(self, share: float) -> None:
        """Leave the provider this part of its connections beside its equals, 1.0 for all."""
        self._share = share

    def works(self, provider: Provider) -> None:
        """The provider did its part: more may be opened."""
        self._proven = True
        self._allowed = min(provider.max_connections, self._allowed * 2)

    def fails(self) -> None:
        """None can be had: one at a time from now on."""
        self._proven = False
        self._allowed = 1

    def note_crowd(self) -> bool:
        """Note that the server refused one more; False if it has none of ours."""
        if not self._open:
            return False
        self._borne = self._open
        self._crowded_until = time.monotonic() + _CROWDED
        return True

    async def open(self, provider: Provider, secret: Secret | None) -> Session:
        """Open one; raises `DriverFailure`."""
        cautious = time.monotonic() < self._cautious_until
        session: Session = await self._driver.open(provider.settings, secret, cautious=cautious)
        self._open += 1
        return session

    def discard(self, session: Session) -> None:
        """Close one without anybody waiting for the server's goodbye."""
        self._open -= 1
        if session.wants_caution:
            self._cautious_until = time.monotonic() + _CAUTIOUS
        task = asyncio.ensure_future(session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def finish(self, goodbye: float) -> None:
        """Wait at most `goodbye` seconds until those that were discarded are closed."""
        if not self._closing:
            return
        _, slow = await asyncio.wait(self._closing, timeout=goodbye)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
