"""Work on the database that can wait, done beside the sending in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mailadmin.domain.errors import StorageError
from mailadmin.store import Store
from mailadmin.store.log.search import BATCH

_EVERY = 5.0  # seconds between two rounds
_PURGE_EVERY = 3600.0  # seconds
FIRST_BATCH, _LEAST = 200, 10  # log rows indexed in one transaction
_LOCKED = 0.02  # seconds that a transaction should take
_PATIENCE = 0.5  # seconds for another program that writes
_BETWEEN_BATCHES = 0.01  # seconds in which others may write


class Upkeep:
    """Keeps the Log's search index up to date, and removes for good what was deleted long ago.

    While mail is being sent (`busy`) one batch of log rows is indexed in each round, so that the
    sender hardly ever waits for it; what is not indexed yet is found too, only not as quickly.
    """

    def __init__(self, store: Store, busy: Callable[[], bool], every: float = _EVERY) -> None:
        self._store = store
        self._busy = busy
        self._every = every
        self._stopped = threading.Event()
        self._purged = time.monotonic()
        self._size = FIRST_BATCH
        self._thread = threading.Thread(target=self._run, name="mailadmin-upkeep", daemon=True)

    def start(self) -> None:
        """Begin with the first round, in `every` seconds."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch at hand: within milliseconds, unless another program is writing."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        with self._store.thread():
            while not self._stopped.wait(self._every):
                # What hinders it hinders the sender too, which says so. The next round tries again.
                try:
                    self._store.be_patient(_PATIENCE)
                    self._round()
                except StorageError:
                    continue

    def _round(self) -> None:
        while self._index() and not self._busy():
            if self._stopped.wait(_BETWEEN_BATCHES):
                return
        if time.monotonic() - self._purged >= _PURGE_EVERY and not self._busy():
            self._store.queue.purge_deleted(go_on=self._undisturbed)
            if self._undisturbed():  # else the rest has its turn in the next round
                self._purged = time.monotonic()

    def _undisturbed(self) -> bool:
        return not self._stopped.is_set() and not self._busy()

    def _index(self) -> int:
        """Index a batch; of long texts fewer, so that nobody waits long for the write lock."""
        began = time.monotonic()
        done = self._store.log.search.catch_up(self._size)
        took = max(time.monotonic() - began, 1e-6)
        self._size = max(_LEAST, min(BATCH, 2 * self._size, round(self._size * _LOCKED / took)))
        return done
