"""The program broken on purpose where it keeps mail, one promise at a time.

Most of it is done to SQLite's connections, not to the program's code: it holds however that is
written. Each is applied in a child process before the program starts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw

from mailadmin.drivers.registry import Drivers


def no_sync() -> None:
    """Nothing is synced: `synchronous = OFF`, whatever the program asks for."""

    def connected(connection: apsw.Connection) -> None:
        connection.execute("PRAGMA synchronous = OFF").fetchall()
        _authorize(
            connection,
            lambda action, first, second: (
                action == apsw.SQLITE_PRAGMA and first == "synchronous" and second is not None
            ),
        )

    apsw.connection_hooks.append(connected)


def no_point_of_no_return() -> None:
    """That a message may have been sent is written down nowhere."""

    def connected(connection: apsw.Connection) -> None:
        _authorize(
            connection,
            lambda action, first, second: (
                action == apsw.SQLITE_UPDATE
                and (first, second) == ("attempt", "point_of_no_return_at")
            ),
        )

    apsw.connection_hooks.append(connected)


def no_transaction() -> None:
    """Every statement is committed by itself."""

    def connected(connection: apsw.Connection) -> None:
        nested = {apsw.SQLITE_TRANSACTION, apsw.SQLITE_SAVEPOINT}
        _authorize(connection, lambda action, _first, _second: action in nested)

    apsw.connection_hooks.append(connected)


def no_flag() -> None:
    """Attempts that may send mail twice are not marked as such."""

    def connected(connection: apsw.Connection) -> None:
        connection.execute(
            "CREATE TEMP TRIGGER unflag AFTER INSERT ON main.attempt BEGIN"
            " UPDATE attempt SET possible_duplicate = 0 WHERE id = new.id; END"
        ).fetchall()

    apsw.connection_hooks.append(connected)


def _authorize(
    connection: apsw.Connection, ignored: Callable[[int, str | None, str | None], bool]
) -> None:
    """Let statements do everything but what is `ignored`, of which they don't hear."""

    def authorize(
        action: int, first: str | None, second: str | None, _schema: str | None, _by: str | None
    ) -> int:
        return apsw.SQLITE_IGNORE if ignored(action, first, second) else apsw.SQLITE_OK

    connection.authorizer = authorize


def ids_before_commit() -> None:
    """The queue IDs are told before the mail is in the database."""
    from mailadmin.domain.message import NewMessage
    from mailadmin.store import Store
    from mailadmin.store.queue.queue import Queue

    commit, close = Queue.enqueue, Store.close
    later: list[Callable[[], object]] = []

    def enqueue(self: Queue, messages: list[NewMessage], *, skip_known: bool) -> list[list[int]]:
        later.append(lambda: commit(self, messages, skip_known=skip_known))
        ids = iter(range(self.count() + 1, 1_000_000))
        return [[next(ids) for _ in message.recipients] for message in messages]

    def close_after_all(self: Store) -> None:
        while later:
            later.pop()()
        close(self)

    setattr(Queue, "enqueue", enqueue)  # noqa: B010
    setattr(Store, "close", close_after_all)  # noqa: B010


def starts_anew() -> None:
    """A damaged database is thrown away."""
    from mailadmin.domain.errors import StorageCorrupt
    from mailadmin.store import Store

    original = Store.open

    def open_store(location: Path, drivers: Drivers) -> Store:
        try:
            return original(location, drivers)
        except StorageCorrupt:
            Path(location).unlink()
            return original(location, drivers)

    setattr(Store, "open", staticmethod(open_store))  # noqa: B010


def knows_any_version() -> None:
    """A database of a newer version is used as it is."""
    from mailadmin.store import migrations

    steps = migrations.all_steps

    def all_steps() -> list[migrations.Step]:
        return [*steps(), migrations.Step(9999, lambda _database: None)]

    setattr(migrations, "all_steps", all_steps)  # noqa: B010


_ALL = (
    no_sync,
    no_point_of_no_return,
    no_transaction,
    no_flag,
    ids_before_commit,
    starts_anew,
    knows_any_version,
)

BREAKAGES: dict[str, Callable[[], None]] = {function.__name__: function for function in _ALL}
