"""Counts of the queue kept as it changes, and indexes that a claim can follow without a detour."""

from __future__ import annotations

import peewee

# attempt_accountable ends in its own condition, so that SQLite counts in it without the table.
# Waiting email is in exactly one of queue_new, queue_retry, queue_bound and queue_avoiding, so that
# a claim never walks over rows that are not for its provider. A normal email touches three indexes
# of the queue when it is claimed and again when it leaves; each further one costs every email.
STATEMENTS = """
DROP INDEX queue_new;
DROP INDEX queue_retry;
DROP INDEX queue_avoiding;
DROP INDEX queue_due;
DROP INDEX queue_owner;
CREATE INDEX queue_new ON queue (priority, next_attempt_at, id)
    WHERE next_attempt_at IS NOT NULL AND deleted_at IS NULL
    AND provider_id IS NULL AND avoid = '' AND schedule_step = 0;
CREATE INDEX queue_retry ON queue (priority, next_attempt_at, id)
    WHERE next_attempt_at IS NOT NULL AND deleted_at IS NULL
    AND provider_id IS NULL AND avoid = '' AND schedule_step > 0;
CREATE INDEX queue_avoiding ON queue (priority, next_attempt_at, id)
    WHERE next_attempt_at IS NOT NULL AND deleted_at IS NULL
    AND provider_id IS NULL AND avoid <> '';
CREATE INDEX queue_bound ON queue (provider_id, priority, next_attempt_at, id)
    WHERE next_attempt_at IS NOT NULL AND deleted_at IS NULL
    AND provider_id IS NOT NULL;
DROP INDEX attempt_open;
DROP INDEX attempt_accountable;
CREATE INDEX attempt_accountable ON attempt
    (provider_id, finished_at, outcome, point_of_no_return_at IS NOT NULL)
    WHERE point_of_no_return_at IS NOT NULL AND finished_at IS NOT NULL;
UPDATE queue SET provider_id = NULL WHERE unknown_outcomes = 0 AND status = 'IN PROGRESS';
CREATE TABLE queue_count (
    status TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO queue_count
    SELECT status, count(*) FROM queue WHERE deleted_at IS NULL GROUP BY status
"""

_ADD = """
    INSERT INTO queue_count VALUES (NEW.status, 1)
        ON CONFLICT (status) DO UPDATE SET number = number + 1"""
_SUBTRACT = """
    UPDATE queue_count SET number = number - 1 WHERE status = OLD.status"""

TRIGGERS = (
    f"""CREATE TRIGGER queue_count_added AFTER INSERT ON queue
    WHEN NEW.deleted_at IS NULL BEGIN {_ADD};
    END""",
    f"""CREATE TRIGGER queue_count_removed AFTER DELETE ON queue
    WHEN OLD.deleted_at IS NULL BEGIN {_SUBTRACT};
    END""",
    f"""CREATE TRIGGER queue_count_changed AFTER UPDATE OF status ON queue
    WHEN NEW.deleted_at IS NULL AND OLD.deleted_at IS NULL AND NEW.status <> OLD.status
    BEGIN {_SUBTRACT}; {_ADD};
    END""",
    f"""CREATE TRIGGER queue_count_deleted AFTER UPDATE OF deleted_at ON queue
    WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL BEGIN {_SUBTRACT};
    END""",
    f"""CREATE TRIGGER queue_count_undeleted AFTER UPDATE OF deleted_at ON queue
    WHEN NEW.deleted_at IS NULL AND OLD.deleted_at IS NOT NULL BEGIN {_ADD};
    END""",
)


def up(database: peewee.Database) -> None:
    """Change the indexes, count once and then keep counting."""
    for statement in (*STATEMENTS.split(";"), *TRIGGERS):
        database.execute_sql(statement)
