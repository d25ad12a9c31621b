"""One SQLite database: open, pragmas, transactions, a connection per thread, close.

The driver is APSW, which brings its own SQLite: the library of many systems still has the
WAL-reset bug of 3.7.0–3.51.2 that can corrupt a database with several connections.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import apsw
import peewee

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, StorageReadOnly, StorageSyncFailed
from mailadmin.domain.topic import Topic
from mailadmin.place.location import Location
from mailadmin.store.base.connecting import Sqlite
from mailadmin.store.base.failures import damaged, read_only, storage_error, sync_failed

FIXED_WAL_RESET = (3, 51, 3)  # the first SQLite release without the WAL-reset corruption bug

_CONFIRM = (
    "INSERT INTO setting (key, value) VALUES ('sync_confirmed_at', ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)

Subscriber = Callable[[Topic], None]
Bindings = Sequence[Any] | Mapping[str, Any]


class _Thread(threading.local):
    """The state of the calling thread."""

    topics: dict[Topic, None]  # of the transaction it has open
    failed = False  # a part of that transaction failed
    generation = 0  # of its connection
    patience: float | None = None  # seconds that it waits for other writers, if it said so


class Database:
    """Runs peewee queries on one SQLite file and tells subscribers what a commit changed.

    Queries are built from the unbound models of `store.schema` and passed in, so that several
    databases can be open in one process. Safe to use from many threads: each has its own
    connection, closed by `thread()` or `close()`.
    """

    def __init__(self, location: Location, busy_timeout: float) -> None:
        """`busy_timeout` is how many seconds a write waits for another writer."""
        if apsw.SQLITE_VERSION_NUMBER < 3_051_003:
            raise RuntimeError(
                f"SQLite {apsw.sqlitelibversion()} has the WAL-reset bug; "
                f"{'.'.join(map(str, FIXED_WAL_RESET))} or later is needed"
            )
        self.location = location
        self._subscribers: list[Subscriber] = []
        self._subscribers_lock = threading.Lock()
        self._thread = _Thread()
        self.undone = 0  # how many transactions of this process were rolled back
        self._generation = 0  # connections of an earlier one are replaced
        self._sync_failure: StorageSyncFailed | None = None
        self.peewee = Sqlite(
            str(location.path),
            pragmas=(
                ("journal_mode", "wal"),
                ("synchronous", "full"),
                ("foreign_keys", 1),
            ),
            timeout=busy_timeout,
        )

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise typed `StorageError`s inside."""
        try:
            yield
        except (peewee.PeeweeException, apsw.Error) as error:
            self._raise_known(error)
            raise

    def fetch(self, query: Any) -> list[Any]:
        """All rows of a select, as the query shapes them (use `.tuples()`)."""
        self._connection()
        with self.errors():
            return list(query.bind(self.peewee))

    def first(self, query: Any) -> Any:
        """The first row of a select, or None."""
        rows = self.fetch(query)
        return rows[0] if rows else None

    def stream(self, query: Any) -> Iterator[Any]:
        """Rows of a select one by one, in constant memory."""
        self._connection()
        with self.errors():
            yield from query.bind(self.peewee).iterator()

    def run(self, query: Any) -> Any:
        """Execute an insert (gives the new ID), update or delete (gives the rows changed)."""
        self._connection()
        with self.errors():
            return query.execute(self.peewee)

    def sql(self, text: str, bindings: Bindings = ()) -> list[Any]:
        """Execute a statement as it is written; gives its rows as tuples.

        For what is done often: no query is built, and SQLite keeps the statement prepared.
        """
        try:
            return list(self._connection().execute(text, bindings))
        except (peewee.PeeweeException, apsw.Error) as error:
            self._raise_known(error)
            raise

    @contextmanager
    def write(self, *topics: Topic) -> Iterator[None]:
        """One write transaction, committed durably at the end; then subscribers hear of `topics`.

        Takes the write lock at once (BEGIN IMMEDIATE), so that what is read inside stays true.
        Inside another `write` it joins that transaction: if it fails, all of it fails, even if
        its exception is caught on the way out.
        """
        connection = self._connection()
        thread = self._thread
        if connection.in_transaction:
            try:
                yield
            except BaseException:
                thread.failed = True
                raise
            thread.topics.update(dict.fromkeys(topics))
            return
        try:
            self._refuse_after_failed_sync()
            connection.execute("BEGIN IMMEDIATE")
            self._refuse_after_failed_sync()  # another thread's, while this one waited
            thread.topics = {}
            thread.failed = False
            yield
            if thread.failed:
                raise RuntimeError("a part of the transaction failed, so none of it is committed")
            connection.execute("COMMIT")
        except BaseException as error:
            self.undone += 1
            _roll_back(connection)
            self._raise_known(error)
            raise
        thread.topics.update(dict.fromkeys(topics))
        self.publish(*thread.topics)

    @property
    def in_transaction(self) -> bool:
        """Whether the calling thread has a write transaction open."""
        return self._connection().in_transaction

    def _connection(self) -> apsw.Connection:
        """The calling thread's connection, opened if need be."""
        thread = self._thread
        try:
            connection: apsw.Connection = self.peewee.connection()
            if thread.generation != self._generation and not connection.in_transaction:
                self.peewee.close()
                connection = self.peewee.connection()
                thread.generation = self._generation
                if thread.patience is not None:
                    connection.set_busy_timeout(round(thread.patience * 1000))
        except (peewee.PeeweeException, apsw.Error) as error:
            self._raise_known(error)
            raise
        return connection

    @property
    def sync_failure(self) -> StorageSyncFailed | None:
        """Why nothing is written any more: the disk did not confirm something; or None."""
        return self._sync_failure

    def acknowledge_sync_failure(self) -> None:
        """Write again, over new connections, after the disk was looked at.

        Only if the database is sound and a first change is confirmed: else `StorageCorrupt` or
        `StorageSyncFailed` is raised and it stays as it was. Takes as long as reading all of it.
        """
        self._generation += 1
        if self.sql("PRAGMA quick_check(1)") != [("ok",)]:
            raise damaged(self.location)
        failure, self._sync_failure = self._sync_failure, None
        try:
            with self.write():
                self.sql(_CONFIRM, (f'"{datetime.now(UTC).isoformat()}"',))
        except BaseException:
            self._sync_failure = failure
            raise

    def _refuse_after_failed_sync(self) -> None:
        if self._sync_failure is not None:
            raise sync_failed(self.location)

    def _raise_known(self, error: BaseException) -> None:
        """Raise the typed error for what the driver raised; do nothing if it is a bug."""
        if isinstance(error, (peewee.PeeweeException, apsw.Error)):
            known = storage_error(error, self.location)
            if isinstance(known, StorageSyncFailed):
                self._sync_failure = known
                self.peewee.abandon()
            if known is not None:
                raise known from error

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` after every commit, in the thread that committed. Returns the undo."""
        with self._subscribers_lock:
            self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            with self._subscribers_lock:
                if subscriber in self._subscribers:
                    self._subscribers.remove(subscriber)

        return unsubscribe

    def publish(self, *topics: Topic) -> None:
        """Tell the subscribers what changed."""
        with self._subscribers_lock:
            subscribers = tuple(self._subscribers)
        for subscriber in subscribers:
            for topic in topics:
                subscriber(topic)

    def require_writable(self) -> None:
        """Raise `StorageReadOnly` now rather than when the first mail comes in."""
        with self.errors():
            if self.peewee.connection().readonly("main"):
                raise read_only(self.location)

    def data_version(self) -> int:
        """Changes when any other connection, of this process or another, has committed."""
        with self.errors():
            return int(self.peewee.execute_sql("PRAGMA data_version").fetchone()[0])

    @contextmanager
    def thread(self) -> Iterator[None]:
        """Use the database in another thread; its connection is closed at the end."""
        try:
            yield
        finally:
            self.close_connection()

    def be_patient(self, seconds: float) -> None:
        """How long the calling thread's writes wait for another writer, from now on."""
        self._thread.patience = seconds
        with self.errors():
            self.peewee.connection().set_busy_timeout(round(seconds * 1000))

    def close_connection(self) -> None:
        """Close the calling thread's connection, if it has one."""
        self._thread.patience = None
        if not self.peewee.is_closed():
            self.peewee.close()


def _roll_back(connection: apsw.Connection) -> None:
    """End the transaction, if SQLite has not done so by itself; what went wrong is told already."""
    with suppress(apsw.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def make_folder(location: Location) -> None:
    """Create the folder of the database. Raises `StorageReadOnly` if that is not allowed."""
    folder = location.path.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageReadOnly(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The folder {folder} can't be created ({detail}). "
                "Choose another place for the database with --database.",
            ),
            folder=folder,
            detail=error.strerror,
        ) from error


def make_private_file(location: Location) -> None:
    """Create the database's file, empty, for its owner alone: it will hold people's mail.

    SQLite gives the files it puts beside it the same permissions. Raises `StorageReadOnly`.
    """
    try:
        os.close(os.open(location.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        # SQLite would open it all the same, and leave files beside it that can't be written either.
        if location.path.is_file() and not os.access(location.path, os.W_OK):
            raise read_only(location) from None
    except OSError as error:
        raise read_only(location) from error


def foreign_key_violations(database: peewee.Database) -> list[Any]:
    """Rows that point at nothing; an empty list in a sound database."""
    return list(database.execute_sql("PRAGMA foreign_key_check").fetchall())
