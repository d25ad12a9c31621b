"""A new message from what a person or a program gives: addresses, subject, text, attachments.

The result is 7-bit but for an address whose local part is not ASCII, which needs SMTPUTF8 anyway.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.domain.message import NewMessage
from mailadmin.message.address import check_address
from mailadmin.message.address_list import Mailbox, parse_mailboxes, unique_addresses
from mailadmin.message.file_names import safe_filename
from mailadmin.message.header_writing import mailbox_field, text_field
from mailadmin.message.identification import current_time, date_value, new_message_id
from mailadmin.message.preparing import DEFAULT_SIZE_LIMIT, prepare
from mailadmin.message.refusals import refuse_size

_CONTENT_TYPE = re.compile(r"([a-z0-9][a-z0-9!#$&^_.+-]{0,126})/([a-z0-9][a-z0-9!#$&^_.+-]{0,126})")
# Base64 is not allowed for these (RFC 2045 §6.4), and without it the bytes would not stay the same.
_NEVER_ENCODED = frozenset({"message", "multipart"})
_TEXT_CONTROLS = frozenset("\t\n\r\f")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message. An unknown content type becomes application/octet-stream."""

    filename: str
    content_type: str
    content: bytes


def compose(
    *,
    sender: Mailbox,
    to: Sequence[str],
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    subject: str,
    text: str = "",
    html: str = "",
    attachments: Sequence[Attachment] = (),
    size_limit: int = DEFAULT_SIZE_LIMIT,
    source: str = "compose",
    now: datetime | None = None,
) -> NewMessage:
    """A message for the queue. Addresses may have a name: "Ann <ann@example.org>".

    `bcc` gets the message and stands nowhere in it. Raises InvalidInput with the parameter's name
    ("sender", "to", "cc", "bcc", "subject", "text", "html", "attachments"), MessageRefused if the
    message is larger than `size_limit` bytes.
    """
    author = Mailbox(
        check_address(sender.address, field="sender"), _one_line(sender.name, "sender")
    )
    visible = {"To": _mailboxes(to, "to"), "Cc": _mailboxes(cc, "cc")}
    hidden = _mailboxes(bcc, "bcc")
    recipients = [mailbox.address for mailbox in [*visible["To"], *visible["Cc"], *hidden]]
    if not recipients:
        raise InvalidInput("to", QT_TRANSLATE_NOOP("KnownError", "Enter at least one recipient."))
    refuse_size(sum(len(attachment.content) for attachment in attachments), size_limit)

    moment = now or current_time()
    fields = [
        b"Date: " + date_value(moment).encode() + b"\r\n",
        mailbox_field("From", [author]),
        *(mailbox_field(name, mailboxes) for name, mailboxes in visible.items() if mailboxes),
    ]
    if not visible["To"] and not visible["Cc"]:
        fields.append(b"To: undisclosed-recipients:;\r\n")
    if subject := _one_line(subject, "subject"):
        fields.append(text_field("Subject", subject))
    fields.append(b"Message-ID: " + new_message_id(author.address, moment).encode() + b"\r\n")
    body = _body(_lines(text, "text"), _lines(html, "html"), attachments)
    return prepare(
        b"".join([*fields, body]),
        recipients=unique_addresses(recipients),
        size_limit=size_limit,
        source=source,
        now=moment,
    )


def _body(text: str, html: str, attachments: Sequence[Attachment]) -> bytes:
    """The fields and the content of MIME (RFC 2045)."""
    from email import policy
    from email.message import EmailMessage

    message = EmailMessage(policy.SMTP.clone(cte_type="7bit"))
    if text or not html:
        message.set_content(text, charset="utf-8")
        if html:
            message.add_alternative(html, subtype="html", charset="utf-8")
    else:
        message.set_content(html, subtype="html", charset="utf-8")
    for attachment in attachments:
        _one_line(attachment.filename, "attachments")
        maintype, subtype = _content_type(attachment.content_type)
        message.add_attachment(
            attachment.content,
            maintype=maintype,
            subtype=subtype,
            cte="base64",
            filename=safe_filename(attachment.filename),
        )
    return message.as_bytes()


def _content_type(value: str) -> tuple[str, str]:
    match = _CONTENT_TYPE.fullmatch(value.strip().lower())
    if match is None or match[1] in _NEVER_ENCODED:
        return "application", "octet-stream"
    return match[1], match[2]


def _mailboxes(values: Sequence[str], field: str) -> list[Mailbox]:
    mailboxes = []
    for value in values:
        mailboxes += parse_mailboxes(_one_line(value, field), field=field)
    return mailboxes


def _one_line(value: str, field: str) -> str:
    """`value` without the spaces around it; raises InvalidInput if it is more than a line."""
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in value):
        raise InvalidInput(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "Line breaks, tabs and other control characters can't stand here. Remove them.",
            ),
        )
    return _encodable(value.strip(), field)


def _lines(value: str, field: str) -> str:
    """`value` with a line end at its end; raises InvalidInput if it is not text."""
    if any(ord(character) < 32 and character not in _TEXT_CONTROLS for character in value):
        raise InvalidInput(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The text holds control characters that mail can't carry. Remove them.",
            ),
        )
    lines = _encodable(value, field).replace("\r\n", "\n").replace("\r", "\n")
    return lines if not lines or lines.endswith("\n") else lines + "\n"


def _encodable(value: str, field: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInput(
            field,
            QT_TRANSLATE_NOOP("KnownError", "This holds half a character. Type it again."),
        ) from None
    return value
