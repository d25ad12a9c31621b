"""The password of one provider, as the sender has it."""

from __future__ import annotations

import asyncio
from typing import Any

from mailadmin.credentials import CredentialState, Lookup
from mailadmin.delivery.context import DeliveryContext
from mailadmin.domain.provider import Provider, StoredProvider
from mailadmin.drivers.driver import Driver


class ProviderPassword:
    """Looked up off the event loop, for a keyring may take its time, and kept until it changes."""

    def __init__(self, context: DeliveryContext, driver: Driver[Any]) -> None:
        self._context = context
        self._driver = driver
        self._lookup: Lookup | None = None
        self._asking: asyncio.Task[None] | None = None
        self._outdated = False  # it was changed while it was asked for
        self._was_asked = False  # for the first time

    @property
    def lookup(self) -> Lookup | None:
        """What was found; None: nothing was asked for, or not since the last change."""
        return self._lookup

    @property
    def problem(self) -> str:
        """What stands in the way of the password, "" if nothing does."""
        if self._lookup is None or self._lookup.state is CredentialState.STORED:
            return ""
        return self._lookup.detail

    @property
    def asking(self) -> bool:
        """Whether it is being looked up."""
        return self._asking is not None

    @property
    def asking_first(self) -> bool:
        """Whether it is being looked up for the first time."""
        return self.asking and not self._was_asked

    def suffices(self, provider: Provider) -> bool:
        """Whether `provider` can be signed in to: it is there, or none is needed."""
        if not self._driver.signs_in(provider.settings):
            return True
        return self._lookup is not None and self._lookup.state is CredentialState.STORED

    def forget(self) -> None:
        """Have it looked up again before the next connection."""
        self._lookup = None
        self._outdated = self.asking
        self._was_asked = True

    def look_up(self, provider: StoredProvider) -> None:
        """Ask for it, if it is needed and was not asked for."""
        if self._asking is None and self._lookup is None and not self.suffices(provider):
            self._asking = asyncio.ensure_future(self._ask(provider))

    async def _ask(self, provider: StoredProvider) -> None:
        context = self._context
        loop = asyncio.get_running_loop()
        lookup = await loop.run_in_executor(None, context.credentials.look_up, provider)
        outdated, self._outdated, self._asking = self._outdated, False, None
        if not outdated:  # else it is asked for again
            self._lookup, self._was_asked = lookup, True
            context.notices.looked_up(provider, lookup)
        context.agenda.turn()

    def cancel(self) -> None:
        """Wait for the answer no more."""
        if self._asking is not None:
            self._asking.cancel()
