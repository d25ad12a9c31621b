"""Failover, the health of providers, and the indexes of batched claims and sliding limits."""

from __future__ import annotations

import peewee

STATEMENTS = """
ALTER TABLE queue ADD COLUMN avoid TEXT NOT NULL DEFAULT '';
DROP INDEX queue_claimable;
CREATE INDEX queue_new ON queue (priority, next_attempt_at, id)
    WHERE next_attempt_at IS NOT NULL AND deleted_at IS NULL AND schedule_step = 0;
CREATE INDEX queue_retry ON queue (priority, next_attempt_at, id)
    WHERE next_attempt_at IS NOT NULL AND deleted_at IS NULL AND schedule_step > 0;
CREATE INDEX queue_avoiding ON queue (next_attempt_at) WHERE avoid <> '';
CREATE INDEX queue_owner ON queue (owner) WHERE owner IS NOT NULL;
DROP INDEX attempt_provider;
CREATE INDEX attempt_accountable ON attempt (provider_id, finished_at)
    WHERE point_of_no_return_at IS NOT NULL;
CREATE INDEX attempt_open ON attempt (provider_id) WHERE finished_at IS NULL;
CREATE TABLE provider_health (
    provider_id INTEGER NOT NULL PRIMARY KEY REFERENCES provider (id) ON DELETE CASCADE,
    failures INTEGER NOT NULL DEFAULT 0,
    open_until TEXT,
    rest REAL NOT NULL DEFAULT 0,
    last_success_at TEXT,
    last_failure_at TEXT,
    last_failure TEXT NOT NULL DEFAULT ''
);
"""


def up(database: peewee.Database) -> None:
    """Add them; the queue and the log stay as they are."""
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            database.execute_sql(statement)
