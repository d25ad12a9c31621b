"""What HTML says, as plain text, without looking at anything it refers to."""

from __future__ import annotations

import html as html_entities
import re
from collections import Counter

from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument

_DEEPEST = 500  # elements within each other; Qt takes minutes for 100,000

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_WHOLE_TAG = re.compile(r"<[^<>]*>")
# Qt takes a style sheet's link that stands before the text for the end of the text.
_LINK = re.compile(r"<link\b[^<>]*>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(style|script)\b[^<]*<", re.IGNORECASE)
_NEVER_CLOSED = frozenset(
    ["br", "img", "hr", "input", "meta", "link", "p", "col", "wbr", "base", "area", "source"]
)


class _Words(QTextDocument):
    """Asks nobody for images and style sheets: Qt's own documents read them from local files, on
    Windows from other computers too (and `QTextDocumentFragment.fromHtml` does the same)."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing."""
        del kind, name
        return None


def plain_text(html: str) -> str:
    """The words of `html`; a line for each block. May be called in any thread."""
    html = without_links(html)
    if too_deep(html):
        return html_entities.unescape(_WHOLE_TAG.sub(" ", _UNSEEN.sub("<", html)))
    document = _Words()
    document.setUndoRedoEnabled(False)
    document.setHtml(html)
    # an image is one character that stands for an object
    return document.toPlainText().replace("\ufffc", "")


def without_links(html: str) -> str:
    """`html` without its links to style sheets and the like, which are never followed anyway."""
    return _LINK.sub("", html)


def too_deep(html: str) -> bool:
    """Whether Qt would take minutes to lay `html` out."""
    return _depth(html) > _DEEPEST


def _depth(html: str) -> int:
    """How many elements are within each other at most; rather too many than too few."""
    opened: Counter[str] = Counter()
    depth = deepest = 0
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if name in _NEVER_CLOSED:
            continue
        if not tag[1]:
            opened[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return deepest
