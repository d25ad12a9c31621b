"""What HTML says, as plain text, without looking at anything it refers to."""

from __future__ import annotations

import re

from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument

# Qt takes a style sheet's link that stands before the text for the end of the text.
_LINKS = re.compile(r"<link\b[^<>]*>", re.IGNORECASE)


class _Words(QTextDocument):
    """Asks nobody for images and style sheets: Qt's own documents read them from local files, on
    Windows from other computers too (and `QTextDocumentFragment.fromHtml` does the same)."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing."""
        del kind, name
        return None


def plain_text(html: str) -> str:
    """The words of `html`; a line for each block. May be called in any thread."""
    document = _Words()
    document.setUndoRedoEnabled(False)
    document.setHtml(_LINKS.sub("", html))
    # an image is one character that stands for an object
    return document.toPlainText().replace("\ufffc", "")
