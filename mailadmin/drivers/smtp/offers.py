"""What a server offers in its answer to EHLO (RFC 5321 §4.1.1.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailadmin.domain.outcome import Reply

_OLD_AUTH = re.compile(r"AUTH=(.*)", re.IGNORECASE)  # of servers older than RFC 2554
_NUMBER = re.compile(r"[0-9]{1,20}")  # RFC 1870 §4


def extensions_of(reply: Reply) -> dict[str, str]:
    """The keywords of an answer to EHLO in lower case, each with its parameters.

    The first line is the server's name and greeting, not an extension.
    """
    extensions: dict[str, str] = {}
    for line in reply.text.split("\n")[1:]:
        text = line[4:].strip()
        if old := _OLD_AUTH.fullmatch(text):
            text = f"AUTH {old[1]}"
        keyword, _, parameters = text.partition(" ")
        keyword = keyword.lower()
        if keyword == "auth":  # some offer it in the old form too, with other mechanisms
            parameters = f"{extensions.get(keyword, '')} {parameters}".strip()
        if keyword:
            extensions[keyword] = parameters
    return extensions


@dataclass(frozen=True, slots=True)
class Offers:
    """The extensions that change what is sent."""

    size: bool = False  # SIZE (RFC 1870)
    size_limit: int = 0  # bytes, 0: none was named
    eight_bit: bool = False  # 8BITMIME (RFC 6152)
    utf8: bool = False  # SMTPUTF8 (RFC 6531)
    pipelining: bool = False  # RFC 2920

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Offers:
        """From what `extensions_of` found."""
        limit = _NUMBER.fullmatch(extensions.get("size", "").strip())
        return cls(
            size="size" in extensions,
            size_limit=int(limit[0]) if limit is not None else 0,
            eight_bit="8bitmime" in extensions,
            utf8="smtputf8" in extensions,
            pipelining="pipelining" in extensions,
        )
