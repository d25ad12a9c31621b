"""The program's icon in the formats of Windows and macOS."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from resources.bundle.app_icon import ICO_SIZES, draw, ico, write_iconset

pytestmark = pytest.mark.usefixtures("qapp")


def test_the_ico_file_has_every_size_as_it_was_drawn(tmp_path: Path) -> None:
    content = ico()
    assert struct.unpack_from("<HHH", content) == (0, 1, len(ICO_SIZES))
    for index, size in enumerate(ICO_SIZES):
        entry = struct.unpack_from("<BBBBHHII", content, 6 + 16 * index)
        length, offset = entry[6:]
        # An .ico of this size alone, read by Qt, which is independent of the writer.
        alone = tmp_path / f"{size}.ico"
        header = struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", *entry[:7], 22)
        alone.write_bytes(header + content[offset : offset + length])
        read = QImage(str(alone)).convertToFormat(QImage.Format.Format_ARGB32)
        assert (read.width(), read.height()) == (size, size)
        assert read == draw(size)
    assert offset + length == len(content)


def test_the_icon_shows_the_envelope() -> None:
    image = draw(64)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(27, 40) == QColor("#2f6fb2")


def test_the_iconset_has_the_file_names_of_iconutil(tmp_path: Path) -> None:
    folder = write_iconset(tmp_path / "mailadmin.iconset")
    assert len(list(folder.iterdir())) == 10
    assert QImage(str(folder / "icon_16x16.png")).width() == 16
    assert QImage(str(folder / "icon_512x512@2x.png")).width() == 1024
