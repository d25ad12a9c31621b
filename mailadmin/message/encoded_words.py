"""From the bytes of a header to text a person reads (RFC 2047), in one pass and without surprises.

Nothing here raises: a wrong character set or a broken encoded word is shown as well as it can be.
Every function takes time in proportion to its input.
"""

from __future__ import annotations

import binascii
import codecs
import re
import unicodedata

LONGEST_LINE = 998  # characters kept of a text that is shown in one line

# Names that mail uses and Python doesn't know, or knows as a narrower set than senders mean.
_CHARSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "us-ascii": "utf-8",
    "windows-874": "cp874",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
}
# Python codecs that are not character sets of mail.
_NOT_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})

_WORD = re.compile(r"=\?([^?\s]{1,64})\?([bBqQ])\?([^?]*)\?=")
_ESCAPED = re.compile(rb"=([0-9A-Fa-f]{2})")
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_BASE64_NOISE = bytes(byte for byte in range(256) if byte not in _BASE64)
# They reorder what stands around them, so that a text can pretend to be another one.
_DIRECTION_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def decode_charset(data: bytes, charset: str) -> str:
    """`data` as text; what does not fit `charset` is replaced, an unknown one guessed."""
    name = charset.strip(" \t\"'").lower()
    name = _CHARSETS.get(name, name)
    try:
        codec = codecs.lookup(name).name
        if codec.replace("_", "-") not in _NOT_CHARSETS:
            return data.decode(codec, "replace")
    except (LookupError, ValueError):
        pass  # guessed below
    return guess_charset(data)


def guess_charset(data: bytes) -> str:
    """`data` of no declared character set as text: UTF-8 if it is, else Windows-1252."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def decode_base64(data: bytes) -> bytes:
    """Decode base64 as far as it goes: noise is skipped, missing padding filled in."""
    clean = data.translate(None, _BASE64_NOISE)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def decode_words(text: str) -> str:
    """`text` with its encoded words decoded; white space between two of them is dropped.

    Neighbours of one character set are joined before decoding: senders cut inside a character.
    The result may hold any character, line breaks too.
    """
    pieces: list[str] = []
    charset = ""
    pending = bytearray()
    position = 0

    def flush() -> None:
        if pending:
            pieces.append(decode_charset(bytes(pending), charset))
            pending.clear()

    for match in _WORD.finditer(text):
        between = text[position : match.start()]
        if not (position and (not between or between.isspace())):
            flush()
            pieces.append(between)
        name = match[1].partition("*")[0].lower()  # RFC 2231 §5: a language may follow
        if name != charset:
            flush()
            charset = name
        pending += _word_bytes(match[2], match[3])
        position = match.end()
    flush()
    pieces.append(text[position:])
    return "".join(pieces)


def single_line(text: str, limit: int = LONGEST_LINE) -> str:
    """`text` fit for a table's cell: one line, no control characters, at most `limit` characters.

    Line breaks and tabs become spaces, other control characters U+FFFD; characters that change
    the direction of their surroundings are left out.
    """
    shortened = text[: 2 * limit].translate(_DIRECTION_CONTROLS)
    clean = "".join(_shown(character) for character in shortened).strip()
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def _shown(character: str) -> str:
    if character in "\t\n\r\u2028\u2029":
        return " "
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cs"} else character


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(data)
    data = data.replace(b"_", b" ")
    return _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), data)
