"""Who gets a message, read from its header (RFC 5322 §3.6.3 and §3.6.6).

A message with Resent- fields goes to those of the topmost block alone, as Postfix and Exim do it:
its To, Cc and Bcc had their turn when it was sent the first time.
"""

from __future__ import annotations

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, MessageRefused
from mailadmin.message.address_list import Mailbox, parse_mailboxes, unique_addresses
from mailadmin.message.header_block import Field, HeaderBlock

_RECIPIENT_FIELDS = ("to", "cc", "bcc")
_ONCE_IN_A_RESENT_BLOCK = frozenset(
    {"resent-date", "resent-from", "resent-sender", "resent-message-id"}
)


def header_recipients(header: HeaderBlock) -> list[str]:
    """The recipients a message names, each mailbox once.

    Raises InvalidInput for what is not an address, MessageRefused when nobody is named.
    """
    resent = _topmost_resent_block(header)
    prefix = "resent-" if resent else ""
    wanted = {prefix + name for name in _RECIPIENT_FIELDS}
    addresses = [
        mailbox.address
        for field in resent or header.fields
        if field.key in wanted
        for mailbox in field_mailboxes(field)
    ]
    if addresses:
        return unique_addresses(addresses)
    if resent:
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The message was resent and its Resent-To, Resent-Cc and Resent-Bcc name nobody. "
                "Say who is to get it.",
            )
        )
    raise MessageRefused(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The message has no recipient in To, Cc or Bcc. Add one, or say who is to get it.",
        )
    )


def field_mailboxes(field: Field) -> list[Mailbox]:
    """The mailboxes of an address field. Raises InvalidInput with the field's name."""
    # Bytes that are no UTF-8 may stand in a name; as a part of an address they are refused.
    return parse_mailboxes(field.value.decode("utf-8", "surrogateescape"), field=field.name)


def _topmost_resent_block(header: HeaderBlock) -> list[Field]:
    block: list[Field] = []
    seen: set[str] = set()
    for field in header.fields:
        if field.key.startswith("resent-") and field.key not in seen:
            block.append(field)
            seen.update({field.key} & _ONCE_IN_A_RESENT_BLOCK)
        elif block:
            break
    return block
