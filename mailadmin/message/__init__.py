"""Email as bytes: prepare what others wrote, compose new mail, show what a message holds.

    prepare(raw)          → NewMessage   bytes of an email, kept as they are
    compose(…)            → NewMessage   a new email
    read_overview(bytes)  → MessageOverview   for a person to look at
    attachment_content, inline_images         what is attached, decoded
    check_address, parse_recipients, parse_mailboxes   what is typed as an address

No function here reads a file or a socket, or prints; all take time and memory in proportion to
what they are given.
"""

from __future__ import annotations

from mailadmin.message.address import (
    address_key,
    ascii_address,
    check_address,
    domain_to_ascii,
    is_address,
    is_visible,
)
from mailadmin.message.address_list import Mailbox, parse_mailboxes, parse_recipients
from mailadmin.message.attached import (
    attachment_content,
    attachment_contents,
    inline_images,
)
from mailadmin.message.composing import Attachment, compose
from mailadmin.message.file_names import free_name, name_key, safe_filename
from mailadmin.message.overview import AttachmentInfo, MessageOverview, read_overview
from mailadmin.message.preparing import DEFAULT_SIZE_LIMIT, prepare

__all__ = [
    "DEFAULT_SIZE_LIMIT",
    "Attachment",
    "AttachmentInfo",
    "Mailbox",
    "MessageOverview",
    "address_key",
    "ascii_address",
    "attachment_content",
    "attachment_contents",
    "check_address",
    "compose",
    "domain_to_ascii",
    "free_name",
    "inline_images",
    "is_address",
    "is_visible",
    "name_key",
    "parse_mailboxes",
    "parse_recipients",
    "prepare",
    "read_overview",
    "safe_filename",
]
