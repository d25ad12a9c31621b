"""The queue as its users see it: accepting mail, listing it, holding, releasing, deleting it.

What only the sender does (claim, point of no return, record) is in `claims.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import peewee

from mailadmin.core.domain import (
    BulkResult,
    NewMessage,
    QueuedEmail,
    QueueStatus,
    QueueSummary,
    Resolution,
    Topic,
)
from mailadmin.core.errors import QT_TRANSLATE_NOOP, NotFound
from mailadmin.core.table_query import UNDECIDED, TableQuery
from mailadmin.store import claim_statements, refusals
from mailadmin.store.accepting import add_rows
from mailadmin.store.batches import in_batches
from mailadmin.store.database import Database
from mailadmin.store.fields import to_text
from mailadmin.store.messages import Messages
from mailadmin.store.resolution import resolve
from mailadmin.store.schema import JournalRow, QueueRow
from mailadmin.store.table_reader import TableReader
from mailadmin.store.table_statements import Table

UNDO_TIME = timedelta(days=1)  # how long a deleted row can be brought back

_EMAIL_ID = peewee.fn.COALESCE(QueueRow.resend_of, QueueRow.id)
_WAITING = (QueueStatus.QUEUED, QueueStatus.DEFERRED, QueueStatus.UNCERTAIN)

_COUNTS = "SELECT status, number FROM queue_count WHERE number > 0"
_NEXT_DUE = claim_statements.NEXT_DUE


_KNOWN = """
    SELECT q.recipient FROM message AS m CROSS JOIN queue AS q ON q.message_id = m.id
    WHERE m.origin = :origin AND m.origin <> '' AND q.deleted_at IS NULL
    UNION ALL
    SELECT j.recipient FROM message AS m CROSS JOIN journal AS j ON j.message_id = m.id
    WHERE m.origin = :origin AND m.origin <> ''"""

_TABLE = Table(
    "queue",
    {
        "id": "queue.id",
        "email": "recipient",
        "subject": "subject",
        "last_attempt_date": "last_attempt_at",
        "next_attempt_date": "next_attempt_at",
        "attempts_count": "attempts_count",
        "status": "status",
        "reason": "reason",
    },
    searched=("recipient", "subject", "reason"),
    always="deleted_at IS NULL",
    texts=frozenset(("email", "subject", "reason")),
    special={("status", UNDECIDED): "(unknown_outcomes > 0 AND status IN ('UNCERTAIN', 'HELD'))"},
)
_COLUMNS = (
    "queue.id",
    "coalesce(resend_of, queue.id)",
    "message_id",
    "recipient",
    "subject",
    "created_at",
    "last_attempt_at",
    "next_attempt_at",
    "attempts_count",
    "status",
    "reason",
    "provider_id",
    "unknown_outcomes > 0",
)


class Outbox:
    """Repository of unsent mail, one row per recipient."""

    def __init__(self, database: Database, messages: Messages) -> None:
        self._database = database
        self._messages = messages
        table = TableReader(database, _TABLE, _COLUMNS, _queued)
        self.head = table.head
        self.rows = table.rows
        self.value_counts = table.value_counts
        self._table = table

    def enqueue(
        self,
        messages: Sequence[NewMessage],
        *,
        now: datetime | None = None,
        skip_known: bool = False,
    ) -> list[list[int]]:
        """Commit messages durably, all or none; gives the queue IDs of each one's recipients.

        With `skip_known` recipients are left out for whom a message from the same file (`origin`)
        is in the queue or in the Log, so that an import can be repeated; their IDs are missing.
        """
        now = now or datetime.now(UTC)
        stored_at = to_text(now)
        queue_ids: list[list[int]] = []
        with self._database.write(Topic.QUEUE):
            for message in messages:
                if skip_known and message.origin:
                    message = self._without_known(message)  # noqa: PLW2901
                if not message.recipients and skip_known:
                    queue_ids.append([])
                    continue
                stored = self._messages.add(message, stored_at)
                queue_ids.append(add_rows(self._database, message, stored, now))
        return queue_ids

    def _without_known(self, message: NewMessage) -> NewMessage:
        known = {name for (name,) in self._database.sql(_KNOWN, {"origin": message.origin})}
        return replace(
            message, recipients=tuple(name for name in message.recipients if name not in known)
        )

    def ids(self, query: TableQuery = TableQuery()) -> array[int]:  # noqa: B008 - frozen
        """IDs of the rows that `query` shows, in its order."""
        return self._table.ids(query)

    def get(self, queue_id: int) -> QueuedEmail:
        """One row. Raises `NotFound` if it was sent or deleted meanwhile."""
        rows = self.rows([queue_id])
        if not rows:
            raise NotFound(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "Email {id} is no longer in the queue: it was sent or deleted. "
                    "The Log tells what became of it.",
                ),
                id=queue_id,
            )
        return rows[0]

    def count(self, query: TableQuery = TableQuery()) -> int:  # noqa: B008 - frozen
        """How many rows `query` shows."""
        return self._table.count(query)

    def summary(self) -> QueueSummary:
        """The number of rows by status and when the next one is due."""
        counts = self._database.sql(_COUNTS)
        (due,) = self._database.sql(_NEXT_DUE)[0]
        return QueueSummary(
            {QueueStatus(status): number for status, number in counts},
            due and datetime.fromisoformat(due),
        )

    def hold(self, ids: Sequence[int]) -> BulkResult:
        """Keep waiting email from being sent until it is released."""
        return self._change(
            ids,
            allowed=_WAITING,
            refused_because={
                QueueStatus.HELD: refusals.HELD_ALREADY,
                QueueStatus.FAILED: refusals.FAILED,
            },
            status=QueueStatus.HELD,
            next_attempt_at=None,
        )

    def release(self, ids: Sequence[int], *, now: datetime | None = None) -> BulkResult:
        """Let held email be sent again, from the start of the retry schedule."""
        return self._change(
            ids,
            allowed=(QueueStatus.HELD,),
            refused_because=dict.fromkeys((*_WAITING, QueueStatus.FAILED), refusals.NOT_HELD),
            **_fresh_schedule(now),
        )

    def send_now(self, ids: Sequence[int], *, now: datetime | None = None) -> BulkResult:
        """Make email due at once, also held and failed, from the start of the retry schedule."""
        return self._change(
            ids,
            allowed=(*_WAITING, QueueStatus.HELD, QueueStatus.FAILED),
            refused_because={},
            **_fresh_schedule(now),
            not_before=None,
        )

    def resolve(
        self, ids: Sequence[int], resolution: Resolution, *, now: datetime | None = None
    ) -> BulkResult:
        """Decide about email that may have arrived: see `resolution.resolve`."""
        return resolve(self._database, ids, resolution, now or datetime.now(UTC))

    def delete(self, ids: Sequence[int], *, now: datetime | None = None) -> BulkResult:
        """Take email out of the queue; `undelete` brings it back within `UNDO_TIME`."""
        with self._database.write(Topic.QUEUE, Topic.LOG):
            result = self._change(
                ids,
                allowed=(*_WAITING, QueueStatus.HELD, QueueStatus.FAILED),
                refused_because={},
                deleted_at=now or datetime.now(UTC),
            )
            for batch in in_batches(result.changed):
                self._database.run(
                    JournalRow.update(queue_id=None).where(JournalRow.queue_id.in_(batch))
                )
        return result

    def undelete(self, ids: Sequence[int]) -> BulkResult:
        """Bring deleted email back as it was."""
        changed: list[int] = []
        with self._database.write(Topic.QUEUE, Topic.LOG):
            for batch in in_batches(ids):
                there = self._fetch(
                    QueueRow.select(QueueRow.id, _EMAIL_ID).where(
                        QueueRow.id.in_(batch), QueueRow.deleted_at.is_null(False)
                    )
                )
                known = [queue_id for queue_id, _ in there]
                self._database.run(QueueRow.update(deleted_at=None).where(QueueRow.id.in_(known)))
                for queue_id, email_id in there:
                    self._database.run(
                        JournalRow.update(queue_id=queue_id).where(JournalRow.id == email_id)
                    )
                changed.extend(known)
        back = set(changed)
        return BulkResult(tuple(changed), {i: refusals.REMOVED for i in ids if i not in back})

    def purge_deleted(self, *, before: datetime | None = None) -> int:
        """Remove for good what was deleted before `before`; gives the number of rows."""
        limit = before or datetime.now(UTC) - UNDO_TIME
        with self._database.write():
            removed = int(self._database.run(QueueRow.delete().where(QueueRow.deleted_at < limit)))
            if removed:
                self._messages.remove_orphans()
        return removed

    def resend(self, email_ids: Sequence[int], *, now: datetime | None = None) -> BulkResult:
        """Queue logged email again: the same bytes, a new row of the queue, the same Log entry."""
        now = now or datetime.now(UTC)
        changed: list[int] = []
        refused: dict[int, str] = {}
        with self._database.write(Topic.QUEUE, Topic.LOG):
            for email_id in email_ids:
                entry = self._database.first(JournalRow.select().where(JournalRow.id == email_id))
                if entry is None:
                    refused[email_id] = refusals.NOT_IN_LOG
                elif entry.queue_id is not None:
                    refused[email_id] = refusals.STILL_QUEUED
                else:
                    self._requeue(entry, now)
                    changed.append(email_id)
        return BulkResult(tuple(changed), refused)

    def _requeue(self, entry: Any, now: datetime) -> None:
        # A deleted row of the same email must not come back beside the new one by an undo.
        self._database.run(
            QueueRow.delete().where(_EMAIL_ID == entry.id, QueueRow.deleted_at.is_null(False))
        )
        message = NewMessage(b"", (entry.recipient,), entry.subject, "")
        (queue_id,) = add_rows(self._database, message, entry.message_id, now, entry.id)
        self._database.run(JournalRow.update(queue_id=queue_id).where(JournalRow.id == entry.id))

    def _change(
        self,
        ids: Sequence[int],
        *,
        allowed: Iterable[QueueStatus],
        refused_because: dict[QueueStatus, str],
        **values: Any,
    ) -> BulkResult:
        """Update the rows whose status allows it; say of every other one why it was left."""
        changed: list[int] = []
        refused: dict[int, str] = {}
        allowed = frozenset(allowed)
        why = {QueueStatus.IN_PROGRESS: refusals.SENDING, **refused_because}
        with self._database.write(Topic.QUEUE):
            for batch in in_batches(ids):
                select = QueueRow.select(QueueRow.id, QueueRow.status).where(
                    QueueRow.id.in_(batch), QueueRow.deleted_at.is_null()
                )
                found = {row_id: QueueStatus(s) for row_id, s in self._fetch(select)}
                hits = [i for i in batch if found.get(i) in allowed]
                self._database.run(QueueRow.update(**values).where(QueueRow.id.in_(hits)))
                changed.extend(hits)
                for row_id in set(batch).difference(hits):
                    status = found.get(row_id)
                    refused[row_id] = refusals.GONE if status is None else why[status]
        return BulkResult(tuple(changed), refused)

    def _fetch(self, select: Any) -> list[Any]:
        return self._database.fetch(select.tuples())


def _fresh_schedule(now: datetime | None) -> dict[str, Any]:
    now = now or datetime.now(UTC)
    return {
        "status": QueueStatus.QUEUED,
        "next_attempt_at": now,
        "schedule_started_at": now,
        "schedule_step": 0,
        "avoid": "",
    }


def _queued(values: Sequence[Any]) -> QueuedEmail:
    (
        row_id,
        email_id,
        message_id,
        recipient,
        subject,
        created_at,
        last_attempt_at,
        next_attempt_at,
        attempts_count,
        status,
        reason,
        provider_id,
        possible_duplicate,
    ) = values
    return QueuedEmail(
        id=row_id,
        email_id=email_id,
        message_id=message_id,
        email=recipient,
        subject=subject,
        created_at=datetime.fromisoformat(created_at),
        last_attempt_date=last_attempt_at and datetime.fromisoformat(last_attempt_at),
        next_attempt_date=next_attempt_at and datetime.fromisoformat(next_attempt_at),
        attempts_count=attempts_count,
        status=QueueStatus(status),
        reason=reason,
        provider_id=provider_id,
        possible_duplicate=bool(possible_duplicate),
    )
