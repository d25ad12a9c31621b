"""A document for HTML from outside that loads nothing.

Qt's own documents read images and style sheets from local files, on Windows from other computers
too (and `QTextDocumentFragment.fromHtml` does the same).
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument


class HtmlDocument(QTextDocument):
    """Shows `images`, by the names they have in the HTML, and loads nothing else."""

    def __init__(self, images: Mapping[str, QImage]) -> None:
        super().__init__()
        self._images = images
        self.setUndoRedoEnabled(False)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return one of the images, or an empty one: given None, Qt reads a file of this name."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return QByteArray()
        return self._images.get(QUrl(name).toString()) or _nothing()


def _nothing() -> QImage:
    picture = QImage(1, 1, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    return picture
