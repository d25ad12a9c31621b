"""The log of the window's run, and the crashes that are shown in the window."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

from mailadmin.diagnostics.crash_report import CrashReport
from mailadmin.diagnostics.recording import WINDOW, Recording
from mailadmin.domain.errors import QT_TRANSLATE_NOOP, KnownError
from mailadmin.ui.crash.qt_messages import QtMessages
from mailadmin.ui.crash.reports import CrashReports
from mailadmin.ui.words.errors import explain

if TYPE_CHECKING:
    from mailadmin.ui.window.main_window import MainWindow


class WindowRecording(QObject):
    """Records one run, from the first paint to the end of the event loop.

    `window` is None before there is one. Crashes in other threads are shown in the event loop of
    the GUI thread.
    """

    _crashed = Signal(object)  # CrashReport
    _troubled = Signal(object)  # KnownError

    def __init__(self, window: MainWindow | None, folder: Path | None) -> None:
        super().__init__()
        self._window = window
        self._stack = ExitStack()
        self._reports = CrashReports(window, folder, self)
        self._recording = Recording(
            folder, WINDOW, on_crash=self._crashed.emit, on_trouble=self._tell_of_trouble
        )
        # Queued, also in this thread: a crash may come in the middle of painting.
        queued = Qt.ConnectionType.QueuedConnection
        self._crashed.connect(self._show_crash, queued)
        self._troubled.connect(self._show_trouble, queued)

    def start(self, what: str) -> None:
        """Open the log; `what` is the database that the window shows."""
        self._recording.start(what)
        self._stack.callback(self._recording.stop)
        self._stack.enter_context(QtMessages())

    def stop(self) -> None:
        """End the log and put Python's hooks back."""
        self._stack.close()

    def show_pending_crash(self) -> None:
        """Show a crash that the event loop had no time to show, and wait until it was read."""
        self._reports.announce_end()
        QCoreApplication.sendPostedEvents(self)
        self._reports.wait_until_read()

    @Slot(object)
    def _show_crash(self, report: CrashReport) -> None:
        self._reports.show(report)

    def _tell_of_trouble(self, error: OSError) -> None:
        """Report that the log can't be written; called in the thread that wrote to it."""
        problem = KnownError(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The log file can't be written ({reason}). Mail is sent all the same, but if "
                "something goes wrong nothing will tell why: make room, or allow to write there.",
            ),
            reason=str(error),
        )
        if sys.stderr is not None:
            print(f"mailadmin: {problem}", file=sys.stderr)
        self._troubled.emit(problem)

    @Slot(object)
    def _show_trouble(self, problem: KnownError) -> None:
        if self._window is not None and not self._window.notice.text:
            self._window.notice.show_warning(explain(problem))
