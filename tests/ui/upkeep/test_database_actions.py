"""Backup and check from the menu: progress, Cancel, and what is told."""

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
from mailadmin.ui.upkeep.database_actions import Maintenance
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
def maintenance(
    window: QMainWindow,
    message: InlineMessage,
    store: Store,
    background: Background,
    icons: Icons,
) -> Maintenance:
    queue(store, 5)
    return Maintenance(store, background, message, icons=icons, window=window)


def test_a_backup_is_a_whole_database_of_its_own(
    qtbot: QtBot, maintenance: Maintenance, message: InlineMessage, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    maintenance.back_up(target)
    qtbot.waitUntil(lambda: f"backed up to {target}" in message.text)
    copy = Store.open(target, standard_drivers())
    assert copy.queue.count() == 5
    copy.close()


def test_the_file_is_asked_for_and_named_after_the_day(
    qtbot: QtBot,
    maintenance: Maintenance,
    message: InlineMessage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered: list[str] = []

    def choose(*args: object) -> tuple[str, str]:
        offered.append(str(args[2]))
        return str(tmp_path / "chosen.db"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    maintenance.ask_for_backup()
    qtbot.waitUntil(lambda: "chosen.db" in message.text)
    assert Path(offered[0]).name.startswith("mailadmin.20")
    assert (tmp_path / "chosen.db").exists()


def test_a_backup_that_fails_says_why(
    qtbot: QtBot, maintenance: Maintenance, message: InlineMessage, tmp_path: Path
) -> None:
    maintenance.back_up(tmp_path / "missing" / "copy.db")
    qtbot.waitUntil(lambda: "missing" in message.text)
    maintenance.back_up(tmp_path / "copy.db")  # and the next one works
    qtbot.waitUntil(lambda: "backed up" in message.text)


def test_cancelled_it_leaves_nothing(
    qtbot: QtBot,
    window: QMainWindow,
    maintenance: Maintenance,
    message: InlineMessage,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A copy so slow that there is time to cancel it."""

    def endless(target: Path, report: object, *, overwrite: bool) -> bool:
        assert callable(report)
        while report(1, 2):
            pass
        return False

    monkeypatch.setattr(store, "backup", endless)
    maintenance.back_up(tmp_path / "copy.db")
    progress = child(window, QProgressDialog, "maintenanceProgress")
    progress.canceled.emit()
    qtbot.waitUntil(lambda: "cancelled" in message.text)
    assert not (tmp_path / "copy.db").exists()
    qtbot.waitUntil(lambda: not window.findChildren(QProgressDialog))


def test_a_sound_database_is_told_to_be_so(
    qtbot: QtBot, window: QMainWindow, maintenance: Maintenance
) -> None:
    maintenance.check()
    qtbot.waitUntil(lambda: bool(window.findChildren(CheckReportDialog)))
    report = child(window, CheckReportDialog, "checkReport")
    summary = child(report, QLabel, "checkSummary").text()
    assert summary.startswith("No damage was found. 5 messages were read")
    assert not child(report, QPlainTextEdit, "checkFindings").isVisible()


def test_damage_is_told_with_what_to_do_and_can_be_copied(
    qtbot: QtBot, window: QMainWindow, maintenance: Maintenance, store: Store
) -> None:
    connection = apsw.Connection(str(store.location.path))
    connection.execute("UPDATE message_content SET content = x'00' WHERE message_id = 2")
    connection.close()
    maintenance.check()
    qtbot.waitUntil(lambda: bool(window.findChildren(CheckReportDialog)))
    report = child(window, CheckReportDialog, "checkReport")
    assert "1 thing is not as it should be." in child(report, QLabel, "checkSummary").text()
    findings = child(report, QPlainTextEdit, "checkFindings").toPlainText()
    assert "not the bytes that were accepted (messages 2)" in findings
    child(report, QPushButton, "copyFindingsButton").click()
    assert findings in QGuiApplication.clipboard().text()


def test_a_check_that_can_not_read_says_so(
    qtbot: QtBot,
    maintenance: Maintenance,
    message: InlineMessage,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageFull("There is no space left.")

    monkeypatch.setattr(store, "check", full)
    maintenance.check()
    qtbot.waitUntil(lambda: "no space left" in message.text)
