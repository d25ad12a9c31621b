"""The stored messages: exact bytes, once each, checked by their SHA-256 whenever they are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, NotFound, StorageCorrupt
from mailadmin.domain.message import NewMessage, StoredMessage
from mailadmin.store.base.database import Database
from mailadmin.store.base.schema import ContentRow, MessageRow

_ADD = """
    INSERT INTO message (sha256, size, message_id, subject, header_from, envelope_from, created_at,
        source, origin)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""
_ADD_CONTENT = "INSERT INTO message_content (message_id, content) VALUES (?, ?)"

_CONTENTS = """
    SELECT id, content, sha256
    FROM (SELECT m.id, m.sha256, wanted.key AS place,
            sum(m.size) OVER (ORDER BY wanted.key ROWS UNBOUNDED PRECEDING) AS bytes
        FROM json_each(:ids) AS wanted CROSS JOIN message AS m ON m.id = wanted.value)
        LEFT JOIN message_content ON message_id = id
    WHERE bytes <= :limit OR place = 0
    ORDER BY place"""


_REMOVE_UNUSED = """
    DELETE FROM message WHERE id IN (SELECT value FROM json_each(:ids))
        AND NOT EXISTS (SELECT 1 FROM queue WHERE queue.message_id = message.id)
        AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.message_id = message.id)"""


class MessageDamaged(StorageCorrupt):
    """The stored bytes don't match their hash: they must not be sent."""


class Messages:
    """Repository of messages. `add` and `remove_unused` run inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, message: NewMessage, now: str) -> int:
        """Store a message at `now`, as the database writes dates; gives its ID."""
        content = message.content
        row = (
            hashlib.sha256(content).hexdigest(),
            len(content),
            message.message_id,
            message.subject,
            message.header_from,
            message.envelope_from,
            now,
            message.source,
            message.origin,
        )
        stored_id = int(self._database.sql(_ADD, row)[0][0])
        self._database.sql(_ADD_CONTENT, (stored_id, content))
        return stored_id

    def get(self, stored_id: int) -> StoredMessage:
        """What is known of a message. Raises `NotFound`."""
        row = self._database.first(MessageRow.select().where(MessageRow.id == stored_id))
        if row is None:
            raise _gone(stored_id)
        return StoredMessage(
            id=row.id,
            sha256=row.sha256,
            size=row.size,
            message_id=row.message_id,
            subject=row.subject,
            header_from=row.header_from,
            envelope_from=row.envelope_from,
            created_at=row.created_at,
            source=row.source,
        )

    def content(self, stored_id: int) -> bytes:
        """The exact bytes. Raises `NotFound`, and `MessageDamaged` if they were altered."""
        row = self._database.first(
            ContentRow.select(ContentRow.content, MessageRow.sha256)
            .join(MessageRow)
            .where(ContentRow.message == stored_id)
            .tuples()
        )
        if row is None:
            raise _gone(stored_id)
        content = _checked(stored_id, row[0], row[1])
        if isinstance(content, MessageDamaged):
            raise content
        return content

    def contents(
        self, message_ids: Iterable[int], limit_bytes: int
    ) -> dict[int, bytes | MessageDamaged]:
        """The exact bytes of messages, in this order, until `limit_bytes` are reached.

        At least the first one is given. What was altered or lost comes as `MessageDamaged`.
        """
        wanted = {
            "ids": json.dumps(list(dict.fromkeys(message_ids))),
            "limit": limit_bytes,
        }
        return {
            stored_id: _checked(stored_id, content, sha256)
            for stored_id, content, sha256 in self._database.sql(_CONTENTS, wanted)
        }

    def remove_unused(self, message_ids: Iterable[int]) -> None:
        """Remove those of these messages that neither the queue nor the log needs."""
        self._database.sql(_REMOVE_UNUSED, {"ids": json.dumps(list(set(message_ids)))})


def _checked(stored_id: int, content: bytes | None, sha256: str) -> bytes | MessageDamaged:
    if content is not None and hashlib.sha256(content).hexdigest() == sha256:
        return content
    return MessageDamaged(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The stored message {id} was damaged on disk (its SHA-256 differs). "
            "It will not be sent: restore the database from a backup.",
        ),
        id=stored_id,
    )


def _gone(stored_id: int) -> NotFound:
    return NotFound(
        QT_TRANSLATE_NOOP("KnownError", "Message {id} is no longer stored."), id=stored_id
    )
