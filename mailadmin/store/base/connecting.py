"""Connections to SQLite as this program wants them, and the end of one whose disk failed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import apsw
from playhouse.apsw_ext import APSWDatabase

_WITHDRAW = (
    "PRAGMA synchronous = OFF",
    "BEGIN IMMEDIATE",
    "INSERT INTO setting (key, value) VALUES ('withdrawn_at', :now)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    "COMMIT",
)


class Sqlite(APSWDatabase):  # type: ignore[misc]
    """peewee's way to SQLite: a connection per thread."""

    def _connect(self) -> apsw.Connection:
        connection: apsw.Connection = super()._connect()
        # Else SQLite plans a statement anew whenever a value it looked at is bound again, which
        # takes ten times as long as a claim.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        return connection

    def abandon(self) -> None:
        """Close the calling thread's connection after a sync that failed.

        The caller was told that the change is not stored, but the `-wal` file still holds it, and
        the next program to open the database would find it. So a change without meaning overwrites
        it, and no checkpoint is made on closing.
        """
        if self._state.closed:
            return
        connection: apsw.Connection = self._state.conn
        with suppress(apsw.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for statement in _WITHDRAW:
                connection.execute(statement, {"now": f'"{datetime.now(UTC).isoformat()}"'})
        with suppress(apsw.Error):
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.close()
        self._state.reset()
