"""The Log: every email that was attempted, and each of its attempts."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, NotFound
from mailadmin.domain.log import Attempt, LogEntry
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.store.base.batches import pieces
from mailadmin.store.base.database import Database
from mailadmin.store.base.schema import AttemptRow
from mailadmin.store.log.search import LogSearch
from mailadmin.store.query.reader import TableReader
from mailadmin.store.query.rows import StoredRow
from mailadmin.store.query.statements import Table
from mailadmin.tables.log import LOG
from mailadmin.tables.query import TableQuery

# What is not a column of the same name.
_SQL = {
    "active_queue_id": "journal.queue_id",
    "stored_id": "journal.message_id",
    "email": "journal.recipient",
    "attempt_date": "journal.attempt_at",
}
_TABLE = Table.of(
    "journal",
    LOG,
    _SQL,
    searched=("email", "subject", "reason"),  # what the index of `search` holds
    indexed=("email", "attempt_date"),
)
_ROW = StoredRow(LogEntry, "journal", _SQL)
_DELIVERED = """
    SELECT count(*) FROM json_each(:ids) AS wanted CROSS JOIN journal AS j ON j.id = wanted.value
    WHERE j.status = 'SUCCESS' AND j.queue_id IS NULL"""
_PAGE = 500  # rows read at a time by `stream`


class Log:
    """Repository of log entries. Only `claims.py` writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.search = LogSearch(database)
        table = TableReader(database, _TABLE, _ROW.columns, _ROW.read, self.search.candidates)
        self.head = table.head
        self.rows = table.rows
        self.value_counts = table.value_counts
        self._table = table

    def ids(self, query: TableQuery = TableQuery()) -> array[int]:  # noqa: B008 - frozen
        """IDs of the entries that `query` shows, in its order."""
        return self._table.ids(query)

    def count(self, query: TableQuery = TableQuery()) -> int:  # noqa: B008 - frozen
        """How many entries `query` shows."""
        return self._table.count(query)

    def get(self, email_id: int) -> LogEntry:
        """One entry. Raises `NotFound`."""
        rows = self.rows([email_id])
        if not rows:
            raise NotFound(
                QT_TRANSLATE_NOOP("KnownError", "There is no email {id} in the Log."), id=email_id
            )
        return rows[0]

    def delivered(self, ids: Sequence[int]) -> int:
        """How many of these were delivered and are not in the queue again."""
        return sum(
            self._database.sql(_DELIVERED, {"ids": json.dumps(list(piece))})[0][0]
            for piece in pieces(ids)
        )

    def stream(self, query: TableQuery) -> Iterator[LogEntry]:
        """The entries that `query` shows, one by one, for an export of any size."""
        ids = self.ids(query)
        for start in range(0, len(ids), _PAGE):
            yield from self.rows(ids[start : start + _PAGE])

    def attempts(self, email_id: int) -> list[Attempt]:
        """Every attempt of one email, oldest first; [] if there was none."""
        select = AttemptRow.select().where(AttemptRow.email == email_id).order_by(AttemptRow.id)
        return [_attempt(row) for row in self._database.fetch(select)]


def _attempt(row: Any) -> Attempt:
    return Attempt(
        id=row.id,
        email_id=row.email_id,
        queue_id=row.queue_id,
        number=row.number,
        provider_id=row.provider_id,
        provider_caption=row.provider_caption,
        started_at=row.started_at,
        finished_at=row.finished_at,
        point_of_no_return_at=row.point_of_no_return_at,
        stage=row.stage,
        outcome=None if row.outcome is None else OutcomeKind(row.outcome),
        reason=row.reason,
        reply_text=row.reply_text,
        possible_duplicate=bool(row.possible_duplicate),
    )
