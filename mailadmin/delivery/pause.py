"""The pause of all sending: stored, so that every sender on the database obeys it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailadmin.preferences import SENDING_PAUSED

if TYPE_CHECKING:
    from mailadmin.store import Store


def is_paused(store: Store) -> bool:
    """Whether sending is paused. Raises `StorageError`."""
    return store.settings.get(SENDING_PAUSED, False) is True


def store_pause(store: Store, paused: bool) -> None:
    """Pause sending, or end the pause, for every sender. Raises `StorageError`."""
    store.settings.set(SENDING_PAUSED, paused)
