"""How far a new user has come: what is true of the database, read in a background thread."""

from __future__ import annotations

from dataclasses import dataclass

from mailadmin.domain.log import LogStatus
from mailadmin.domain.provider import StoredProvider
from mailadmin.store import Store
from mailadmin.tables.query import OneOf, TableQuery

CLOSED = "welcome_closed"
"""The setting that says that the welcome doesn't appear by itself any more."""


_SENT = TableQuery().with_filter("status", OneOf((LogStatus.SUCCESS,)))


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps are done, and with which provider."""

    provider: StoredProvider | None = None  # the newest that is enabled, or else the newest
    proved: bool = False  # a connection test passed, or mail went through
    sent: bool = False  # a server accepted a message

    @property
    def done(self) -> tuple[bool, bool, bool]:
        """StoredProvider added, connection tested, message sent."""
        return self.provider is not None, self.proved, self.sent

    @property
    def finished(self) -> bool:
        """Nothing is left to do."""
        return all(self.done)

    @property
    def next(self) -> int | None:
        """Which step is to be done now, from 0 on."""
        return None if self.finished else self.done.index(False)


def is_wanted(store: Store) -> bool:
    """Whether the welcome is to appear by itself: nobody has added a provider or closed it."""
    return not store.settings.get(CLOSED, False) and not store.providers.list()


def read_steps(store: Store, proved: frozenset[int]) -> Steps:
    """How far it is. `proved` are IDs of providers that passed a connection test."""
    found = store.providers.list()
    if not found:
        return Steps()
    newest = max(found, key=lambda each: (each.enabled, each.id))
    sent = bool(store.log.head(_SENT, 1).ids)
    return Steps(newest, sent or any(each.id in proved for each in found), sent)
