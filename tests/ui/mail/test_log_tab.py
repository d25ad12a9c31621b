"""The Log tab with a real store."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QMessageBox, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.ui.finding import child, select_row
from tests.ui.stored_mail import add_provider, attempt, queue

TITLES = ["ID", "Active queue ID", "Email", "Subject", "Attempt date", "Status", "Reason"]


@pytest.fixture
def tab(qtbot: QtBot, store: Store, background: Background, icons: Icons) -> LogTab:
    provider = add_provider(store)
    queue(store, 4)
    attempt(store, provider, OutcomeKind.ACCEPTED, 2)
    attempt(store, provider, OutcomeKind.FAILED)
    tab = LogTab(store, background, icons=icons)
    qtbot.addWidget(tab)
    with qtbot.waitSignal(tab.model.loadedFirst):
        tab.refresh()
    with qtbot.waitExposed(tab):
        tab.show()
    return tab


def shown(tab: LogTab, row: int) -> list[str]:
    return [tab.model.index(row, section).data() or "" for section in range(7)]


def test_columns_and_values(tab: LogTab) -> None:
    assert [tab.model.headerData(n, Qt.Orientation.Horizontal) for n in range(7)] == TITLES
    assert tab.table.objectName() == "logTable"
    assert tab.model.total == 3
    last, *_, first = (shown(tab, row) for row in range(3))
    assert last[5:] == ["FAIL", "550 5.1.1 No such <b>user</b>"]
    assert last[1] == "3"  # still in the queue
    assert first[1] == ""
    assert first[5:] == ["SUCCESS", "250 2.0.0 Ok: queued as 4F2A"]


def test_qt_s_contract(qtmodeltester: ModelTester, tab: LogTab) -> None:
    qtmodeltester.check(tab.model)  # type: ignore[no-untyped-call]


def test_resend_is_for_what_left_the_queue(qtbot: QtBot, tab: LogTab, store: Store) -> None:
    resend = child(tab, QAction, "resendAction")
    select_row(tab.table, 2)
    qtbot.waitUntil(resend.isEnabled)
    select_row(tab.table, 0)
    qtbot.waitUntil(lambda: not resend.isEnabled())
    assert tab.table.selected_count() == 1
    select_row(tab.table, 2)
    qtbot.waitUntil(resend.isEnabled)
    resend.trigger()
    qtbot.waitUntil(lambda: tab.message.text == "1 message was queued again.")
    assert len(store.queue.ids(TableQuery())) == 3


def test_resending_many_warns_of_doubles(qtbot: QtBot, tab: LogTab, store: Store) -> None:
    tab.table.selectAll()
    resend = child(tab, QAction, "resendAction")
    qtbot.waitUntil(resend.isEnabled)
    resend.trigger()
    qtbot.waitUntil(lambda: bool(tab.findChildren(QMessageBox)))
    box = child(tab, QMessageBox, "confirmDialog")
    assert "Queue 3 messages again?" in box.text()
    assert "2 of them were delivered already" in box.text()
    QTest.mouseClick(child(box, QPushButton, "confirmButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "2 messages were queued again." in tab.message.text)
    assert "still in the queue" in tab.message.text
    assert len(store.queue.ids(TableQuery())) == 4


def test_double_click_opens_details(qtbot: QtBot, tab: LogTab) -> None:
    place = tab.table.visualRect(tab.model.index(2, 2)).center()
    QTest.mouseClick(tab.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(tab.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    dialog = child(tab, QDialog, "messageDetails")
    qtbot.waitUntil(dialog.isVisible)
    assert "email 1" in dialog.windowTitle()
