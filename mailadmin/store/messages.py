"""The stored messages: exact bytes, once each, checked by their SHA-256 whenever they are read."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import peewee

from mailadmin.core.domain import NewMessage, StoredMessage
from mailadmin.core.errors import QT_TRANSLATE_NOOP, NotFound, StorageCorrupt
from mailadmin.store.database import Database
from mailadmin.store.schema import ContentRow, JournalRow, MessageRow, QueueRow


class MessageDamaged(StorageCorrupt):
    """The stored bytes don't match their hash: they must not be sent."""


class Messages:
    """Repository of messages. `add` and `remove_orphans` run inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, message: NewMessage, now: datetime) -> int:
        """Store a message; gives its ID."""
        stored = self._database.run(
            MessageRow.insert(
                sha256=hashlib.sha256(message.content).hexdigest(),
                size=len(message.content),
                message_id=message.message_id,
                subject=message.subject,
                header_from=message.header_from,
                envelope_from=message.envelope_from,
                created_at=now,
                source=message.source,
            )
        )
        self._database.run(ContentRow.insert(message=stored, content=message.content))
        return int(stored)

    def get(self, message_id: int) -> StoredMessage:
        """What is known of a message. Raises `NotFound`."""
        row = self._database.first(MessageRow.select().where(MessageRow.id == message_id))
        if row is None:
            raise _gone(message_id)
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

    def content(self, message_id: int) -> bytes:
        """The exact bytes. Raises `NotFound`, and `MessageDamaged` if they were altered."""
        row = self._database.first(
            ContentRow.select(ContentRow.content, MessageRow.sha256)
            .join(MessageRow)
            .where(ContentRow.message == message_id)
            .tuples()
        )
        if row is None:
            raise _gone(message_id)
        content = bytes(row[0])
        if hashlib.sha256(content).hexdigest() != row[1]:
            raise MessageDamaged(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "The stored message {id} was damaged on disk (its SHA-256 differs). "
                    "It will not be sent: restore the database from a backup.",
                ),
                id=message_id,
            )
        return content

    def remove_orphans(self) -> int:
        """Remove messages that neither the queue nor the journal needs; gives their number."""
        queued = QueueRow.select(QueueRow.id).where(QueueRow.message == MessageRow.id)
        logged = JournalRow.select(JournalRow.id).where(JournalRow.message == MessageRow.id)
        orphans = MessageRow.select(MessageRow.id).where(~_exists(queued), ~_exists(logged))
        return int(self._database.run(MessageRow.delete().where(MessageRow.id.in_(orphans))))


def _exists(select: Any) -> Any:
    return peewee.fn.EXISTS(select)


def _gone(message_id: int) -> NotFound:
    return NotFound(
        QT_TRANSLATE_NOOP("KnownError", "Message {id} is no longer stored."), id=message_id
    )
