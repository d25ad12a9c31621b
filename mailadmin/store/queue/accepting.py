"""Takes responsibility for mail: its rows in the queue, one per recipient."""

from __future__ import annotations

from datetime import datetime

from mailadmin.domain.message import NewMessage
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text

_ADD = """
    INSERT INTO queue (message_id, recipient, subject, created_at, next_attempt_at,
        schedule_started_at, priority, not_before, expires_at, provider_id, reason, status,
        attempts_count, schedule_step, epoch, unknown_outcomes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 'QUEUED', 0, 0, 0, 0) RETURNING id"""


def add_rows(database: Database, message: NewMessage, stored: int, now: datetime) -> list[int]:
    """Queue the stored message for each recipient, in the caller's transaction; gives the IDs."""
    first_at = to_text(max(now, message.not_before or now))
    rest = (
        message.subject,
        to_text(now),
        first_at,
        first_at,
        message.priority,
        _text(message.not_before),
        _text(message.expires_at),
        message.provider_id,
    )
    return [
        int(database.sql(_ADD, (stored, recipient, *rest))[0][0])
        for recipient in message.recipients
    ]


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)
