"""What rows of the queue were before somebody changed many of them, so that it can be undone."""

from __future__ import annotations

import peewee

# No triggers and no keys on the queue: email that is sent pays nothing for what was noted of it.
STATEMENTS = """
CREATE TABLE undo_step (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    done_at TEXT NOT NULL
);
CREATE TABLE undo_row (
    undo_id INTEGER NOT NULL REFERENCES undo_step (id) ON DELETE CASCADE,
    queue_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    provider_id INTEGER,
    status TEXT NOT NULL,
    next_attempt_at TEXT,
    schedule_started_at TEXT NOT NULL,
    schedule_step INTEGER NOT NULL,
    avoid TEXT NOT NULL,
    not_before TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (undo_id, queue_id)
) WITHOUT ROWID;
CREATE INDEX undo_row_queue ON undo_row (queue_id);
CREATE INDEX queue_resend ON queue (resend_of) WHERE resend_of IS NOT NULL
"""


def up(database: peewee.Database) -> None:
    """Add them, empty: what was done before can't be undone, but for deletions by their rows."""
    for statement in STATEMENTS.split(";"):
        database.execute_sql(statement)
