"""What comes after all that the window asked for, where nothing tells that nothing more comes."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from mailadmin.ui.threads.background import Background


def readings_end(qtbot: QtBot, background: Background) -> None:
    """Wait until all is read and shown that is asked for by now, and what is asked for then."""
    for _ in range(2):
        with qtbot.waitCallback() as asked:  # after those that ask with a timer of no delay
            QTimer.singleShot(0, asked)
        for long in (False, True):
            with qtbot.waitCallback() as read:
                background.run(lambda: None, read, long=long)


def changes_end(qtbot: QtBot, background: Background) -> None:
    """Wait until all changes are made that were asked for by now."""
    for long in (False, True):
        with qtbot.waitCallback() as made:
            background.write(lambda: None, made, long=long)
