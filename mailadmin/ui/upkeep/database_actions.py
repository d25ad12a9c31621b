"""Backup and check of the database from the menu: off the GUI thread, with progress and Cancel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QProgressDialog, QWidget

from mailadmin.delivery.owner import is_gone, owner_name
from mailadmin.domain.errors import KnownError
from mailadmin.store import Store
from mailadmin.store.upkeep.findings import CheckReport
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.upkeep.check_report import CheckReportDialog
from mailadmin.ui.widgets.inline_message import InlineMessage

T = TypeVar("T")
Report = Callable[[int, int], bool]

_STEPS = 1000  # of the progress bar, whose numbers are ints: the counted bytes may not fit


class DatabaseActions(QObject):
    """Runs a backup or a check, one at a time; shows the result in `message`."""

    def __init__(
        self,
        store: Store,
        background: Background,
        message: InlineMessage,
        *,
        icons: Icons,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._store = store
        self._background = background
        self._message = message
        self._icons = icons
        self._window = window
        self._progress: QProgressDialog | None = None

    # Backup ----------------------------------------------------------------------------------

    def ask_for_backup(self) -> None:
        """Ask for a file, which the system's dialog confirms if it exists, and write the backup."""
        if self._progress is not None:
            return
        path = self._store.location.path
        today = datetime.now().astimezone().strftime("%Y-%m-%d")
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            self.tr("Back up the database"),
            str(path.with_name(f"{path.stem}.{today}{path.suffix}")),
            self.tr("Databases (*.db);;All files (*)"),
        )
        if name:
            self.back_up(Path(name), overwrite=True)

    def back_up(self, target: Path, *, overwrite: bool = False) -> None:
        """Write a copy of the database to `target`."""

        def done(complete: bool) -> None:
            if complete:
                text = self.tr("The database was backed up to {path}.").format(path=target)
                self._message.show_ok(text)
            else:
                self._message.show_info(self.tr("The backup was cancelled; no file was written."))

        self._run(
            self.tr("Backing up the database…"),
            lambda report: self._store.backup(target, report, overwrite=overwrite),
            done,
        )

    # Check -----------------------------------------------------------------------------------

    def check(self) -> None:
        """Check the database for damage and show the findings."""
        myself = owner_name()

        def done(report: CheckReport) -> None:
            if not report.complete:
                self._message.show_info(self.tr("The check was cancelled."))
                return
            CheckReportDialog(report, self._icons, self._window).show()

        self._run(
            self.tr("Checking the database…"),
            lambda report: self._store.check(report, is_gone=lambda owner: is_gone(owner, myself)),
            done,
        )

    # Both ------------------------------------------------------------------------------------

    def _run(self, title: str, work: Callable[[Report], T], done: Callable[[T], object]) -> None:
        if self._progress is not None:
            return
        progress = QProgressDialog(title, self.tr("Cancel"), 0, _STEPS, self._window)
        progress.setObjectName("databaseProgress")
        progress.setWindowTitle(title.rstrip("…"))
        progress.setWindowModality(Qt.WindowModality.NonModal)
        progress.setAutoReset(False)
        progress.setAutoClose(False)
        progress.setMinimumDuration(300)
        progress.setValue(0)
        self._progress = progress
        cancelled = threading.Event()
        progress.canceled.connect(cancelled.set)
        post = self._background.poster(progress)

        def report(finished: int, total: int) -> bool:
            share = _STEPS * finished // total if total else 0
            post(lambda: progress.setValue(share))
            return not cancelled.is_set()

        def end(then: Callable[[], object]) -> None:
            self._progress = None
            progress.deleteLater()
            progress.hide()
            then()

        def failed(error: KnownError) -> None:
            end(lambda: self._message.show_error(error))

        self._background.run_detached(
            lambda: work(report),
            lambda result: end(lambda: done(result)),
            failed,
            owner=self,
            on_cancel=cancelled.set,
        )
