"""Messages: one that is ready to be stored, and what is known of a stored one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message ready to be committed to the queue: the exact bytes that will be sent."""

    content: bytes
    recipients: tuple[str, ...]
    subject: str
    message_id: str  # the Message-ID header with its angle brackets
    header_from: str = ""
    envelope_from: str | None = None  # None: the address of the provider that sends it
    provider_id: int | None = None  # the provider that alone may send it; None: any
    priority: int = 10  # lower is claimed first
    not_before: datetime | None = None
    expires_at: datetime | None = None
    source: str = ""  # where it came from: "compose", "file", "command line", …
    origin: str = ""  # SHA-256 of the file it was read from, hex; "" if it was none


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """What is known of a stored message without reading its bytes."""

    id: int
    sha256: str
    size: int
    message_id: str
    subject: str
    header_from: str
    envelope_from: str | None
    created_at: datetime
    source: str
