"""Writes the application's icon for icon themes: `python -m resources.linux.theme_icons FOLDER`.

FOLDER is that of the theme (`…/share/icons/hicolor`).
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from resources.bundle.app_icon import SOURCE, draw, png

NAME = "org.mailadmin.MailAdmin"
SIZES = (16, 22, 24, 32, 48, 64, 96, 128, 192, 256, 512)
"""In pixels: what panels, menus, file managers and software centres ask for."""


def write_icons(theme: Path) -> None:
    """One PNG for each size, the drawing itself, and the one in one colour."""
    for size in SIZES:
        _write(theme / f"{size}x{size}" / "apps" / f"{NAME}.png", png(draw(size)))
    _copy(SOURCE, theme / "scalable" / "apps" / f"{NAME}.svg")
    symbolic = Path(__file__).with_name(f"{NAME}-symbolic.svg")
    _copy(symbolic, theme / "symbolic" / "apps" / symbolic.name)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _application = QGuiApplication([])
    write_icons(Path(sys.argv[1]))
