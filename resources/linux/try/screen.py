"""Saves what an X display shows: `DISPLAY=:7 python screen.py FILE.png`."""

from __future__ import annotations

import os
import sys

os.environ["QT_QPA_PLATFORM"] = "xcb"

from PySide6.QtGui import QGuiApplication


def main() -> int:
    """Exit code 1: nothing could be saved."""
    application = QGuiApplication([])
    saved = application.primaryScreen().grabWindow(0).save(sys.argv[1])
    return 0 if saved else 1


if __name__ == "__main__":
    sys.exit(main())
