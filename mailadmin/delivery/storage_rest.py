"""How the sender bears with a database that fails: it waits a moment, then leaves it alone."""

from __future__ import annotations

import math
import time

from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.errors import StorageError, StorageSyncFailed


class StorageRest:
    """Why and until when nothing is written."""

    def __init__(self, options: DeliveryOptions) -> None:
        self._options = options
        self._trouble: StorageError | None = None
        self._until = 0.0  # time.monotonic()
        self._busy_since: float | None = None  # time.monotonic()

    @property
    def trouble(self) -> StorageError | None:
        """Why the database takes nothing now, or None."""
        return self._trouble

    @property
    def seconds_left(self) -> float:
        """For how long the database is left alone: `math.inf` until an administrator says so."""
        return 0.0 if self._trouble is None else max(self._until - time.monotonic(), 0.0)

    def may_wait_for_lock(self) -> bool:
        """Whether another program that holds the database is no trouble yet."""
        now = time.monotonic()
        if self._busy_since is None:
            self._busy_since = now
        return self._trouble is None and now - self._busy_since < self._options.storage_wait

    def begin(self, trouble: StorageError) -> None:
        """Leave the database alone because of `trouble`."""
        self._busy_since = None
        self._trouble = trouble
        # What a failed sync left on the disk nobody knows: trying again could seem to work.
        lasting = isinstance(trouble, StorageSyncFailed)
        self._until = math.inf if lasting else time.monotonic() + self._options.storage_pause

    def goes_on(self, trouble: StorageError) -> None:
        """It was tried in between, and failed with `trouble`."""
        self._trouble = trouble

    def interrupt(self) -> None:
        """Try once now, whatever was to be waited for."""
        self._until = 0.0

    def end(self) -> bool:
        """The database takes what is written; gives whether there had been trouble."""
        before, self._trouble = self._trouble, None
        self._busy_since = None
        return before is not None
