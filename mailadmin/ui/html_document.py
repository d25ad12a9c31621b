"""HTML of a message for the preview: it shows what came with the message and asks nobody else.

Qt's own documents read images and style sheets from local files, on Windows from other computers
too. This one knows the images of the message (`cid:`) and those within the HTML (`data:`).
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt, QUrl
from PySide6.QtGui import QImage, QImageReader, QTextDocument

LONGEST_HTML = 200_000  # characters laid out; Qt needs up to a second for so many
_LARGEST_IMAGE = 25_000_000  # pixels; a small file can claim to be a huge picture
_WIDEST = 1200  # pixels shown
_LONGEST_DATA = 10 * 1024 * 1024  # bytes of one image


class HtmlDocument(QTextDocument):
    """A document that loads nothing. `refused` counts what it was asked for and did not load."""

    def __init__(self, images: Mapping[str, bytes]) -> None:
        super().__init__()
        self._images = images
        self.refused = 0
        self.setUndoRedoEnabled(False)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """An image of the message, an empty picture in place of any other; never a style sheet."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            self.refused += 1
            return QByteArray()  # not nothing: for nothing Qt itself looks for a file
        url = QUrl(name)
        data: bytes | None = None
        match url.scheme().lower():
            case "cid":
                data = self._images.get(QUrl.fromPercentEncoding(url.path().encode()))
            case "data":
                data = _embedded(url)
        if data is None:
            self.refused += 1
            return _placeholder()
        return read_image(data) or _placeholder()


def read_image(data: bytes) -> QImage | None:
    """The picture in `data`, made smaller if it is wide; None if it is none or a huge one."""
    if len(data) > _LONGEST_DATA:
        return None
    buffer = QBuffer()
    buffer.setData(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > _LARGEST_IMAGE:
        return None
    if size.width() > _WIDEST:
        reader.setScaledSize(
            size.scaled(QSize(_WIDEST, size.height()), Qt.AspectRatioMode.KeepAspectRatio)
        )
    picture = reader.read()
    return None if picture.isNull() else picture


def _embedded(url: QUrl) -> bytes | None:
    """The bytes of a `data:` URL (RFC 2397)."""
    about, comma, text = url.path(QUrl.ComponentFormattingOption.FullyEncoded).partition(",")
    if not comma or len(text) > 2 * _LONGEST_DATA:
        return None
    raw = QByteArray.fromPercentEncoding(text.encode())
    if about.lower().endswith(";base64"):
        raw = QByteArray.fromBase64(raw)
    return bytes(raw.data())


def _placeholder() -> QImage:
    picture = QImage(1, 1, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    return picture
