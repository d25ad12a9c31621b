"""Notices that the clock was set, and has waiting mail keep its waits."""

from __future__ import annotations

import logging

from mailadmin.delivery import steady_clock
from mailadmin.store import Store

_log = logging.getLogger(__name__)

_WAS_SET = 30.0  # seconds by which a clock must jump to be set rather than corrected


class ClockWatch:
    """A clock that was set must neither make all mail due at once nor expire it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset: float | None = None

    def look(self) -> None:
        """Shift what waits if the clock was set since the last look. Raises `StorageError`.

        Cheap where it was not set: asked before each claim, for until then all would seem due.
        """
        offset = steady_clock.offset()
        if self._offset is not None and abs(offset - self._offset) < _WAS_SET:
            return
        shifted = self._store.clock.adjust(steady_clock.boot_id(), offset, _WAS_SET)
        self._offset = offset
        if shifted:
            _log.warning("The clock was set by %+.0f s: waiting mail keeps its waits.", shifted)
