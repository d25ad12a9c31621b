"""What the administrator does to many rows of the queue at once, and how it is undone.

Each change notes what its rows were before (`undo_row`). Undoing it restores exactly the rows that
were not changed or claimed since, so that no mail is sent twice or lost.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, NotFound
from mailadmin.domain.queue import BulkResult, QueueStatus
from mailadmin.store.base.batches import in_batches
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text
from mailadmin.store.base.reading import Progress, go_on
from mailadmin.store.queue import bulk_statements as statements
from mailadmin.store.queue import refusals
from mailadmin.store.queue.bulk_statements import Change

_BEGIN = "INSERT INTO undo_step (kind, done_at) VALUES (:kind, :now) RETURNING id"
_KIND = "SELECT kind FROM undo_step WHERE id = :undo"
_END = """
    DELETE FROM undo_step
    WHERE id = :undo AND NOT EXISTS (SELECT 1 FROM undo_row WHERE undo_id = :undo)"""


class BulkChanges:
    """Any number of rows: in batches, so that the sender is never kept waiting.

    `progress` can cancel; what was done until then stays done, and can be undone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(
        self, ids: Sequence[int], progress: Progress = go_on, *, now: datetime | None = None
    ) -> BulkResult:
        """Keep waiting email from being sent until it is released."""
        return self._run(statements.HOLD, ids, progress, now)

    def release(
        self, ids: Sequence[int], progress: Progress = go_on, *, now: datetime | None = None
    ) -> BulkResult:
        """Let held email be sent again, from the start of the retry schedule."""
        return self._run(statements.RELEASE, ids, progress, now)

    def send_now(
        self, ids: Sequence[int], progress: Progress = go_on, *, now: datetime | None = None
    ) -> BulkResult:
        """Make email due at once, also held and failed, from the start of the retry schedule."""
        return self._run(statements.SEND_NOW, ids, progress, now)

    def delete(
        self, ids: Sequence[int], progress: Progress = go_on, *, now: datetime | None = None
    ) -> BulkResult:
        """Take email out of the queue; `undo` and `undelete` bring it back within `UNDO_TIME`."""
        return self._run(statements.DELETE, ids, progress, now)

    def undelete(self, ids: Sequence[int], progress: Progress = go_on) -> BulkResult:
        """Bring deleted email back as it was, whoever deleted it."""
        return self._run(statements.UNDELETE, ids, progress)

    def resend(
        self, email_ids: Sequence[int], progress: Progress = go_on, *, now: datetime | None = None
    ) -> BulkResult:
        """Queue logged email again: the same bytes, a new row of the queue, the same Log entry."""
        return self._run(statements.RESEND, email_ids, progress, now)

    def undo(self, token: int, progress: Progress = go_on) -> BulkResult:
        """Undo the change whose result had this `undo`, in whatever process it was made.

        The result's `changed` are the queue IDs of rows that are restored, or for a resend removed;
        `refused` are those that were changed again since. Raises `NotFound` if the change was
        undone already or is too long ago.
        """
        step = {"undo": token}
        found = self._database.sql(_KIND, step)
        if not found:
            raise NotFound(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "This can't be undone any more: it is too long ago, or it was undone already.",
                )
            )
        undo = statements.UNDO[found[0][0]]

        def restore(batch: list[int]) -> dict[int, str]:
            bindings: dict[str, Any] = {**step, "ids": json.dumps(batch)}
            back = self._database.sql(undo.back, bindings)
            for statement in undo.then:
                self._database.sql(statement, {**step, "back": json.dumps(back)})
            bindings["back"] = json.dumps([queue_id for queue_id, _ in back])
            self._database.sql(statements.UNDONE, bindings)
            left = self._database.sql(statements.NOT_UNDONE, bindings)
            self._database.sql(_END, step)
            return {queue_id: _why_not_undone(status) for queue_id, status in left}

        rows = [queue_id for (queue_id,) in self._database.sql(statements.ROWS, step)]
        return in_batches(self._database, rows, restore, undo.topics, progress)

    def _run(
        self, change: Change, ids: Sequence[int], progress: Progress, now: datetime | None = None
    ) -> BulkResult:
        bindings: dict[str, Any] = {
            "now": to_text(now or datetime.now(UTC)),
            "kind": change.kind,
            "undo": None,
        }
        undoable = change.kind in statements.UNDO

        def work(batch: list[int]) -> dict[int, str]:
            bindings["ids"] = json.dumps(batch)
            left = self._database.sql(change.left, bindings)
            if len(left) < len(batch):
                if undoable and bindings["undo"] is None:
                    bindings["undo"] = self._database.sql(_BEGIN, bindings)[0][0]
                for statement in change.statements:
                    self._database.sql(statement, bindings)
            return {row_id: change.refusals[status] for row_id, status in left}

        result = in_batches(self._database, ids, work, change.topics, progress)
        return replace(result, undo=bindings["undo"]) if result.changed else result


def _why_not_undone(status: str | None) -> str:
    if status is None:
        return refusals.GONE
    return refusals.SENDING if status == QueueStatus.IN_PROGRESS else refusals.CHANGED_SINCE
