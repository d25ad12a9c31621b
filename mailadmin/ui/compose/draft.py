"""A draft of a message, and the message made from it. Used in background threads."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Provider
from mailadmin.message import DEFAULT_SIZE_LIMIT, Attachment, Mailbox, compose

_BASE64_GROWTH = 4 / 3 * 78 / 76  # three bytes become four, and each 76 a line end (RFC 2045 §6.8)


@dataclass(frozen=True, slots=True)
class Draft:
    """The contents of the fields of the New message dialog."""

    sender: Mailbox
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    text: str = ""
    files: tuple[Path, ...] = ()


def sender_of(provider: Provider) -> Mailbox:
    """Return the From address of a message written for this provider."""
    return Mailbox(provider.send_from, provider.send_from_name)


def compose_draft(draft: Draft, size_limit: int = DEFAULT_SIZE_LIMIT) -> NewMessage:
    """Read the attachments and return the message.

    Raises InvalidInput with the field's name, and MessageRefused if the message is too large.
    """
    room = size_limit
    attachments: list[Attachment] = []
    for path in draft.files:
        content = _read(path, room)
        room -= len(content)
        content_type, _ = mimetypes.guess_type(path.name)
        attachments.append(
            Attachment(path.name, content_type or "application/octet-stream", content)
        )
    return compose(
        sender=draft.sender,
        to=[draft.to] if draft.to.strip() else [],
        cc=[draft.cc] if draft.cc.strip() else [],
        bcc=[draft.bcc] if draft.bcc.strip() else [],
        subject=draft.subject,
        text=draft.text,
        attachments=attachments,
        size_limit=size_limit,
    )


def file_sizes(paths: Sequence[Path]) -> list[tuple[Path, int]]:
    """Return the sizes in bytes. Raises InvalidInput for the first file that can't be read."""
    return [(path, _size(path)) for path in paths]


def estimated_size(text: str, files: Sequence[tuple[Path, int]]) -> int:
    """Return about how many bytes the message will have."""
    return len(text.encode(errors="replace")) + round(
        sum(size for _, size in files) * _BASE64_GROWTH
    )


def _size(path: Path) -> int:
    try:
        if not path.is_file():
            raise InvalidInput(
                "attachments",
                QT_TRANSLATE_NOOP(
                    "KnownError", "“{file}” is not a file. Attach single files, not folders."
                ),
                file=path.name,
            )
        return path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def _read(path: Path, room: int) -> bytes:
    """Return the file's bytes, at most one more than `room`."""
    try:
        with path.open("rb") as file:
            return file.read(max(0, room) + 1)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        "attachments",
        QT_TRANSLATE_NOOP(
            "KnownError", "“{file}” can't be read: {reason}. Remove it or make it readable."
        ),
        file=path.name,
        reason=error.strerror or type(error).__name__,
    )
