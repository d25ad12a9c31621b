"""Draws the application's icon in the forms Windows and macOS want, from its SVG.

`python -m resources.bundle.app_icon FILE.ico` is for Windows, `FILE.icns` for macOS, whose iconutil
makes it.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE = Path(__file__).resolve().parents[1] / "icons" / "mailadmin.svg"

ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)  # pixels: 16, 32 and 48 at 100, 125, 150 and 200 %
_PNG_FROM = 256  # pixels; smaller ones as bitmaps, which older parts of Windows insist on
ICONSET = {
    f"icon_{points}x{points}{suffix}.png": points * scale
    for points in (16, 32, 128, 256, 512)
    for scale, suffix in ((1, ""), (2, "@2x"))
}


def draw(size: int) -> QImage:
    """The icon, `size` pixels wide and high, on nothing."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCE)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def png(image: QImage) -> bytes:
    """The image as a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # Qt's stubs want bytes for the format where its code wants a text.
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    buffer.close()
    return bytes(data.data())


def bitmap(image: QImage) -> bytes:
    """The image as an icon's bitmap: no file header, twice the height, rows from the bottom up."""
    size = image.width()
    header = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    pixels = bytes(image.bits())
    rows = [pixels[4 * size * row :][: 4 * size] for row in reversed(range(size))]
    mask = bytes((size + 31) // 32 * 4 * size)  # unused: the alpha channel says what is seen
    return header + b"".join(rows) + mask


def ico() -> bytes:
    """All sizes as one .ico file."""
    images = []
    for size in ICO_SIZES:
        image = draw(size)
        images.append(png(image) if size >= _PNG_FROM else bitmap(image))
    offset = 6 + 16 * len(images)
    entries = []
    for size, data in zip(ICO_SIZES, images, strict=True):
        side = size % 256  # 0 stands for 256
        entries.append(struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(data), offset))
        offset += len(data)
    return struct.pack("<HHH", 0, 1, len(images)) + b"".join(entries) + b"".join(images)


def write_iconset(folder: Path) -> Path:
    """Write the pictures of an .icns into `folder`, which is made and given back."""
    folder.mkdir(exist_ok=True)
    for name, size in ICONSET.items():
        (folder / name).write_bytes(png(draw(size)))
    return folder


def main() -> int:
    """Write what the one argument names."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    _application = QGuiApplication([])
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".ico":
        target.write_bytes(ico())
    else:
        folder = write_iconset(target.with_suffix(".iconset"))
        iconutil = ["iconutil", "--convert", "icns", "--output", str(target), str(folder)]
        subprocess.run(iconutil, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
