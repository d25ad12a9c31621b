"""Waits for the end of readings and changes where no signal tells of it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from mailadmin.ui.threads.background import Background


def readings_end(qtbot: QtBot, background: Background) -> None:
    """Wait until everything is read that is asked for now, and what is asked for meanwhile."""
    for _ in range(2):
        with qtbot.waitCallback() as asked:  # after readings that a timer without delay asks for
            QTimer.singleShot(0, asked)
        for long in (False, True):
            with qtbot.waitCallback() as read:
                background.run(lambda: None, read, long=long)


def changes_end(qtbot: QtBot, background: Background) -> None:
    """Wait until all changes are made that were asked for."""
    for long in (False, True):
        with qtbot.waitCallback() as made:
            background.write(lambda: None, made, long=long)
