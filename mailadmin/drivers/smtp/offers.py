"""What a server offered in its answer to EHLO, as far as it concerns a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NUMBER = re.compile(r"[0-9]{1,20}")  # RFC 1870 §4


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
        """From EHLO's keywords in lower case with their parameters."""
        limit = _NUMBER.fullmatch(extensions.get("size", "").strip())
        return cls(
            size="size" in extensions,
            size_limit=int(limit[0]) if limit is not None else 0,
            eight_bit="8bitmime" in extensions,
            utf8="smtputf8" in extensions,
            pipelining="pipelining" in extensions,
        )
