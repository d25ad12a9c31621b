"""Makes databases of other versions: `python -m tests.packaging.earlier_database [--newer] FILE`.

FILE gets the schema of the version before; with `--newer` an existing FILE is marked as written by
a newer version.
"""

from __future__ import annotations

import sys
from pathlib import Path

import apsw

from mailadmin.place.location import Location
from mailadmin.store.base.database import Database
from mailadmin.store.migrations import all_steps, migrate


def make_earlier(path: Path) -> None:
    """Make an empty database without the newest migration."""
    database = Database(Location(path), busy_timeout=5.0)
    migrate(database, all_steps()[:-1])
    database.close_connection()


def make_newer(path: Path) -> None:
    """Record a migration that this version doesn't know."""
    connection = apsw.Connection(str(path))
    columns = [row[1] for row in connection.execute("PRAGMA table_info(schema_version)")]
    newest = max(step.version for step in all_steps()) + 1
    others = ", ".join(name for name in columns if name != "version")
    connection.execute(
        f"INSERT INTO schema_version (version, {others}) "  # noqa: S608 - names of our own table
        f"SELECT {newest}, {others} FROM schema_version ORDER BY version DESC LIMIT 1"
    )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


if __name__ == "__main__":
    *options, name = sys.argv[1:]
    (make_newer if "--newer" in options else make_earlier)(Path(name))
