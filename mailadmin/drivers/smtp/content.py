"""The bytes of a message on their way into the connection.

They arrive as they are: only the dots that RFC 5321 §4.5.2 asks for are added, and the server
takes them off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

FINAL_DOT = b".\r\n"

_BLOCK = 64 * 1024  # bytes given to the transport at a time
SCAN = 1024 * 1024
"""Bytes looked through without a break, which takes a millisecond or two."""


def has_bare_line_ends(content: bytes) -> bool:
    """Whether there is a CR without LF or an LF without CR.

    What one server takes for the end of the message another does not: mail smuggling.
    """
    ends = len(content) - len(content.translate(None, b"\r\n"))  # bytes of line ends
    lines = len(content.splitlines())
    if content and content[-1] not in b"\r\n":
        lines -= 1
    return ends != 2 * lines  # a CRLF, a CR and an LF each end one line


async def any_bare_line_ends(content: bytes) -> bool:
    """The same of a large content: others have their turn while it is looked through."""
    start = 0
    while start < len(content):
        end = start + SCAN
        if content[end - 1 : end] == b"\r":
            end += 1  # not between the two
        if has_bare_line_ends(content[start:end]):
            return True
        start = end
        await asyncio.sleep(0)
    return False


def blocks(content: bytes) -> Iterator[bytes]:
    """The content as it goes over the wire, the final dot in the last block and only there.

    A connection lost before the last block is written can't have completed the message. A block is
    made when it is asked for, so that a large message is in memory once.
    """
    size = len(content)
    ending = FINAL_DOT if content.endswith(b"\r\n") or not content else b"\r\n" + FINAL_DOT
    if size <= _BLOCK:
        yield _stuffed(content, at_line_start=True) + ending
        return
    start, at_line_start = 0, True
    while size - start > _BLOCK:
        end = content.rfind(b"\n", start, start + _BLOCK) + 1
        ends_a_line = end > 0
        if not ends_a_line:
            end = start + _BLOCK
            if content[end - 1] == 0x0D:
                end -= 1  # a line end stays together
        yield _stuffed(content[start:end], at_line_start)
        start, at_line_start = end, ends_a_line
    yield _stuffed(content[start:], at_line_start) + ending


def _stuffed(block: bytes, at_line_start: bool) -> bytes:
    stuffed = block.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if at_line_start and block.startswith(b".") else stuffed
