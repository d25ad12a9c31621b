"""The contents of a message, prepared for display in background threads."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QImage

from mailadmin.message import MessageOverview, inline_images, read_overview
from mailadmin.ui.html.cleaning import CleanHtml, clean_html
from mailadmin.ui.html.pictures import Pictures
from mailadmin.ui.html.words import plain_text

LONGEST_TEXT = 1_000_000  # characters shown of a text; the stored message stays whole
LONGEST_SOURCE = 1024 * 1024  # bytes
_LONGEST_LINE = 10_000  # characters in one line; a line of a million takes Qt half a minute


@dataclass(frozen=True, slots=True)
class MessageBody:
    """All shown parts of a message. `text` is made of the HTML if there is no plain text."""

    overview: MessageOverview
    text: str
    text_is_from_html: bool
    html: CleanHtml | None
    images: dict[str, QImage]  # by their names in the HTML
    source: str
    source_is_cut: bool


def read_body(content: bytes) -> MessageBody:
    """Parse `content`, any bytes at all, and return what is shown of it. Never raises."""
    overview = read_overview(content)
    html: CleanHtml | None = None
    images: dict[str, QImage] = {}
    if overview.html.strip():
        pictures = Pictures(inline_images(content) if "cid:" in overview.html.lower() else {})
        html = clean_html(overview.html, pictures.find)
        images = pictures.images
    text, from_html = overview.text[:LONGEST_TEXT], False
    if not text.strip() and html is not None:
        text, from_html = plain_text(overview.html), True
    return MessageBody(
        overview=overview,
        text=_with_short_lines(text),
        text_is_from_html=from_html,
        html=html,
        images=images,
        source=_with_short_lines(_as_text(content[:LONGEST_SOURCE])),
        source_is_cut=len(content) > LONGEST_SOURCE,
    )


def _as_text(content: bytes) -> str:
    """Return every byte as a character, and every line end as one line feed."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    # no character of a source may be invisible or turn the text's direction
    return "".join(
        character if character.isprintable() or character in "\n\t\xa0" else "\ufffd"
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
    )


def _with_short_lines(text: str) -> str:
    if all(len(line) <= _LONGEST_LINE for line in text.split("\n")):
        return text
    return "\n".join(
        line[start : start + _LONGEST_LINE]
        for line in text.split("\n")
        for start in range(0, max(1, len(line)), _LONGEST_LINE)
    )
