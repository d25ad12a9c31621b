"""Header fields of a new message, in ASCII (RFC 5322 §2.2.3, RFC 2047).

Written here rather than by the standard library: its re-folding has lost the quotes of names and
let line breaks through in several versions of Python that Mail Admin runs on.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from mailadmin.message.address import ascii_address
from mailadmin.message.address_list import Mailbox

_LONGEST_LINE = 76  # characters
_LONGEST_WORD = 45  # bytes of UTF-8 in an encoded word, which has at most 75 characters
_ATOM_CHARACTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~ "
)


def text_field(name: str, text: str) -> bytes:
    """An unstructured field such as Subject. `text` has no control characters."""
    if text.isascii() and "=?" not in text and _fits(text, len(name) + 2):
        words = text.split(" ")
    else:
        words = _encoded_words(text)
    return _fold(name, words)


def mailbox_field(name: str, mailboxes: Iterable[Mailbox]) -> bytes:
    """An address field such as To. Addresses and names are checked ones."""
    words: list[str] = []
    for mailbox in mailboxes:
        if words:
            words[-1] += ","
        address = ascii_address(mailbox.address) or mailbox.address
        words += [*_phrase(mailbox.name), f"<{address}>"] if mailbox.name else [address]
    return _fold(name, words)


def _phrase(name: str) -> list[str]:
    if not name.isascii() or "=?" in name or not _fits(name, 0):
        return _encoded_words(name)
    if _ATOM_CHARACTERS.issuperset(name) and name == " ".join(name.split()):
        return name.split(" ")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{quoted}"']


def _fits(text: str, indent: int) -> bool:
    """Whether `text` can be written unencoded and is read back the same."""
    words = text.split(" ")
    return all(words) and max(len(word) for word in words) <= _LONGEST_LINE - indent


def _encoded_words(text: str) -> list[str]:
    """`text` in encoded words, none of them ending inside a character (RFC 2047 §5)."""
    words: list[str] = []
    chunk = b""
    for character in text:
        data = character.encode()
        if len(chunk) + len(data) > _LONGEST_WORD:
            words.append(_encoded_word(chunk))
            chunk = b""
        chunk += data
    return [*words, _encoded_word(chunk)] if chunk else words


def _encoded_word(data: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(data).decode()}?="


def _fold(name: str, words: list[str]) -> bytes:
    """The field with a line break before a word that would make its line too long."""
    lines: list[str] = []
    line = name + ":"
    for word in words:
        if len(line) + 1 + len(word) > _LONGEST_LINE and line != name + ":":
            lines.append(line)
            line = ""
        line += " " + word
    lines.append(line)
    return ("\r\n".join(lines) + "\r\n").encode()
