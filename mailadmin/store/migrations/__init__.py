"""Brings a database to this version's schema, or refuses to touch it.

Steps are modules `mNNNN_name` with `up(database)`; they hold frozen copies of what they need and
never import `store.schema`. All missing steps run in one transaction that holds the write lock, and
the version is read again inside it, so two programs started together migrate once.

`playhouse.migrations` was weighed and left: it finds its scripts as files in a folder, which a
frozen bundle doesn't have, it takes no lock against a second program, and it accepts a database
that is newer than the program.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import apsw
import peewee

from mailadmin import __version__
from mailadmin.domain.errors import QT_TRANSLATE_NOOP, StorageCorrupt, StorageTooNew
from mailadmin.place.location import Location
from mailadmin.store.base.database import Database, foreign_key_violations
from mailadmin.store.base.failures import storage_errors
from mailadmin.store.base.fields import to_text
from mailadmin.store.upkeep.backup import back_up

APPLICATION_ID = 0x4D61_4164  # "MaAd" in the file's header: what other tools can tell it by


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered change of the schema."""

    version: int
    up: Callable[[peewee.Database], None]


def all_steps() -> list[Step]:
    """The steps of this version of the program, in order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [
        Step(int(name[1:5]), importlib.import_module(f"{__name__}.{name}").up) for name in names
    ]


def inspect(location: Location, newest: int) -> int:
    """The schema version of an existing file, read without changing it; 0 for none or an empty one.

    Raises `StorageCorrupt` if it is not a database of Mail Admin, `StorageTooNew` if its version is
    above `newest`, `StorageReadOnly` if it can't be read.
    """
    path = location.path
    with storage_errors(location):
        if not path.exists() or (path.is_file() and path.stat().st_size == 0):
            return 0
        # Without a WAL file nothing has to be recovered, so the file can be read as immutable:
        # a refused database is then left without even a -shm file beside it.
        has_wal = path.with_name(path.name + "-wal").exists()
        uri = path.as_uri() + "?mode=ro" + ("" if has_wal else "&immutable=1")
        connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            connection.set_busy_timeout(5000)
            return _version(connection, location, newest)
        finally:
            connection.close()


def _version(connection: apsw.Connection, location: Location, newest: int) -> int:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    if not tables:
        return 0
    owner = next(connection.execute("PRAGMA application_id"))[0]
    if owner != APPLICATION_ID or "schema_version" not in tables:
        raise StorageCorrupt(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The file {location} is a database of another program. It was left as it is: "
                "choose another file with --database.",
            ),
            location=location,
        )
    version = int(next(connection.execute("SELECT max(version) FROM schema_version"))[0])
    if version > newest:
        raise too_new(location, version, newest)
    return version


def too_new(location: Location, version: int, newest: int) -> StorageTooNew:
    """The refusal of a database from a newer program."""
    return StorageTooNew(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The database {location} was written by a newer version of Mail Admin (schema "
            "{version}, this version knows {newest}). It was left as it is: install that version, "
            "or choose another file with --database.",
        ),
        location=location,
        version=version,
        newest=newest,
    )


def backup_path(location: Location, version: int, now: datetime) -> Path:
    """Where the copy made before a migration goes."""
    stamp = now.strftime("%Y%m%dT%H%M%S%fZ")
    path = location.path
    return path.with_name(f"{path.stem}.before-migration-from-{version}.{stamp}{path.suffix}")


def migrate(database: Database, steps: Sequence[Step] | None = None) -> list[int]:
    """Bring `database` to the newest schema; gives the versions applied, [] if it was current.

    An existing database is backed up first. Nothing of a failing migration remains.
    """
    steps = all_steps() if steps is None else steps
    newest = steps[-1].version
    found = inspect(database.location, newest)
    if found == newest:
        return []
    if found:
        back_up(database.location, backup_path(database.location, found, datetime.now(UTC)))
    applied: list[int] = []
    connection = database.peewee
    # A step may rebuild a table; the keys are checked as a whole before the commit instead.
    with database.errors():
        connection.execute_sql("PRAGMA foreign_keys = 0")
        try:
            with connection.atomic("EXCLUSIVE"):
                current = _current(connection)
                if current > newest:
                    raise too_new(database.location, current, newest)
                for step in steps:
                    if step.version > current:
                        step.up(connection)
                        _note(connection, step.version)
                        applied.append(step.version)
                violations = foreign_key_violations(connection)
                if violations:
                    raise RuntimeError(f"the migration broke foreign keys: {violations[:3]}")
        finally:
            connection.execute_sql("PRAGMA foreign_keys = 1")
    return applied


def _current(connection: peewee.Database) -> int:
    if not connection.table_exists("schema_version"):
        connection.execute_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute_sql(
            "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, "
            "applied_at TEXT NOT NULL, program TEXT NOT NULL)"
        )
        return 0
    row = connection.execute_sql("SELECT max(version) FROM schema_version").fetchone()
    return int(row[0] or 0)


def _note(connection: peewee.Database, version: int) -> None:
    connection.execute_sql(
        "INSERT INTO schema_version (version, applied_at, program) VALUES (?, ?, ?)",
        (version, to_text(datetime.now(UTC)), __version__),
    )
