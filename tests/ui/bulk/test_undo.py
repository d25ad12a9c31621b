"""Undo in the window: Queue and Log share one history of several steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.tab.table_tab import TableTab
from mailadmin.ui.window.main_window import MainWindow
from tests.ui.application import running_window
from tests.ui.finding import child
from tests.ui.stored_mail import add_provider, attempt, queue

COUNT = 6


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[Store]:
    """A database with two sent emails and four that wait, and no provider."""
    store = Store.open(tmp_path / "mail.db", standard_drivers())
    provider = add_provider(store)
    queue(store, COUNT)
    attempt(store, provider, OutcomeKind.ACCEPTED, 2)
    store.providers.remove(provider.id)
    yield store
    store.close()


@pytest.fixture
def window(qtbot: QtBot, mail: Store, tmp_path: Path) -> Iterator[MainWindow]:
    del mail
    with running_window(tmp_path) as window:
        window.setLocale(QLocale(QLocale.Language.English))
        qtbot.waitUntil(lambda: len(window.tabs) == 3)
        qtbot.waitUntil(lambda: all(tab.model.loaded for tab in window.tabs))
        yield window


def tab(window: MainWindow, kind: type[TableTab]) -> TableTab:
    (found,) = (each for each in window.tabs if isinstance(each, kind))
    return found


def act(qtbot: QtBot, where: TableTab, name: str, told: str) -> None:
    """Run an action on all rows of a table, and wait for the text of its result."""
    where.table.selectAll()
    chosen = child(where, QAction, name)
    qtbot.waitUntil(chosen.isEnabled)
    chosen.trigger()
    qtbot.waitUntil(lambda: bool(where.findChildren(QMessageBox)))
    box = child(where, QMessageBox, "confirmDialog")
    QTest.mouseClick(child(box, QPushButton, "confirmButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: told in where.message.text)
    qtbot.waitUntil(lambda: not where.findChildren(QMessageBox))


def undo(qtbot: QtBot, window: MainWindow, where: TableTab, named: str, told: str) -> None:
    """Undo by the keyboard, and check the action's name in the menu and the result's text."""
    window.show_tab(where)
    (action,) = (each for each in where.edit_actions() if each.objectName() == "undoAction")
    qtbot.waitUntil(lambda: action.text() == f"&Undo {named}")
    with qtbot.waitActive(window):
        window.activateWindow()
    where.table.setFocus()
    QTest.keyClick(where.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: where.message.text == told)


def test_undo_takes_back_the_last_change_of_any_tab(
    qtbot: QtBot, window: MainWindow, mail: Store
) -> None:
    queued, log = tab(window, QueueTab), tab(window, LogTab)
    act(qtbot, queued, "holdAction", "4 messages are held")
    act(qtbot, queued, "deleteQueuedAction", "4 messages were deleted.")
    act(qtbot, log, "resendAction", "2 messages were queued again.")
    assert mail.queue.summary().counts == {QueueStatus.QUEUED: 2}
    undo(qtbot, window, queued, "Resend (2)", "2 messages were taken out of the queue again.")
    assert mail.queue.count() == 0
    undo(qtbot, window, log, "Delete (4)", "4 messages are back in the queue.")
    assert mail.queue.summary().counts == {QueueStatus.HELD: 4}
    undo(qtbot, window, queued, "Hold (4)", "4 messages are what they were before.")
    assert mail.queue.summary().counts == {QueueStatus.QUEUED: 4}
    for where in (queued, log):
        (action,) = (each for each in where.edit_actions() if each.objectName() == "undoAction")
        qtbot.waitUntil(lambda chosen=action: not chosen.isEnabled())  # type: ignore[misc]
        assert action.text() == "&Undo"


def test_no_action_on_mail_repeats_while_its_key_is_held_down(window: MainWindow) -> None:
    names = ("sendNowAction", "deleteQueuedAction", "resendAction", "pauseSendingAction")
    actions = [*(child(window, QAction, name) for name in names)]
    actions += [action for each in window.tabs for action in each.actions()]
    assert [action.objectName() for action in actions if action.autoRepeat()] == []
