"""Opens a store and holds its repositories together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import apsw

from mailadmin.domain.errors import StorageSyncFailed
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import Drivers
from mailadmin.place.location import Location, parse_location
from mailadmin.store.base.database import Database, make_folder, make_private_file
from mailadmin.store.base.reading import Progress, go_on
from mailadmin.store.claims.claims import Claims
from mailadmin.store.claims.clock import Clock
from mailadmin.store.claims.health import Health
from mailadmin.store.claims.limits import Limits
from mailadmin.store.log.log import Log
from mailadmin.store.messages import Messages
from mailadmin.store.migrations import migrate
from mailadmin.store.providers import Providers
from mailadmin.store.queue.queue import Queue
from mailadmin.store.settings import Settings
from mailadmin.store.upkeep.backup import back_up
from mailadmin.store.upkeep.findings import CheckReport
from mailadmin.store.upkeep.integrity import check

BUSY_TIMEOUT = 5.0  # seconds a write waits for another program's


class Store:
    """The repositories of one database. Open it with `Store.open`, end with `close`.

    Any thread may use it; threads other than the one that closes it wrap their use in `thread()`.
    """

    def __init__(self, database: Database, drivers: Drivers) -> None:
        self._database = database
        self._drivers = drivers
        self.messages = Messages(database)
        self.providers = Providers(database, drivers)
        self.queue = Queue(database, self.messages)
        limits = Limits(database)
        self.claims = Claims(database, limits, self.providers)
        self.health = Health(database, self.providers, limits)
        self.clock = Clock(database)
        self.log = Log(database)
        self.settings = Settings(database)

    @classmethod
    def open(
        cls, location: str | Path, drivers: Drivers, *, busy_timeout: float = BUSY_TIMEOUT
    ) -> Store:
        """Open the database at a path or URL; create or migrate it if needed.

        `drivers` read the settings of the providers in it.

        Raises `InvalidInput` for a bad location and the kinds of `StorageError`. A file that is
        not Mail Admin's, is damaged or was written by a newer version is left untouched.
        """
        place = parse_location(location)
        make_folder(place)
        make_private_file(place)
        database = Database(place, busy_timeout)
        try:
            migrate(database)
            database.require_writable()
        except BaseException:
            database.close_connection()
            raise
        return cls(database, drivers)

    @property
    def location(self) -> Location:
        """Where the database is."""
        return self._database.location

    @property
    def sqlite_version(self) -> str:
        """The SQLite library in use, for the About box."""
        return apsw.sqlitelibversion()

    def thread(self) -> AbstractContextManager[None]:
        """Wrap a thread's use of the store: its connection is closed at the end."""
        return self._database.thread()

    def be_patient(self, seconds: float) -> None:
        """How long the calling thread's writes wait for another program's, from now on."""
        self._database.be_patient(seconds)

    def require_unlocked(self) -> None:
        """Raise `StorageBusy` if another program keeps this one from changing anything."""
        with self._database.write():
            pass

    def subscribe(self, subscriber: Callable[[Topic], None]) -> Callable[[], None]:
        """Be called after each commit of this process, in its thread. Returns the undo."""
        return self._database.subscribe(subscriber)

    def publish(self, topic: Topic) -> None:
        """Tell the subscribers of a change that is not in the database (credentials)."""
        self._database.publish(topic)

    def data_version(self) -> int:
        """Differs from the last call in this thread if another connection committed since."""
        return self._database.data_version()

    def backup(self, target: Path, progress: Progress = go_on, *, overwrite: bool = False) -> bool:
        """Write a consistent, checked copy to `target` while mail goes in and out.

        False if `progress` cancelled. In any thread; needs no `thread()`. Raises `InvalidInput` for
        a target that can't be one, or exists without `overwrite`, and the kinds of `StorageError`.
        """
        return back_up(self.location, target, progress, overwrite=overwrite)

    def check(
        self, progress: Progress = go_on, *, is_gone: Callable[[str], bool] = lambda _: False
    ) -> CheckReport:
        """Look for damage and for what doesn't belong together; changes nothing.

        `is_gone` tells of a claim's owner whether it certainly runs no more. In any thread; needs
        no `thread()`. Raises the kinds of `StorageError` if nothing can be read.
        """
        return check(self.location, progress, drivers=self._drivers, is_gone=is_gone)

    @property
    def sync_failure(self) -> StorageSyncFailed | None:
        """Set once the disk did not confirm a change: nothing is written any more by this process.

        Until `acknowledge_sync_failure`.
        """
        return self._database.sync_failure

    def acknowledge_sync_failure(self) -> None:
        """Write again after the disk was looked at; see `Database.acknowledge_sync_failure`."""
        self._database.acknowledge_sync_failure()

    def close(self) -> None:
        """Close the calling thread's connection. Other threads have ended theirs by `thread()`."""
        self._database.close_connection()
