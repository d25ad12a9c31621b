"""The rows of a queue written straight with APSW: what the database itself allows.

The same file, pragmas, columns and hash as in `store.queue.enqueue`; no checks, no events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import apsw

from mailadmin.domain.message import NewMessage
from mailadmin.store.base.fields import to_text

_MESSAGE = """
INSERT INTO message (sha256, size, message_id, subject, header_from, created_at, source)
VALUES (?, ?, ?, ?, '', ?, '')
"""
_CONTENT = "INSERT INTO message_content (message_id, content) VALUES (?, ?)"
_QUEUE = """
INSERT INTO queue (message_id, recipient, subject, created_at, next_attempt_at, attempts_count,
    status, reason, priority, schedule_started_at, schedule_step, epoch, unknown_outcomes)
VALUES (?, ?, ?, ?4, ?4, 0, 'QUEUED', '', 10, ?4, 0, 0, 0)
"""


class RawInserts:
    """A connection to a database that `Store.open` made."""

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path))
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = 1"):
            self._connection.execute(f"PRAGMA {pragma}")

    def enqueue(self, messages: Iterable[NewMessage]) -> None:
        """Commit them in one transaction."""
        connection = self._connection
        now = to_text(datetime.now(UTC))
        connection.execute("BEGIN IMMEDIATE")
        for message in messages:
            content = message.content
            digest = hashlib.sha256(content).hexdigest()
            values = (digest, len(content), message.message_id, message.subject, now)
            connection.execute(_MESSAGE, values)
            stored = connection.last_insert_rowid()
            connection.execute(_CONTENT, (stored, content))
            for recipient in message.recipients:
                connection.execute(_QUEUE, (stored, recipient, message.subject, now))
        connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
