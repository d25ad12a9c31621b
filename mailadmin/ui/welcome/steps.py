"""The steps that a new user has done, read from the database in a background thread."""

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
        """Whether a provider was added, its connection tested, a message sent."""
        return self.provider is not None, self.proved, self.sent

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return all(self.done)

    @property
    def next(self) -> int | None:
        """The step to be done now, from 0 on; None after the last."""
        return None if self.finished else self.done.index(False)


def is_wanted(store: Store) -> bool:
    """Whether the welcome appears by itself: no provider was added and it was not closed."""
    return not store.settings.get(CLOSED, False) and not store.providers.list()


def read_steps(store: Store, proved: frozenset[int]) -> Steps:
    """Read which steps are done. `proved` are IDs of providers that passed a connection test."""
    found = store.providers.list()
    if not found:
        return Steps()
    newest = max(found, key=lambda each: (each.enabled, each.id))
    sent = bool(store.log.head(_SENT, 1).ids)
    return Steps(newest, sent or any(each.id in proved for each in found), sent)
