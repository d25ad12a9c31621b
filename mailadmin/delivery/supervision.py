"""What has to be looked after while mail is sent: leases, dead senders, the network, passwords."""

from __future__ import annotations

import math
import time
from datetime import datetime

from mailadmin.delivery.context import DeliveryContext
from mailadmin.delivery.dispatcher import Dispatcher
from mailadmin.delivery.disposition import uncertain
from mailadmin.delivery.network import has_network
from mailadmin.delivery.owner import is_gone
from mailadmin.domain.claim import Disposition

_INTERRUPTED = "Sending was interrupted."
_NETWORK_ASKED_EVERY = 2.0  # seconds
_AVOIDED_TOO_LONG = 10.0  # seconds until mail that nobody takes may go to any provider again


class Supervision:
    """Each step raises `StorageError` if the database does; what was not done comes next time."""

    def __init__(self, context: DeliveryContext, dispatcher: Dispatcher) -> None:
        self._context = context
        self._dispatcher = dispatcher
        self._renewed = self._recovered = self._asked = time.monotonic()
        self._network_asked = -math.inf  # time.monotonic()
        self._without_network = False

    def begin(self) -> None:
        """Before the first claim."""
        self._context.clock.look()
        self._recover()

    def step(self) -> None:
        """Once in a while; does what is due."""
        context, options = self._context, self._context.options
        claims = context.store.claims
        now = time.monotonic()
        context.clock.look()
        self._look_at_the_network(now)
        if self._dispatcher.busy and now - self._renewed >= options.lease / 3:
            claims.renew(context.owner, options.lease)
            self._renewed = now
        if now - self._recovered >= options.recover_every:
            self._recover()
            claims.forget_avoided(_AVOIDED_TOO_LONG)
            self._recovered = now
        if now - self._asked >= options.ask_again:
            # Another program may have stored it, or the user unlocked the keyring elsewhere.
            self._asked = now
            self._dispatcher.forget_passwords(missing_only=True)

    def _look_at_the_network(self, now: float) -> None:
        """Without any network nothing is tried; when it is back, soon."""
        providers = [queue.availability for queue in self._dispatcher.queues]
        offline = [provider for provider in providers if provider.offline]
        if not offline or now - self._network_asked < _NETWORK_ASKED_EVERY:
            return
        self._network_asked = now
        there = has_network()
        for provider in offline:
            if not there:
                provider.network_is_gone()
            elif self._without_network:
                provider.network_is_back()
        self._without_network = not there

    def _recover(self) -> None:
        owner = self._context.owner
        never = self._context.options.never_duplicate

        def dispose(unknown_before: int, now: datetime) -> Disposition:
            return uncertain(unknown_before, now, _INTERRUPTED, never=never)

        self._context.store.claims.recover(lambda other: is_gone(other, owner), dispose)
