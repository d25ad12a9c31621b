"""Reading a whole database file beside whoever uses it: the connection, progress, cancelling."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

Progress = Callable[[int, int], bool]
"""Told how much is done and how much there is; False cancels.

Called in the thread that works, at most 20 times a second and in the end.
"""

_BUSY_TIMEOUT = 5000  # milliseconds
_BETWEEN_REPORTS = 0.05  # seconds
_STEPS = 2000  # pages or instructions between two looks at the progress


class Cancelled(Exception):
    """The progress callback asked to stop."""


def go_on(_done: int, _total: int) -> bool:
    """The progress callback of a run that nobody watches: it never cancels."""
    return True


def seldom(progress: Progress) -> Progress:
    """`progress`, called no more often than a person can see."""
    told = 0.0

    def tell(done: int, total: int) -> bool:
        nonlocal told
        now = time.monotonic()
        if done < total and now - told < _BETWEEN_REPORTS:
            return True
        told = now
        return progress(done, total)

    return tell


def open_to_read(path: Path) -> apsw.Connection:
    """Open an existing database that this connection never changes. Raises apsw's errors.

    A file that may be written is opened as every program that uses it does, for what a crash left
    in its `-wal` has to be seen; one that may not is read as it lies there.
    """
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    has_wal = path.with_name(path.name + "-wal").exists()
    if writable:
        mode, flags = "rw", apsw.SQLITE_OPEN_READWRITE
    else:
        mode, flags = ("ro" if has_wal else "ro&immutable=1"), apsw.SQLITE_OPEN_READONLY
    return _open(path, mode, flags)


def open_untouched(path: Path) -> apsw.Connection:
    """Open a database that nobody else uses, without even a `-shm` file beside it."""
    return _open(path, "ro&immutable=1", apsw.SQLITE_OPEN_READONLY)


def _open(path: Path, mode: str, flags: int) -> apsw.Connection:
    uri = f"{path.as_uri()}?mode={mode}"
    connection = apsw.Connection(uri, flags=flags | apsw.SQLITE_OPEN_URI)
    connection.set_busy_timeout(_BUSY_TIMEOUT)
    connection.execute("PRAGMA query_only = 1")
    return connection


def page_count(connection: apsw.Connection) -> int:
    """How many pages the database has."""
    return int(next(connection.execute("PRAGMA page_count"))[0])


def pages_read(connection: apsw.Connection) -> int:
    """How many pages this connection has read from the file."""
    return connection.status(apsw.SQLITE_DBSTATUS_CACHE_MISS)[0]


@contextmanager
def watched(connection: apsw.Connection, look: Callable[[], bool]) -> Iterator[None]:
    """Call `look` regularly while statements run inside; if it returns False they end.

    Raises `Cancelled` then.
    """
    connection.set_progress_handler(lambda: not look(), _STEPS)
    try:
        yield
    except apsw.InterruptError as error:
        raise Cancelled from error
    finally:
        connection.set_progress_handler(None)
