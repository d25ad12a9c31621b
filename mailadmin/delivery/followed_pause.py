"""The pause of all sending as one sender sees it."""

from __future__ import annotations

from mailadmin.delivery.group_commit import GroupCommit
from mailadmin.delivery.pause import is_paused, store_pause
from mailadmin.store import Store


class FollowedPause:
    """What is wished in this process holds at once, also while the database can't take it; then
    what is stored holds, whoever stored it.
    """

    def __init__(self, store: Store, commit: GroupCommit) -> None:
        self._store = store
        self._commit = commit
        self._paused: bool | None = None  # None: not read yet
        self._unstored = 0  # wishes of this process that the database doesn't have yet

    @property
    def known(self) -> bool:
        """Whether it was read already: before that nothing may be sent."""
        return self._paused is not None

    @property
    def in_force(self) -> bool:
        """Whether nothing more is to be claimed."""
        return self._paused is True

    def wish(self, paused: bool) -> None:
        """Pause or go on, and have it stored."""
        self._paused = paused
        self._unstored += 1
        self._commit.also(lambda: store_pause(self._store, paused), self._is_stored)

    def _is_stored(self) -> None:
        self._unstored -= 1

    def read(self) -> bool:
        """Follow what is stored; gives whether that ends a pause. Raises `StorageError`."""
        if self._unstored:
            return False
        before, self._paused = self.in_force, is_paused(self._store)
        return before and not self._paused
