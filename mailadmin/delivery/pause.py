"""The pause of all sending: stored, so that every sender on the database obeys it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailadmin.store import Store

_KEY = "sending_paused"


def is_paused(store: Store) -> bool:
    """Whether sending is paused. Raises `StorageError`."""
    return store.settings.get(_KEY, False) is True


def store_pause(store: Store, paused: bool) -> None:
    """Pause sending, or end the pause, for every sender. Raises `StorageError`."""
    store.settings.set(_KEY, paused)
