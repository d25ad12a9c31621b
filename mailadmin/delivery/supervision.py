"""What has to be done from time to time: leases, dead senders, the clock, old deletions."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from mailadmin.delivery import steady_clock
from mailadmin.delivery.dispatcher import Dispatcher
from mailadmin.delivery.disposition import uncertain
from mailadmin.delivery.network import has_network
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.owner import is_gone
from mailadmin.domain.claim import Disposition
from mailadmin.store import Store

_log = logging.getLogger(__name__)

_INTERRUPTED = "Sending was interrupted."
_CLOCK_WAS_SET = 30.0  # seconds by which a clock must jump to be set rather than corrected
_NETWORK_ASKED_EVERY = 2.0  # seconds
_AVOIDED_TOO_LONG = 10.0  # seconds until mail that nobody takes may go to any provider again


class Upkeep:
    """Each step raises `StorageError` if the database does; what was not done comes next time."""

    def __init__(
        self,
        store: Store,
        owner: str,
        dispatcher: Dispatcher,
        options: Callable[[], DeliveryOptions],
    ) -> None:
        self._store = store
        self._owner = owner
        self._dispatcher = dispatcher
        self._options = options
        self._renewed = self._recovered = self._asked = time.monotonic()
        self._network_asked = 0.0  # time.monotonic()
        self._without_network = False
        self._offset: float | None = None

    def begin(self) -> None:
        """Before the first claim."""
        self.mind_the_clock()
        self._recover()

    def step(self) -> None:
        """Once in a while; does what is due."""
        options = self._options()
        now = time.monotonic()
        self.mind_the_clock()
        self._mind_the_network(now)
        if self._dispatcher.busy and now - self._renewed >= options.lease / 3:
            self._store.claims.renew(self._owner, options.lease)
            self._renewed = now
        if now - self._recovered >= options.recover_every:
            self._recover()
            self._store.claims.forget_avoided(_AVOIDED_TOO_LONG)
            self._recovered = now
        if now - self._asked >= options.ask_again:
            # Another program may have stored it, or the user unlocked the keyring elsewhere.
            self._asked = now
            self._dispatcher.forget_passwords(missing_only=True)

    def _mind_the_network(self, now: float) -> None:
        """Without any network nothing is tried; when it is back, soon."""
        offline = [lane for lane in self._dispatcher.lanes if lane.offline_since is not None]
        if not offline or now - self._network_asked < _NETWORK_ASKED_EVERY:
            return
        self._network_asked = now
        there = has_network()
        for lane in offline:
            if not there:
                lane.go_offline(self._options().offline_rest)
            elif self._without_network:
                lane.probe_now()
        self._without_network = not there

    def _recover(self) -> None:
        def settle(unknown_before: int, now: datetime) -> Disposition:
            never = self._options().never_duplicate
            return uncertain(unknown_before, now, _INTERRUPTED, never=never)

        self._store.claims.recover(lambda owner: is_gone(owner, self._owner), settle)

    def mind_the_clock(self) -> None:
        """A clock that was set must neither make all mail due at once nor expire it.

        Cheap where it was not set: asked before each claim, for until then all would seem due.
        """
        offset = steady_clock.offset()
        if self._offset is not None and abs(offset - self._offset) < _CLOCK_WAS_SET:
            return
        shifted = self._store.clock.settle(steady_clock.boot_id(), offset, _CLOCK_WAS_SET)
        self._offset = offset
        if shifted:
            _log.warning("The clock was set by %+.0f s: waiting mail keeps its waits.", shifted)
