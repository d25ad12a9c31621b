"""What a message must not be or hold, checked before a byte of it is stored.

Lines longer than the 998 characters of RFC 5322 §2.1.1 are not refused: many servers take them as
they are, and those that don't answer so, which the Log shows. Cutting them would break signatures.
"""

from __future__ import annotations

import re

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, MessageRefused
from mailadmin.message.encoded_words import decode_words, guess_charset, single_line
from mailadmin.message.header_block import HeaderBlock

LONGEST_HEADER = 1024 * 1024  # bytes
_BARE_CR = re.compile(rb"\r(?!\n)")
_HEADER_END = re.compile(rb"\n\r?\n")
_MBOX_LINE = re.compile(rb"From (?![ \t]*:)")
_ANOTHER_MESSAGE = re.compile(
    rb"\n\r?\nFrom [^\r\n]{1,300}[0-9]{4}[^\r\n]{0,20}\r?\n[\x21-\x39\x3b-\x7e]{1,100}:"
)


def starts_with_mbox_line(raw: bytes) -> bool:
    """Whether `raw` starts with the envelope that an mbox file writes above a message (RFC 4155).

    "From : ann@example.org" is no such line, but the field From in its obsolete form.
    """
    return _MBOX_LINE.match(raw) is not None


def refuse_size(size: int, limit: int) -> None:
    """Raise MessageRefused if `size` bytes are more than `limit`."""
    if size > limit:
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The message has {size:,} bytes, at most {limit:,} are accepted. "
                "Make it smaller, for example with a link in place of an attachment.",
            ),
            size=size,
            limit=limit,
        )


def refuse_no_message(raw: bytes) -> None:
    """Raise MessageRefused if `raw` is empty, binary or a mailbox of several messages."""
    if not raw.strip():
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError", "The message is empty. Choose a file that holds an email."
            )
        )
    if b"\0" in raw:
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "This is binary data, not an email. Save the message as .eml (not .msg or .pst) "
                "and try again.",
            )
        )
    if starts_with_mbox_line(raw) and _ANOTHER_MESSAGE.search(raw):
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "This is a mailbox (mbox) with several messages. Save each message as an .eml "
                "file of its own and add those.",
            )
        )


def refuse_split_lines(raw: bytes) -> None:
    """Raise MessageRefused if a line of the header has a carriage return inside.

    Programs disagree whether one ends the line, so it can hide a field (CWE-93). A text with no
    line feed at all is different: there it is the line end throughout.
    """
    if b"\n" not in raw:
        return
    end = _HEADER_END.search(raw)
    if found := _BARE_CR.search(raw, 0, end.end() if end else len(raw)):
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "Line {line} of the message's header has a carriage return (CR) inside. "
                "Remove it and try again.",
            ),
            line=raw.count(b"\n", 0, found.start()) + 1,
        )


def refuse_header(header: HeaderBlock, lines_above: int = 0) -> None:
    """Raise MessageRefused for a header that is not one or that hides a line break.

    `lines_above` is what was dropped before it and counts in the line numbers.
    """
    if not header.complete:
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The message's header is longer than {limit:,} bytes. Shorten it; many recipients "
                "can be given apart from the message.",
            ),
            limit=LONGEST_HEADER,
        )
    if header.stray_lines:
        number, line = header.stray_lines[0]
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "Line {line}, “{text}”, is neither a header field nor the empty line that ends the "
                "header. Correct it and try again.",
            ),
            line=number + lines_above,
            text=single_line(guess_charset(line), 60),
        )
    if not header.fields:
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "This is not an email: it starts with an empty line in place of a header "
                "such as “From: …”.",
            )
        )
    for field in header.fields:
        if b"=?" in field.raw and not {"\r", "\n", "\0"}.isdisjoint(
            decode_words(guess_charset(field.value))
        ):
            raise MessageRefused(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "The header {header} hides a line break in an encoded word. Remove it and "
                    "try again.",
                ),
                header=field.name,
            )
