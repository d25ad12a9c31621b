"""New values for the two fields every message must have: Message-ID and Date (RFC 5322 §3.6)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from mailadmin.domain.domain_names import NotADomainName, to_ascii


def current_time() -> datetime:
    """Now, with the offset of the user's time zone, which a Date should have (§3.6.1)."""
    return datetime.now(UTC).astimezone()


def date_value(moment: datetime) -> str:
    """`moment` as a Date field has it (§3.3), in English whatever the locale."""
    from email.utils import format_datetime

    return format_datetime(moment)


def new_message_id(address: str, moment: datetime) -> str:
    """A unique Message-ID, in the domain of `address` if that is a name."""
    try:
        domain = to_ascii(address.rpartition("@")[2])
    except NotADomainName:  # an address literal
        domain = "localhost"
    stamp = moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return f"<{stamp}.{secrets.token_hex(12)}@{domain.lower()}>"
