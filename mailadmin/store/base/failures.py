"""Turns what SQLite reports into the store's typed errors, each saying what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import peewee

from mailadmin.domain.errors import (
    QT_TRANSLATE_NOOP,
    StorageBusy,
    StorageCorrupt,
    StorageError,
    StorageFull,
    StorageReadOnly,
    StorageSyncFailed,
)
from mailadmin.store.base.copies import newest_copy

_SYNC_FAILURES = {apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC}


def _cause(error: BaseException) -> BaseException:
    """The driver's own exception, which peewee wraps once or, at a first use, twice."""
    inner = getattr(error, "orig", None)
    return _cause(inner) if isinstance(inner, BaseException) else error


def _extended(error: apsw.Error) -> int:
    """SQLite's extended result code."""
    return int(getattr(error, "extendedresult", 0))


def storage_error(error: BaseException, location: object) -> StorageError | None:
    """The typed error for an exception of the driver, or None if it is a bug in a query."""
    match _cause(error):
        case apsw.BusyError() | apsw.LockedError():
            return StorageBusy(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "The database {location} is locked by another program. "
                    "Close that program, then try again.",
                ),
                location=location,
            )
        case apsw.FullError():
            return _full(location)
        case apsw.ReadOnlyError() | apsw.CantOpenError() | apsw.PermissionsError():
            return read_only(location)
        case apsw.CorruptError() | apsw.NotADBError():
            return damaged(location)
        case apsw.IOError() as failure if _extended(failure) in _SYNC_FAILURES:
            return sync_failed(location)
        case apsw.IOError() as failure:
            return StorageError(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "Reading or writing the database {location} failed ({detail}). "
                    "Check the disk, then try again.",
                ),
                location=location,
                detail=str(failure),
            )
    return None


def _full(location: object) -> StorageFull:
    return StorageFull(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "There is no space left for the database {location}. Free some space, then try again.",
        ),
        location=location,
    )


def sync_failed(location: object) -> StorageSyncFailed:
    """The refusal to write after the disk did not confirm something."""
    return StorageSyncFailed(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The disk did not confirm that a change of the database {location} was written. "
            "Nothing more is written to it: check the disk, then restart Mail Admin.",
        ),
        location=location,
    )


def damaged(location: object) -> StorageCorrupt:
    """The refusal of a file that can't be read as a database; names the newest copy beside it."""
    path = getattr(location, "path", None)
    copy = newest_copy(path) if isinstance(path, Path) else None
    if copy is not None:
        return StorageCorrupt(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The file {location} is damaged or is not a database. It was left as it is: move "
                "it away and put a backup in its place (the newest copy beside it is {copy}), or "
                "choose another with --database.",
            ),
            location=location,
            copy=copy.name,
        )
    return StorageCorrupt(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The file {location} is damaged or is not a database. It was left as it is: "
            "put a backup in its place, or choose another with --database.",
        ),
        location=location,
    )


def read_only(location: object) -> StorageReadOnly:
    """The refusal of a database that can't be written."""
    return StorageReadOnly(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The database {location} can't be opened for writing. Check the permissions "
            "of the file and its folder, or choose another with --database.",
        ),
        location=location,
    )


@contextmanager
def storage_errors(location: object) -> Iterator[None]:
    """Raise `StorageError` kinds for what the environment did; let bugs through as they are."""
    try:
        yield
    except (peewee.PeeweeException, apsw.Error) as error:
        known = storage_error(error, location)
        if known is None:
            raise
        raise known from error
