"""Removes for good what was deleted long ago, a little at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text
from mailadmin.store.messages import Messages

_FIRST, _LEAST, _MOST = 4, 1, 2000  # rows removed in one transaction
_LOCKED = 0.02  # seconds that a transaction should take
_REST = 0.01  # seconds between two transactions, in which others may write

_DELETED = """
    DELETE FROM queue WHERE id IN (
        SELECT id FROM queue INDEXED BY queue_deleted
        WHERE deleted_at < :before LIMIT :rows)
    RETURNING message_id"""
_UNDO = """
    DELETE FROM undo_row WHERE (undo_id, queue_id) IN (
        SELECT u.undo_id, u.queue_id
        FROM undo_step AS s CROSS JOIN undo_row AS u ON u.undo_id = s.id
        WHERE s.done_at < :before LIMIT :rows)
    RETURNING queue_id"""
_STEPS = "DELETE FROM undo_step WHERE done_at < :before"


def purge(
    database: Database,
    messages: Messages,
    before: datetime,
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Remove rows deleted before `before`, with messages that nothing else needs.

    Other changes from before it can't be undone any more either. Gives the number of emails. After
    each transaction `go_on` is asked; if it says no, the rest is left for another time.
    """
    removed = 0
    rows = _FIRST
    while True:
        bindings = {"before": to_text(before), "rows": rows}
        with database.write():
            began = time.monotonic()
            gone = database.sql(_DELETED, bindings)
            if gone:
                messages.remove_unused(message_id for (message_id,) in gone)
            undo = database.sql(_UNDO, bindings)
            if len(undo) < rows:
                database.sql(_STEPS, bindings)
        took = time.monotonic() - began
        removed += len(gone)
        if max(len(gone), len(undo)) < rows or not go_on():
            return removed
        time.sleep(_REST)
        # A row may bring a message of many megabytes with it.
        rows = max(_LEAST, min(_MOST, 2 * rows, round(rows * _LOCKED / max(took, 1e-6))))
