"""Opens the folder of the log files in the system's file manager."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices

if TYPE_CHECKING:
    from mailadmin.ui.window.main_window import MainWindow


def open_log_folder(folder: Path) -> str:
    """Show the folder, which is made if it is missing; return what went wrong, or ""."""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_dir() and QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        return ""
    return QCoreApplication.translate(
        "LogFolder", "The folder can't be shown here. The log files are in {folder}."
    ).format(folder=folder)


def offer_log_folder(window: MainWindow, folder: Path) -> None:
    """Connect the action in the Help menu, once the window's actions are complete."""
    window.own_actions.open_log_folder.triggered.connect(partial(_open, window, folder))


def _open(window: MainWindow, folder: Path, _checked: bool = False) -> None:
    if problem := open_log_folder(folder):
        window.notice.show_warning(problem)
