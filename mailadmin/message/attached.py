"""What is attached to a message, decoded: to save it, and to show images the HTML refers to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailadmin.message.header_block import scan_header
from mailadmin.message.mime_parts import Part, PartWalk
from mailadmin.message.overview import is_attachment
from mailadmin.message.preparing import normalize_line_ends
from mailadmin.message.refusals import LONGEST_HEADER

_MOST_IMAGES = 100
_LARGEST_IMAGES = 20 * 1024 * 1024  # bytes of all of them


def attachment_content(content: bytes, number: int) -> bytes:
    """The decoded bytes of an attachment, counted from 0 as `MessageOverview.attachments` has them.

    Raises IndexError if the message has fewer.
    """
    return attachment_contents(content, [number])[0]


def attachment_contents(content: bytes, numbers: Sequence[int]) -> list[bytes]:
    """The decoded bytes of several attachments, found in one go. Raises IndexError."""
    content = normalize_line_ends(content)
    parts = list(filter(is_attachment, _parts(content)))
    return [parts[number].decode(content) for number in numbers]


def inline_images(content: bytes) -> dict[str, bytes]:
    """The images of a message by their Content-ID, as its HTML names them (RFC 2392).

    Of very many or very large ones only the first.
    """
    content = normalize_line_ends(content)
    images: dict[str, bytes] = {}
    room = _LARGEST_IMAGES
    for part in _parts(content):
        if part.content_id and part.content_type.startswith("image/"):
            if len(images) == _MOST_IMAGES or part.end - part.start > room:
                break
            images[part.content_id] = part.decode(content)
            room -= len(images[part.content_id])
    return images


def _parts(content: bytes) -> Iterator[Part]:
    return iter(PartWalk(content, scan_header(content, 0, len(content), LONGEST_HEADER)))
