"""What a person is shown of a message: headers, text, names and sizes of what is attached.

Nothing in a message makes this raise, and none of its references is ever followed.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailadmin.message.encoded_words import guess_charset, single_line
from mailadmin.message.file_names import different_names, safe_filename
from mailadmin.message.header_block import scan_header
from mailadmin.message.mime_parts import Part, PartWalk
from mailadmin.message.preparing import normalize_line_ends
from mailadmin.message.refusals import LONGEST_HEADER

_MOST_HEADERS = 1000
_LONGEST_TEXT = 1_000_000  # characters, of the text and of the HTML
_BODY_TYPES = frozenset({"text/plain", "text/html"})


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """Something attached. `name` is safe to save it under, `size` the decoded bytes.

    The names of one message differ, also where upper and lower case are the same.
    """

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class MessageOverview:
    """A message for a person. `html` is as it was sent: show it without loading anything."""

    headers: tuple[tuple[str, str], ...]  # name and decoded value, each one line
    text: str
    html: str
    attachments: tuple[AttachmentInfo, ...]
    defects: tuple[str, ...]  # one sentence each, in English


def read_overview(content: bytes) -> MessageOverview:
    """The overview of `content`, which may be any bytes at all."""
    content = normalize_line_ends(content)
    header = scan_header(content, 0, len(content), LONGEST_HEADER)
    defects = [
        f"Line {number} of the header is not a header field: {single_line(guess_charset(line), 60)}"
        for number, line in header.stray_lines
    ]
    if not header.complete:
        defects.append("The header is too long to be shown whole.")
    if len(header.fields) > _MOST_HEADERS:
        defects.append(
            f"Of {len(header.fields)} header fields, the first {_MOST_HEADERS} are shown."
        )

    texts: list[str] = []
    html = ""
    room = _LONGEST_TEXT
    attached: list[Part] = []
    walk = PartWalk(content, header)
    for part in walk:
        if is_attachment(part):
            attached.append(part)
        elif part.content_type == "text/html":
            html = html or part.text(content, _LONGEST_TEXT)
        elif room > 0:
            texts.append(part.text(content, room))
            room -= len(texts[-1])
    return MessageOverview(
        headers=tuple((field.name, field.text) for field in header.fields[:_MOST_HEADERS]),
        text="\n".join(texts),
        html=html,
        attachments=_described(attached, content),
        defects=(*defects, *walk.problems),
    )


def is_attachment(part: Part) -> bool:
    """Whether a part is listed among what is attached, and not shown as what the message says."""
    return (
        part.content_type not in _BODY_TYPES
        or part.disposition == "attachment"
        or bool(part.filename)
    )


def _described(parts: list[Part], content: bytes) -> tuple[AttachmentInfo, ...]:
    names = different_names([_name(part) for part in parts])
    return tuple(
        AttachmentInfo(name, part.content_type, len(part.decode(content)))
        for name, part in zip(names, parts, strict=True)
    )


def _name(part: Part) -> str:
    if part.content_type != "message/rfc822":
        return safe_filename(part.filename)
    name = safe_filename(part.filename, "message.eml")
    return name if name.lower().endswith(".eml") else safe_filename(f"{name}.eml")
