"""Removes for good what was deleted long ago, a little at a time."""

from __future__ import annotations

import time
from datetime import datetime

from mailadmin.store.database import Database
from mailadmin.store.fields import to_text
from mailadmin.store.messages import Messages

_ROWS = 1000  # removed in one transaction
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


def purge(database: Database, messages: Messages, before: datetime) -> int:
    """Remove rows deleted before `before`, with messages that nothing else needs.

    What else was changed before it can't be undone from then on. Gives the number of emails.
    """
    bindings = {"before": to_text(before), "rows": _ROWS}
    removed = 0
    found = _ROWS
    while found == _ROWS:
        with database.write():
            gone = database.sql(_DELETED, bindings)
            if gone:
                messages.remove_unused(message_id for (message_id,) in gone)
            undo = database.sql(_UNDO, bindings)
            if len(undo) < _ROWS:
                database.sql(_STEPS, bindings)
        removed += len(gone)
        found = max(len(gone), len(undo))
        if found == _ROWS:
            time.sleep(_REST)
    return removed
