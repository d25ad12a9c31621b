"""Pictures that a message carries itself, decoded for its preview without trusting them.

Only pixel formats are decoded: an SVG can refer to files. Nothing is read from disk or network.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, unquote_to_bytes

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

_MOST = 100  # pictures
_LARGEST = 16_000_000  # pixels of one picture: 64 MB while it is decoded
_ALL_TOGETHER = 24_000_000
_WIDEST = 700  # pixels shown

# The format is given to Qt, which would otherwise try every plugin it has.
_FORMATS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """The name that replaces the picture's source in the HTML, and its size in pixels."""

    name: str
    width: int
    height: int


class Pictures:
    """The pictures of one message, decoded when its HTML names them. For one thread at a time."""

    def __init__(self, carried: Mapping[str, bytes]) -> None:
        self._carried = carried  # by Content-ID
        self._room = _ALL_TOGETHER
        self._known: dict[str, Picture | None] = {}
        self.images: dict[str, QImage] = {}  # by `Picture.name`

    def find(self, source: str) -> Picture | None:
        """Return the picture that `source` names; None if it is too large or not in the message."""
        if source not in self._known:
            full = len(self._known) >= _MOST
            data = None if full else self._bytes(source)
            self._known[source] = None if data is None else self._decode(data)
        return self._known[source]

    def _bytes(self, source: str) -> bytes | None:
        scheme, _, rest = source.partition(":")
        if scheme.lower() == "cid":
            return self._carried.get(unquote(rest))
        if scheme.lower() != "data":
            return None
        kind, _, encoded = rest.partition(",")
        if not kind.lower().rstrip().endswith(";base64"):
            return unquote_to_bytes(encoded)
        try:
            return base64.b64decode(unquote_to_bytes(encoded))
        except binascii.Error:
            return None

    def _decode(self, data: bytes) -> Picture | None:
        found = next((name for start, name in _FORMATS if data.startswith(start)), None)
        if found is None:
            return None
        buffer = QBuffer()
        buffer.setData(QByteArray(data))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        reader = QImageReader(buffer, QByteArray(found.encode()))
        reader.setAutoDetectImageFormat(False)
        size = reader.size()
        pixels = size.width() * size.height()
        if not size.isValid() or not 0 < pixels <= min(_LARGEST, self._room):
            return None
        image = reader.read()
        if image.isNull():
            return None
        self._room -= pixels
        if image.width() > _WIDEST:
            target = QSize(_WIDEST, max(1, image.height() * _WIDEST // image.width()))
            smooth = Qt.TransformationMode.SmoothTransformation
            image = image.scaled(target, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        name = f"cid:{len(self.images)}"
        self.images[name] = image
        return Picture(name, image.width(), image.height())
