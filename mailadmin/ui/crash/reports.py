"""Shows the crashes of a run in one dialog, however many there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QWidget

from mailadmin.diagnostics.crash_report import CrashReport
from mailadmin.diagnostics.repeats import Repeats

if TYPE_CHECKING:
    from mailadmin.ui.crash.dialog import CrashDialog
    from mailadmin.ui.window.main_window import MainWindow


class CrashReports(QObject):
    """Opens the crash dialog; further crashes are added to the open dialog, or only counted.

    After the dialog was closed the same bug opens it again only if it did not happen for a while.
    """

    def __init__(
        self, window: MainWindow | None, folder: Path | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._folder = folder
        self._repeats = Repeats()
        self._dialog: CrashDialog | None = None
        self._ends = False

    def show(self, report: CrashReport) -> None:
        """Show a report, or count it."""
        count, news = self._repeats.note(report.origin)
        if self._dialog is not None:
            self._dialog.add(report)
        elif news:
            self._dialog = self._make(report, count)
            self._dialog.finished.connect(self._closed)
            self._dialog.show()

    def announce_end(self) -> None:
        """Have the dialog say that the program can't go on after the next crash."""
        self._ends = True

    def wait_until_read(self) -> None:
        """Wait until the user has closed the dialog, if one is open."""
        if self._dialog is not None:
            self._dialog.exec()

    def _make(self, report: CrashReport, count: int) -> CrashDialog:
        from mailadmin.ui.crash.dialog import CrashDialog

        return CrashDialog(
            report,
            count=count,
            ends=self._ends,
            folder=self._folder,
            icons=None if self._window is None else self._window.icons,
            parent=self._parent(),
        )

    def _parent(self) -> QWidget | None:
        # The parent is a modal dialog if there is one: otherwise it would block this dialog.
        if (modal := QApplication.activeModalWidget()) is not None:
            return modal
        window = self._window
        return window if window is not None and window.isVisible() else None

    @Slot()
    def _closed(self) -> None:
        self._dialog = None
