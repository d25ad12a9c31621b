"""The first schema: providers, messages, queue, journal, attempts, settings."""

from __future__ import annotations

import peewee

STATEMENTS = """
CREATE TABLE provider (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    caption TEXT NOT NULL,
    driver TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    username TEXT NOT NULL,
    send_from TEXT NOT NULL,
    send_from_name TEXT NOT NULL,
    encryption TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    ca_file TEXT NOT NULL,
    trusted_fingerprint TEXT NOT NULL,
    priority INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    max_connections INTEGER NOT NULL,
    messages_per_connection INTEGER NOT NULL,
    limit_per_second INTEGER,
    limit_per_minute INTEGER,
    limit_per_hour INTEGER,
    limit_per_day INTEGER,
    pause_reason TEXT,
    paused_at TEXT
);
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    header_from TEXT NOT NULL,
    envelope_from TEXT,
    created_at TEXT NOT NULL,
    source TEXT NOT NULL
);
CREATE TABLE message_content (
    message_id INTEGER NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    content BLOB NOT NULL
);
CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    resend_of INTEGER,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE RESTRICT,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_attempt_at TEXT,
    next_attempt_at TEXT,
    attempts_count INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    priority INTEGER NOT NULL,
    not_before TEXT,
    expires_at TEXT,
    schedule_started_at TEXT NOT NULL,
    schedule_step INTEGER NOT NULL,
    provider_id INTEGER REFERENCES provider (id) ON DELETE SET NULL,
    owner TEXT,
    epoch INTEGER NOT NULL,
    lease_until TEXT,
    attempt_id INTEGER,
    unknown_outcomes INTEGER NOT NULL,
    deleted_at TEXT
);
CREATE INDEX queue_claimable ON queue (priority, next_attempt_at, id)
    WHERE next_attempt_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX queue_due ON queue (next_attempt_at)
    WHERE next_attempt_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX queue_status ON queue (status) WHERE deleted_at IS NULL;
CREATE INDEX queue_message ON queue (message_id);
CREATE INDEX queue_provider ON queue (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX queue_deleted ON queue (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE TABLE journal (
    id INTEGER NOT NULL PRIMARY KEY,
    queue_id INTEGER,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE RESTRICT,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    attempt_at TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX journal_attempt_at ON journal (attempt_at, id);
CREATE INDEX journal_recipient ON journal (recipient);
CREATE INDEX journal_message ON journal (message_id);
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email_id INTEGER NOT NULL REFERENCES journal (id) ON DELETE CASCADE,
    queue_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    provider_id INTEGER REFERENCES provider (id) ON DELETE SET NULL,
    provider_caption TEXT NOT NULL,
    owner TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    point_of_no_return_at TEXT,
    stage TEXT,
    outcome TEXT,
    reason TEXT NOT NULL,
    reply_code INTEGER,
    enhanced_code TEXT NOT NULL,
    reply_text TEXT NOT NULL,
    possible_duplicate INTEGER NOT NULL
);
CREATE INDEX attempt_email ON attempt (email_id, id);
CREATE INDEX attempt_provider ON attempt (provider_id, started_at);
CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
"""


def up(database: peewee.Database) -> None:
    """Create all tables and indexes."""
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            database.execute_sql(statement)
