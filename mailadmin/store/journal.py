"""The Log: every email that was attempted, and each of its attempts."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

import peewee

from mailadmin.core.domain import Attempt, LogEntry, LogStatus, OutcomeKind, Stage
from mailadmin.core.errors import QT_TRANSLATE_NOOP, NotFound
from mailadmin.core.table_query import OneOf, TableQuery
from mailadmin.store.batches import in_batches
from mailadmin.store.database import Database
from mailadmin.store.schema import AttemptRow, JournalRow

_SORT: dict[str, Any] = {
    "id": JournalRow.id,
    "active_queue_id": JournalRow.queue_id,
    "email": JournalRow.recipient,
    "subject": JournalRow.subject,
    "attempt_date": JournalRow.attempt_at,
    "status": JournalRow.status,
    "reason": JournalRow.reason,
}


class Journal:
    """Repository of log entries. Only `claims.py` writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ids(self, query: TableQuery = TableQuery()) -> array[int]:  # noqa: B008 - frozen
        """IDs of the entries that `query` shows, in its order."""
        select = _ordered(JournalRow.select(JournalRow.id), query)
        return self._database.integers(select)

    def rows(self, ids: Sequence[int]) -> list[LogEntry]:
        """The entries with these IDs, in this order; those that are gone are left out."""
        found: dict[int, LogEntry] = {}
        for batch in in_batches(ids):
            select = JournalRow.select().where(JournalRow.id.in_(batch))
            found.update((row.id, _entry(row)) for row in self._database.fetch(select))
        return [found[row_id] for row_id in ids if row_id in found]

    def get(self, email_id: int) -> LogEntry:
        """One entry. Raises `NotFound`."""
        rows = self.rows([email_id])
        if not rows:
            raise NotFound(
                QT_TRANSLATE_NOOP("KnownError", "There is no email {id} in the Log."), id=email_id
            )
        return rows[0]

    def count(self, query: TableQuery = TableQuery()) -> int:  # noqa: B008 - frozen
        """How many entries `query` shows."""
        select = JournalRow.select(peewee.fn.COUNT(JournalRow.id)).where(_shown(query))
        return int(self._database.first(select.tuples())[0])

    def stream(self, query: TableQuery) -> Iterator[LogEntry]:
        """The entries that `query` shows, one by one, for an export of any size."""
        for row in self._database.stream(_ordered(JournalRow.select(), query)):
            yield _entry(row)

    def attempts(self, email_id: int) -> list[Attempt]:
        """Every attempt of one email, oldest first; [] if there was none."""
        select = AttemptRow.select().where(AttemptRow.email == email_id).order_by(AttemptRow.id)
        return [_attempt(row) for row in self._database.fetch(select)]


def _shown(query: TableQuery) -> Any:
    condition = JournalRow.id.is_null(False)
    chosen = query.filter_of("status")
    if isinstance(chosen, OneOf):
        condition &= JournalRow.status.in_(chosen.values)
    if query.search:
        searched = (JournalRow.recipient, JournalRow.subject, JournalRow.reason)
        condition &= reduce(or_, (column.contains(query.search) for column in searched))
    return condition


def _ordered(select: Any, query: TableQuery) -> Any:
    order = _SORT[query.sort]
    direction = order.desc() if query.descending else order.asc()
    return select.where(_shown(query)).order_by(direction, JournalRow.id)


def _entry(row: Any) -> LogEntry:
    return LogEntry(
        id=row.id,
        active_queue_id=row.queue_id,
        message_id=row.message_id,
        email=row.recipient,
        subject=row.subject,
        attempt_date=row.attempt_at,
        status=LogStatus(row.status),
        reason=row.reason,
    )


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
        stage=None if row.stage is None else Stage(row.stage),
        outcome=None if row.outcome is None else OutcomeKind(row.outcome),
        reason=row.reason,
        reply_text=row.reply_text,
        possible_duplicate=bool(row.possible_duplicate),
    )
