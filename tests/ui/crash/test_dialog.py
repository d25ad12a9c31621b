"""The crash dialog: its texts, and when it opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.diagnostics.crash_report import CrashKind, CrashReport
from mailadmin.ui.crash.dialog import CrashDialog
from mailadmin.ui.crash.reports import CrashReports
from mailadmin.ui.theme.icons import Icons
from tests.ui.application import running_window
from tests.ui.finding import child


def report(number: int = 1, kind: CrashKind = CrashKind.ERROR) -> CrashReport:
    return CrashReport(kind, f"Error{number}", f"Mail Admin\nError{number}", f"origin {number}")


def visible(dialog: QDialog, name: str) -> str:
    label = child(dialog, QLabel, name)
    return label.text() if label.isVisibleTo(dialog) else ""


class Opened(QObject):
    """Stands in for the file manager."""

    def __init__(self) -> None:
        super().__init__()
        self.folders: list[str] = []

    @Slot(QUrl)
    def show(self, url: QUrl) -> None:
        self.folders.append(url.toLocalFile())


@pytest.fixture
def opened() -> Iterator[Opened]:
    receiver = Opened()
    QDesktopServices.setUrlHandler("file", receiver, "show")  # type: ignore[arg-type]
    yield receiver
    QDesktopServices.unsetUrlHandler("file")


def test_the_dialog_has_a_sentence_and_a_report_that_can_be_copied(
    qtbot: QtBot, icons: Icons
) -> None:
    dialog = CrashDialog(report(), icons=icons)
    qtbot.addWidget(dialog)
    assert "No mail that it accepted is lost" in visible(dialog, "crashSentence")
    assert visible(dialog, "crashCount") == ""
    text = child(dialog, QPlainTextEdit, "crashReport")
    assert text.isReadOnly()
    assert text.accessibleName()
    assert text.toPlainText() == report().text
    QGuiApplication.clipboard().clear()
    child(dialog, QPushButton, "copyCrashReportButton").click()
    assert QGuiApplication.clipboard().text() == report().text
    assert "clipboard" in visible(dialog, "crashHint")
    assert dialog.findChild(QPushButton, "crashLogFolderButton") is None  # there is no log


@pytest.mark.parametrize("kind", CrashKind)
def test_every_kind_of_crash_says_that_no_mail_is_lost(qtbot: QtBot, kind: CrashKind) -> None:
    for ends in (False, True):
        dialog = CrashDialog(report(kind=kind), ends=ends)
        qtbot.addWidget(dialog)
        assert "is lost" in visible(dialog, "crashSentence")


def test_the_dialog_opens_the_log_folder(qtbot: QtBot, tmp_path: Path, opened: Opened) -> None:
    folder = tmp_path / "state" / "log"
    dialog = CrashDialog(report(), folder=folder)
    qtbot.addWidget(dialog)
    child(dialog, QPushButton, "crashLogFolderButton").click()
    assert opened.folders == [str(folder)]
    assert folder.is_dir()


def test_the_help_menu_opens_the_log_folder(qtbot: QtBot, tmp_path: Path, opened: Opened) -> None:
    with running_window(tmp_path) as window:
        child(window, QAction, "openLogFolderAction").trigger()
        assert opened.folders == [str(tmp_path / "log")]
        assert not window.notice.text


def test_a_log_folder_that_can_not_be_opened_is_named(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    with running_window(tmp_path) as window:
        child(window, QAction, "openLogFolderAction").trigger()
        assert str(tmp_path / "log") in window.notice.text


@pytest.fixture
def reports(qapp: QApplication) -> Iterator[CrashReports]:
    del qapp
    made = CrashReports(None, None)
    yield made
    for dialog in dialogs():
        dialog.close()


def dialogs() -> list[CrashDialog]:
    return [
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, CrashDialog) and each.isVisible()
    ]


def test_further_crashes_are_added_to_the_open_dialog(reports: CrashReports) -> None:
    for number in (1, 1, 2, 1, 2):
        reports.show(report(number))
    (dialog,) = dialogs()
    text = child(dialog, QPlainTextEdit, "crashReport").toPlainText()
    assert (text.count("Error1"), text.count("Error2")) == (1, 1)
    assert visible(dialog, "crashCount") == "5 errors by now."


def test_a_repeated_bug_does_not_reopen_a_closed_dialog(reports: CrashReports) -> None:
    reports.show(report())
    dialogs()[0].close()
    for _ in range(100):
        reports.show(report())
    assert dialogs() == []
    reports.show(report(2))  # another bug opens it
    assert len(dialogs()) == 1


def test_the_dialog_says_that_sending_stopped_before_all_else(reports: CrashReports) -> None:
    reports.show(report())
    reports.show(report(2, CrashKind.SENDER))
    (dialog,) = dialogs()
    assert "Sending stopped" in visible(dialog, "crashSentence")


def test_the_dialog_is_a_child_of_an_open_modal_dialog(reports: CrashReports, qtbot: QtBot) -> None:
    modal = QDialog()
    qtbot.addWidget(modal)
    modal.setModal(True)
    modal.show()
    reports.show(report())
    (dialog,) = dialogs()
    assert dialog.parent() is modal
    dialog.close()
