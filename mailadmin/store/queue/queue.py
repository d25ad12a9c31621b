"""The queue as its users see it: accepting mail, listing it, holding, releasing, deleting it.

Changes of many rows are in `bulk.py`, what only the sender does (claim, point of no return, record)
is in `claims.py`.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, NotFound
from mailadmin.domain.message import NewMessage
from mailadmin.domain.queue import BulkResult, QueuedEmail, QueueStatus, QueueSummary, Resolution
from mailadmin.domain.topic import Topic
from mailadmin.store.base.batches import pieces
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text
from mailadmin.store.base.reading import Progress, go_on
from mailadmin.store.claims import statements as claim_statements
from mailadmin.store.messages import Messages
from mailadmin.store.query.reader import TableReader
from mailadmin.store.query.rows import StoredRow
from mailadmin.store.query.statements import Table
from mailadmin.store.queue.accepting import add_rows
from mailadmin.store.queue.bulk import BulkChanges
from mailadmin.store.queue.purging import purge
from mailadmin.store.queue.resolution import resolve
from mailadmin.tables.query import UNDECIDED, TableQuery
from mailadmin.tables.queue import QUEUE

UNDO_TIME = timedelta(days=1)  # how long a change can be undone and a deleted row comes back

_COUNTS = "SELECT status, number FROM queue_count WHERE number > 0"
_NEXT_DUE = claim_statements.NEXT_DUE
_POSSIBLE_DUPLICATES = """
    SELECT count(*) FROM json_each(:ids) AS wanted CROSS JOIN queue AS q ON q.id = wanted.value
    WHERE q.unknown_outcomes > 0 AND q.deleted_at IS NULL"""

_KNOWN = """
    SELECT q.recipient FROM message AS m CROSS JOIN queue AS q ON q.message_id = m.id
    WHERE m.origin = :origin AND m.origin <> '' AND q.deleted_at IS NULL
    UNION ALL
    SELECT j.recipient FROM message AS m CROSS JOIN journal AS j ON j.message_id = m.id
    WHERE m.origin = :origin AND m.origin <> ''"""

# What is not a column of the same name.
_SQL = {
    "email_id": "coalesce(queue.resend_of, queue.id)",
    "stored_id": "queue.message_id",
    "email": "queue.recipient",
    "last_attempt_date": "queue.last_attempt_at",
    "next_attempt_date": "queue.next_attempt_at",
    "possible_duplicate": "queue.unknown_outcomes > 0",
}
_TABLE = Table.of(
    "queue",
    QUEUE,
    _SQL,
    searched=("email", "subject", "reason"),
    always="deleted_at IS NULL",
    special={("status", UNDECIDED): "(unknown_outcomes > 0 AND status IN ('UNCERTAIN', 'HELD'))"},
)
_ROW = StoredRow(QueuedEmail, "queue", _SQL)


class Queue:
    """Repository of unsent mail, one row per recipient."""

    def __init__(self, database: Database, messages: Messages) -> None:
        self._database = database
        self._messages = messages
        table = TableReader(database, _TABLE, _ROW.columns, _ROW.read)
        self.head = table.head
        self.rows = table.rows
        self.value_counts = table.value_counts
        self._table = table
        bulk = BulkChanges(database)
        self.hold = bulk.hold
        self.release = bulk.release
        self.send_now = bulk.send_now
        self.delete = bulk.delete
        self.undelete = bulk.undelete
        self.resend = bulk.resend
        self.undo = bulk.undo

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

    def resolve(
        self,
        ids: Sequence[int],
        resolution: Resolution,
        progress: Progress = go_on,
        *,
        now: datetime | None = None,
    ) -> BulkResult:
        """Decide about email that may have arrived: see `resolution.resolve`."""
        return resolve(self._database, ids, resolution, now or datetime.now(UTC), progress)

    def possible_duplicates(self, ids: Sequence[int]) -> int:
        """How many of these may have arrived already."""
        return sum(
            self._database.sql(_POSSIBLE_DUPLICATES, {"ids": json.dumps(list(piece))})[0][0]
            for piece in pieces(ids)
        )

    def purge_deleted(
        self, *, before: datetime | None = None, go_on: Callable[[], bool] = lambda: True
    ) -> int:
        """Remove for good what was deleted before `before`, and what could be undone until then.

        Gives the number of emails.
        """
        limit = before or datetime.now(UTC) - UNDO_TIME
        return purge(self._database, self._messages, limit, go_on)
