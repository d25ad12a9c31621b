"""The header of a message as the bytes it is made of, so that it can be changed without a rewrite.

A message goes through here with every byte of a field it keeps: a signature covers those bytes
(RFC 6376 §3.4, "simple" canonicalisation), so no field is ever folded or encoded anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailadmin.message.encoded_words import decode_words, guess_charset, single_line

# RFC 5322 §2.2; white space before the colon is obsolete and still met (§4.5).
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")
_MOST_STRAY_LINES = 20  # that are remembered


@dataclass(frozen=True, slots=True)
class Field:
    """One header field with its folded lines."""

    name: str  # as written
    raw: bytes  # the whole field with the line end of its last line
    colon: int  # where the colon stands in `raw`

    @property
    def key(self) -> str:
        """The name in lower case, to compare it."""
        return self.name.lower()

    @property
    def value(self) -> bytes:
        """What stands behind the colon, unfolded (RFC 5322 §2.2.3)."""
        return self.raw[self.colon + 1 :].replace(b"\r\n", b"").strip(b" \t")

    @property
    def text(self) -> str:
        """The value for a person: decoded, one line, without control characters."""
        return single_line(decode_words(guess_charset(self.value[:65536])), 16384)


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The fields of a message or of a MIME part."""

    fields: tuple[Field, ...]
    stray_lines: tuple[tuple[int, bytes], ...]  # line number from 1 and text of what is no field
    end: int  # offset of the empty line behind the header, or of the end
    complete: bool  # False: the header is longer than the limit given

    def all(self, key: str) -> list[Field]:
        """The fields of this name (in lower case), in their order."""
        return [field for field in self.fields if field.key == key]

    def first(self, key: str) -> Field | None:
        """The first field of this name (in lower case)."""
        return next((field for field in self.fields if field.key == key), None)


def scan_header(content: bytes, start: int, end: int, limit: int) -> HeaderBlock:
    """The header that begins at `start` of `content`, whose lines all end in CRLF.

    Looks at no byte from `end` on and stops after `limit` bytes. Never raises.
    """
    fields: list[Field] = []
    strays: list[tuple[int, bytes]] = []
    field_start = position = start
    name, colon = b"", 0
    number = 0

    def finish() -> None:
        if name:
            raw = content[field_start:position]
            fields.append(Field(name.decode("ascii"), raw, colon - field_start))

    complete = True
    while position < end:
        line_end = content.find(b"\r\n", position, end)
        following = end if line_end == -1 else line_end + 2
        number += 1
        if line_end == position:
            break
        if following - start > limit:
            complete = False
            break
        if content[position] in b" \t" and name:
            pass  # belongs to the field above
        elif match := _FIELD.match(content, position, following):
            finish()
            name, colon, field_start = match[1], match.end() - 1, position
        else:
            finish()
            name = b""
            if len(strays) < _MOST_STRAY_LINES:
                strays.append((number, content[position : min(following, position + 200)]))
        position = following
    finish()
    return HeaderBlock(tuple(fields), tuple(strays), position, complete)
