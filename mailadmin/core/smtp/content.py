"""The bytes of a message on their way into the connection.

They arrive as they are: only the dots that RFC 5321 §4.5.2 asks for are added, and the server
takes them off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

FINAL_DOT = b".\r\n"

_BLOCK = 64 * 1024  # bytes given to the transport at a time
_SCAN = 1024 * 1024  # bytes looked through without a break: about a millisecond


async def has_bare_line_ends(content: bytes) -> bool:
    """Whether there is a CR without LF or an LF without CR.

    What one server takes for the end of the message another does not: mail smuggling. A large
    message is looked through in pieces, between which others have their turn.
    """
    if len(content) <= _SCAN:
        return _has_bare_line_ends(content)
    start = 0
    while start < len(content):
        end = start + _SCAN
        if content[end - 1 : end] == b"\r":
            end += 1  # not between the two
        if _has_bare_line_ends(content[start:end]):
            return True
        start = end
        await asyncio.sleep(0)
    return False


def _has_bare_line_ends(piece: bytes) -> bool:
    others = piece.translate(None, b"\r\n")
    return len(others) + 2 * piece.count(b"\r\n") != len(piece)


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
