"""Backup and check from the menu: progress, Cancel and results."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QMainWindow,
    QPlainTextEdit,
    QProgressDialog,
    QPushButton,
)
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import StorageFull
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.upkeep.check_report import CheckReportDialog
from mailadmin.ui.upkeep.database_actions import DatabaseActions
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.ui.finding import child
from tests.ui.stored_mail import queue


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(800, 500)
    with qtbot.waitExposed(window):
        window.show()
    return window


@pytest.fixture
def message(window: QMainWindow, icons: Icons) -> InlineMessage:
    message = InlineMessage(icons, window)
    window.setCentralWidget(message)
    return message


@pytest.fixture
def database_actions(
    window: QMainWindow,
    message: InlineMessage,
    store: Store,
    background: Background,
    icons: Icons,
) -> DatabaseActions:
    queue(store, 5)
    return DatabaseActions(store, background, message, icons=icons, window=window)


def test_a_backup_is_a_complete_database(
    qtbot: QtBot, database_actions: DatabaseActions, message: InlineMessage, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    database_actions.back_up(target)
    qtbot.waitUntil(lambda: f"backed up to {target}" in message.text)
    copy = Store.open(target, standard_drivers())
    assert copy.queue.count() == 5
    copy.close()


def test_the_suggested_name_of_a_backup_has_the_date(
    qtbot: QtBot,
    database_actions: DatabaseActions,
    message: InlineMessage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered: list[str] = []

    def choose(*args: object) -> tuple[str, str]:
        offered.append(str(args[2]))
        return str(tmp_path / "chosen.db"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    database_actions.ask_for_backup()
    qtbot.waitUntil(lambda: "chosen.db" in message.text)
    assert Path(offered[0]).name.startswith("mailadmin.20")
    assert (tmp_path / "chosen.db").exists()


def test_a_backup_that_fails_says_why(
    qtbot: QtBot, database_actions: DatabaseActions, message: InlineMessage, tmp_path: Path
) -> None:
    database_actions.back_up(tmp_path / "missing" / "copy.db")
    qtbot.waitUntil(lambda: "missing" in message.text)
    database_actions.back_up(tmp_path / "copy.db")  # and the next backup works
    qtbot.waitUntil(lambda: "backed up" in message.text)


def test_a_cancelled_backup_leaves_no_file(
    qtbot: QtBot,
    window: QMainWindow,
    database_actions: DatabaseActions,
    message: InlineMessage,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The copy is so slow that there is time to cancel it."""

    def endless(target: Path, report: object, *, overwrite: bool) -> bool:
        assert callable(report)
        while report(1, 2):
            pass
        return False

    monkeypatch.setattr(store, "backup", endless)
    database_actions.back_up(tmp_path / "copy.db")
    progress = child(window, QProgressDialog, "databaseProgress")
    progress.canceled.emit()
    qtbot.waitUntil(lambda: "cancelled" in message.text)
    assert not (tmp_path / "copy.db").exists()
    qtbot.waitUntil(lambda: not window.findChildren(QProgressDialog))


def test_a_check_without_damage_says_so(
    qtbot: QtBot, window: QMainWindow, database_actions: DatabaseActions
) -> None:
    database_actions.check()
    qtbot.waitUntil(lambda: bool(window.findChildren(CheckReportDialog)))
    report = child(window, CheckReportDialog, "checkReport")
    summary = child(report, QLabel, "checkSummary").text()
    assert summary.startswith("No damage was found. 5 messages were read")
    assert not child(report, QPlainTextEdit, "checkFindings").isVisible()


def test_a_check_shows_damage_that_can_be_copied(
    qtbot: QtBot, window: QMainWindow, database_actions: DatabaseActions, store: Store
) -> None:
    connection = apsw.Connection(str(store.location.path))
    connection.execute("UPDATE message_content SET content = x'00' WHERE message_id = 2")
    connection.close()
    database_actions.check()
    qtbot.waitUntil(lambda: bool(window.findChildren(CheckReportDialog)))
    report = child(window, CheckReportDialog, "checkReport")
    assert "1 thing is not as it should be." in child(report, QLabel, "checkSummary").text()
    findings = child(report, QPlainTextEdit, "checkFindings").toPlainText()
    assert "not the bytes that were accepted (messages 2)" in findings
    child(report, QPushButton, "copyFindingsButton").click()
    assert findings in QGuiApplication.clipboard().text()


def test_a_check_that_can_not_read_says_so(
    qtbot: QtBot,
    database_actions: DatabaseActions,
    message: InlineMessage,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageFull("There is no space left.")

    monkeypatch.setattr(store, "check", full)
    database_actions.check()
    qtbot.waitUntil(lambda: "no space left" in message.text)
