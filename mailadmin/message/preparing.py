"""From the bytes of an email to a message for the queue.

The bytes stay as they are, so that a DKIM, S/MIME or PGP signature survives, but for this:
- every line end becomes CRLF, and the last line has one (RFC 5321 §2.3.8);
- a byte order mark and the "From " line of an mbox at the very start are dropped;
- Bcc and Resent-Bcc are removed with their folded lines, whoever the recipients are;
- Message-ID and Date are added behind the header's last field when missing or empty.

A message without From is taken as it is: it is for the submission server to add or refuse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput, MessageRefused
from mailadmin.domain.message import NewMessage
from mailadmin.message.address import check_address
from mailadmin.message.address_list import unique_addresses
from mailadmin.message.encoded_words import single_line
from mailadmin.message.envelope import field_mailboxes, header_recipients
from mailadmin.message.header_block import Field, HeaderBlock, scan_header
from mailadmin.message.identification import current_time, date_value, new_message_id
from mailadmin.message.refusals import (
    LONGEST_HEADER,
    refuse_header,
    refuse_no_message,
    refuse_size,
    refuse_split_lines,
    starts_with_mbox_line,
)

DEFAULT_SIZE_LIMIT = 25 * 1024 * 1024  # bytes

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HIDDEN = frozenset({"bcc", "resent-bcc"})
_MESSAGE_ID = re.compile(r"<[^<>]*>")


def prepare(
    raw: bytes,
    *,
    recipients: Sequence[str] | None = None,
    envelope_from: str | None = None,
    size_limit: int = DEFAULT_SIZE_LIMIT,
    source: str = "",
    now: datetime | None = None,
) -> NewMessage:
    """A message for the queue made of `raw`, an email as RFC 5322 describes it.

    `recipients` are bare addresses; None takes them from To, Cc and Bcc, or from the Resent- fields
    when there are any. `envelope_from` None leaves the sender's address to the provider, "" is the
    empty one of a notification. `now` is the Date for a message without one.

    Raises MessageRefused for a message that can't be sent as it is, InvalidInput (with the header
    or the parameter as its field) for an address that is not one.
    """
    refuse_size(len(raw), size_limit)
    refuse_no_message(raw)
    raw = raw.removeprefix(_BYTE_ORDER_MARK)
    refuse_split_lines(raw)
    content = normalize_line_ends(raw)
    start = content.index(b"\r\n") + 2 if starts_with_mbox_line(content) else 0
    header = scan_header(content, start, len(content), LONGEST_HEADER)
    refuse_header(header, lines_above=1 if start else 0)

    addressees = header_recipients(header) if recipients is None else _given_recipients(recipients)
    if envelope_from:
        envelope_from = check_address(envelope_from, field="envelope_from")

    moment = now or current_time()
    kept = [field for field in header.fields if _stays(field)]
    message_id = _message_id(kept)
    added = b""
    if not message_id:
        message_id = new_message_id(_author(header) or envelope_from or "", moment)
        added += b"Message-ID: " + message_id.encode() + b"\r\n"
    if not any(field.key == "date" for field in kept):
        added += b"Date: " + date_value(moment).encode() + b"\r\n"
    content = b"".join([*(field.raw for field in kept), added, memoryview(content)[header.end :]])
    refuse_size(len(content), size_limit)

    return NewMessage(
        content=content,
        recipients=tuple(addressees),
        subject=_text(header, "subject"),
        message_id=message_id,
        header_from=_text(header, "from"),
        envelope_from=envelope_from,
        source=source,
    )


def normalize_line_ends(raw: bytes) -> bytes:
    """`raw` with CRLF for every CRLF, CR and LF, and one at the end."""
    line_ends = raw.count(b"\r\n")
    if raw.count(b"\n") != line_ends or raw.count(b"\r") != line_ends:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def _given_recipients(recipients: Sequence[str]) -> list[str]:
    if not recipients:
        raise MessageRefused(
            QT_TRANSLATE_NOOP("KnownError", "The message has no recipient. Add at least one.")
        )
    return unique_addresses([check_address(address, field="recipients") for address in recipients])


def _stays(field: Field) -> bool:
    if field.key in _HIDDEN:
        return False
    return bool(field.value) or field.key not in {"message-id", "date"}


def _message_id(fields: Sequence[Field]) -> str:
    """The message's own Message-ID as it is written, however odd; "" if it has none."""
    for field in fields:
        if field.key == "message-id":
            text = single_line(field.value.decode("utf-8", "replace"))
            found = _MESSAGE_ID.search(text)
            return found[0] if found else text
    return ""


def _author(header: HeaderBlock) -> str:
    """The first address in From, "" when there is none that can be read."""
    field = header.first("from")
    try:
        mailboxes = field_mailboxes(field) if field else []
    except InvalidInput:
        return ""
    return mailboxes[0].address if mailboxes else ""


def _text(header: HeaderBlock, key: str) -> str:
    field = header.first(key)
    return single_line(field.text) if field else ""
