"""The Queue tab with a real store: what it shows, and what its actions do to it."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QMessageBox,
    QPushButton,
    QToolButton,
    QTreeWidget,
)
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from mailadmin.domain.log import LogStatus
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.change_events import ChangeEvents
from tests.ui.finding import child, select_row
from tests.ui.stored_mail import add_provider, attempt, queue

TITLES = [
    "ID",
    "Email",
    "Subject",
    "Last attempt date",
    "Next attempt date",
    "Attempts count",
    "Status",
    "Reason",
]


@pytest.fixture
def ids(store: Store) -> list[int]:
    return queue(store, 5)


@pytest.fixture
def tab(
    qtbot: QtBot, store: Store, ids: list[int], background: Background, icons: Icons
) -> Iterator[QueueTab]:
    del ids
    tab = QueueTab(store, background, icons=icons)
    tab.setWindowTitle("Queue")
    qtbot.addWidget(tab)
    events = ChangeEvents(store, background, tab)
    events.changed.connect(lambda topic: tab.refresh() if topic in tab.topics else None)
    with qtbot.waitSignal(tab.model.loadedFirst):
        tab.refresh()
    with qtbot.waitExposed(tab):
        tab.show()
    tab.table.setFocus()
    yield tab
    events.stop()


def action(tab: QueueTab, name: str) -> QAction:
    return child(tab, QAction, name)


def shown(tab: QueueTab, row: int) -> list[str]:
    return [tab.model.index(row, section).data() or "" for section in range(8)]


def statuses(store: Store) -> list[QueueStatus]:
    return [row.status for row in store.queue.rows(store.queue.ids(TableQuery("id", False)))]


def confirm(qtbot: QtBot, tab: QueueTab, name: str = "confirmButton") -> str:
    qtbot.waitUntil(lambda: bool(tab.findChildren(QMessageBox)))
    box = tab.findChildren(QMessageBox)[0]
    text = box.text()
    button = (
        child(box, QPushButton, name)
        if name == "confirmButton"
        else box.button(QMessageBox.StandardButton.Cancel)
    )
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    return text


def test_columns_and_values(tab: QueueTab, ids: list[int]) -> None:
    assert [tab.model.headerData(n, Qt.Orientation.Horizontal) for n in range(8)] == TITLES
    assert tab.table.objectName() == "queueTable"
    row = shown(tab, 0)
    assert row[:4] == [str(ids[0]), "ann0@example.org", "Your invoice 0", ""]
    assert row[4]
    assert row[5:] == ["0", "QUEUED", ""]
    assert tab.model.index(0, 6).data(Qt.ItemDataRole.DecorationRole) is not None
    exact = tab.model.index(0, 4).data(Qt.ItemDataRole.ToolTipRole)
    assert exact[-6] in "+-"  # the offset from UTC
    assert tab.title() == "Queue 5"


def test_qt_s_contract(qtmodeltester: ModelTester, tab: QueueTab) -> None:
    qtmodeltester.check(tab.model)  # type: ignore[no-untyped-call]


def test_actions_fit_the_selected_rows(qtbot: QtBot, tab: QueueTab, store: Store) -> None:
    names = ["deleteQueuedAction", "sendNowAction", "holdAction", "releaseAction"]

    def enabled() -> list[bool]:
        return [action(tab, name).isEnabled() for name in [*names, "openDetailsAction"]]

    assert enabled() == [False] * 5
    select_row(tab.table, 0)
    qtbot.waitUntil(lambda: enabled() == [True, True, True, False, True])
    store.queue.hold([tab.model.id_at(0)])
    qtbot.waitUntil(lambda: enabled() == [True, True, False, True, True])
    attempt(store, add_provider(store), None)  # the second row is being sent
    select_row(tab.table, 1)
    qtbot.waitUntil(lambda: enabled() == [False, False, False, False, True])
    tab.table.selectAll()
    qtbot.waitUntil(lambda: enabled() == [True] * 5)


def test_one_row_is_deleted_without_a_question_and_comes_back(
    qtbot: QtBot, tab: QueueTab, store: Store, ids: list[int]
) -> None:
    select_row(tab.table, 2)
    qtbot.waitUntil(action(tab, "deleteQueuedAction").isEnabled)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: tab.message.text == "1 message was deleted.")
    assert list(store.queue.ids(TableQuery("id", False))) == [*ids[:2], *ids[3:]]
    QTest.mouseClick(child(tab, QToolButton, "inlineMessageAction"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.message.text == "1 message is back in the queue.")
    assert list(store.queue.ids(TableQuery("id", False))) == ids
    assert not action(tab, "undoAction").isEnabled()


def test_many_rows_are_asked_for_once_with_their_number(
    qtbot: QtBot, tab: QueueTab, store: Store, ids: list[int]
) -> None:
    tab.table.select_ids(ids[:3])
    qtbot.waitUntil(action(tab, "deleteQueuedAction").isEnabled)
    action(tab, "deleteQueuedAction").trigger()
    assert confirm(qtbot, tab, "cancel") == "Delete 3 messages from the queue?"
    qtbot.waitUntil(lambda: not tab.findChildren(QMessageBox))
    assert len(statuses(store)) == 5
    action(tab, "deleteQueuedAction").trigger()
    confirm(qtbot, tab)
    qtbot.waitUntil(lambda: tab.message.text == "3 messages were deleted.")
    qtbot.waitUntil(lambda: tab.model.total == 2)
    with qtbot.waitActive(tab):
        tab.activateWindow()
    tab.table.setFocus()
    QTest.keyClick(tab.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: tab.message.text == "3 messages are back in the queue.")
    assert len(statuses(store)) == 5


def test_what_another_window_deleted_is_told(
    qtbot: QtBot, tab: QueueTab, store: Store, ids: list[int]
) -> None:
    tab.table.select_ids(ids[:3])
    qtbot.waitUntil(action(tab, "deleteQueuedAction").isEnabled)
    action(tab, "deleteQueuedAction").trigger()
    other = Store.open(
        store.location.path, standard_drivers()
    )  # another window's, which this one hears nothing of
    other.queue.delete([ids[0]])
    other.close()
    confirm(qtbot, tab)
    qtbot.waitUntil(lambda: "2 messages were deleted." in tab.message.text)
    assert "1 left as they are: It had already left the queue." in tab.message.text


def test_hold_release_and_send_now(
    qtbot: QtBot, tab: QueueTab, store: Store, ids: list[int]
) -> None:
    tab.table.select_ids([ids[1]])
    qtbot.waitUntil(action(tab, "holdAction").isEnabled)
    action(tab, "holdAction").trigger()
    qtbot.waitUntil(lambda: tab.message.text == "1 message is held until you release it.")
    assert statuses(store)[1] is QueueStatus.HELD
    qtbot.waitUntil(action(tab, "releaseAction").isEnabled)
    action(tab, "releaseAction").trigger()
    qtbot.waitUntil(lambda: tab.message.text == "1 message was released.")
    assert statuses(store)[1] is QueueStatus.QUEUED
    attempt(store, add_provider(store), OutcomeKind.FAILED)
    tab.table.select_ids([ids[0]])
    qtbot.waitUntil(action(tab, "sendNowAction").isEnabled)
    action(tab, "sendNowAction").trigger()
    qtbot.waitUntil(lambda: tab.message.text == "1 message is due now.")
    assert statuses(store)[0] is QueueStatus.QUEUED


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_search_and_status_filter(qtbot: QtBot, tab: QueueTab, store: Store) -> None:
    tab.set_search("ann3")
    qtbot.waitUntil(lambda: tab.model.total == 1)
    assert tab.title() == "Queue 5"  # the number of unsent mail, not of what is found
    tab.reset_filters()
    qtbot.waitUntil(lambda: tab.model.total == 5)
    store.queue.hold([tab.model.id_at(4)])
    combo = child(tab, QComboBox, "statusFilter")
    QTest.keyClick(combo, Qt.Key.Key_Space)
    values = child(combo, QTreeWidget, "valuesList")
    held = values.findItems("HELD", Qt.MatchFlag.MatchExactly)[0]
    values.setCurrentItem(held)
    qtbot.waitUntil(lambda: held.text(1) == "1")  # how many
    QTest.keyClick(values, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: tab.model.total == 1)
    assert combo.currentText() == "HELD"
    QTest.keyClick(values, Qt.Key.Key_Escape)
    tab.reset_filters()
    qtbot.waitUntil(lambda: tab.model.total == 5)
    assert combo.currentText() == ""


def test_enter_opens_details(qtbot: QtBot, tab: QueueTab) -> None:
    select_row(tab.table, 1)
    qtbot.waitUntil(action(tab, "openDetailsAction").isEnabled)
    QTest.keyClick(tab.table, Qt.Key.Key_Return)
    dialog = child(tab, QDialog, "messageDetails")
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not tab.findChildren(QDialog, "messageDetails"))


def test_every_command_has_a_name_and_text(tab: QueueTab) -> None:
    for command in tab.actions():
        assert command.isSeparator() or (command.objectName() and command.text())
    assert set(tab.toolbar_actions()) <= set(tab.actions())
    assert tab.edit_actions()[0] is action(tab, "undoAction")


def test_an_undo_that_fails_can_be_tried_again(
    qtbot: QtBot, tab: QueueTab, store: Store, background: Background
) -> None:
    with qtbot.waitCallback() as set_up:
        background.write(lambda: store.be_patient(0.05), set_up, long=True)
    select_row(tab.table, 0)
    qtbot.waitUntil(action(tab, "deleteQueuedAction").isEnabled)
    action(tab, "deleteQueuedAction").trigger()
    undo = action(tab, "undoAction")
    qtbot.waitUntil(undo.isEnabled)
    holder = apsw.Connection(str(store.location.path))
    holder.execute("BEGIN EXCLUSIVE")
    undo.trigger()
    qtbot.waitUntil(lambda: "locked" in tab.message.text)
    assert undo.isEnabled()
    holder.execute("ROLLBACK")
    holder.close()
    undo.trigger()
    qtbot.waitUntil(lambda: store.queue.count() == 5)


@pytest.fixture
def uncertain(qtbot: QtBot, tab: QueueTab, store: Store) -> QueueTab:
    """The first two messages may have arrived."""
    attempt(store, add_provider(store), OutcomeKind.UNCERTAIN, 2)
    qtbot.waitUntil(lambda: shown(tab, 1)[6] == "UNCERTAIN")
    return tab


def wait_enabled(qtbot: QtBot, chosen: QAction, wanted: bool) -> None:
    qtbot.waitUntil(lambda: chosen.isEnabled() is wanted)


def trigger(qtbot: QtBot, tab: QueueTab, name: str) -> None:
    """Choose an action as soon as the selection has enabled it."""
    qtbot.waitUntil(action(tab, name).isEnabled)
    action(tab, name).trigger()


def test_a_decision_is_offered_where_there_is_one(qtbot: QtBot, uncertain: QueueTab) -> None:
    names = ["resendUncertainAction", "treatAsSentAction"]
    for row, offered in ((0, True), (4, False)):
        select_row(uncertain.table, row)
        for name in names:
            wait_enabled(qtbot, action(uncertain, name), offered)


def test_mail_treated_as_sent_leaves_the_queue_after_a_question(
    qtbot: QtBot, uncertain: QueueTab, store: Store, ids: list[int]
) -> None:
    select_row(uncertain.table, 0)
    trigger(qtbot, uncertain, "treatAsSentAction")
    assert "Treat this message as sent?" in confirm(qtbot, uncertain)
    qtbot.waitUntil(lambda: store.queue.count() == 4)
    assert store.log.get(ids[0]).status is LogStatus.SUCCESS
    assert "treated as sent" in uncertain.message.text


def test_mail_sent_again_is_due_and_flagged_after_a_question(
    qtbot: QtBot, uncertain: QueueTab, store: Store, ids: list[int]
) -> None:
    uncertain.table.selectAll()
    trigger(qtbot, uncertain, "resendUncertainAction")
    assert "Send 5 messages again?" in confirm(qtbot, uncertain)
    qtbot.waitUntil(lambda: "2 messages are sent again" in uncertain.message.text)
    again = store.queue.rows(ids[:2])
    assert [(row.status, row.possible_duplicate) for row in again] == [
        (QueueStatus.QUEUED, True)
    ] * 2


def test_nothing_is_decided_without_a_yes(
    qtbot: QtBot, uncertain: QueueTab, store: Store, ids: list[int]
) -> None:
    select_row(uncertain.table, 0)
    trigger(qtbot, uncertain, "treatAsSentAction")
    confirm(qtbot, uncertain, "cancel")
    assert store.queue.get(ids[0]).status is QueueStatus.UNCERTAIN


def test_send_now_warns_of_what_may_arrive_twice(qtbot: QtBot, uncertain: QueueTab) -> None:
    select_row(uncertain.table, 0)
    trigger(qtbot, uncertain, "sendNowAction")
    assert "gets it twice" in confirm(qtbot, uncertain, "cancel")


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_what_needs_a_decision_can_be_shown_alone(
    qtbot: QtBot, uncertain: QueueTab, store: Store, ids: list[int]
) -> None:
    store.queue.hold([ids[1], ids[4]])
    box = child(uncertain, QComboBox, "statusFilter")
    QTest.keyClick(box, Qt.Key.Key_Space)
    values = child(box, QTreeWidget, "valuesList")
    QTest.keyClick(values, Qt.Key.Key_End)
    assert values.currentIndex().data() == "Needs a decision"
    QTest.keyClick(values, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: uncertain.model.rowCount() == 2)
    assert [uncertain.model.id_at(row) for row in range(2)] == ids[:2]
