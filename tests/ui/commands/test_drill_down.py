"""Links from a row to its history, its provider and the mail of one status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.tables.query import OneOf, TextFilter
from mailadmin.ui.commands.drill_down import DrillDown
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.providers.dialog import ProviderDialog
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.window.main_window import MainWindow
from tests.ui.application import running_window
from tests.ui.finding import child, select_row
from tests.ui.stored_mail import add_provider, attempt, queue

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(tmp_path: Path) -> Iterator[MainWindow]:
    """A window with three sent, two held and one waiting email; sending is paused."""
    with closing(Store.open(tmp_path / "mail.db", standard_drivers())) as store:
        store.settings.set("sending_paused", True)
        provider = add_provider(store)
        queue(store, 3)
        attempt(store, provider, OutcomeKind.ACCEPTED, 3)
        store.queue.hold(queue(store, 2))
        queue(store, 1)
    with running_window(tmp_path) as window:
        yield window


def drill_down(window: MainWindow) -> DrillDown:
    (found,) = window.findChildren(DrillDown)
    return found


def test_a_key_leads_from_a_queue_row_to_the_history_of_its_address(
    window: MainWindow, qtbot: QtBot
) -> None:
    tab, log = window.tab(QueueTab), window.tab(LogTab)
    qtbot.waitUntil(lambda: log.model.loaded)
    window.show_tab(log)
    log.set_search("nothing of this")
    window.show_tab(tab)
    qtbot.waitUntil(lambda: tab.model.total == 3)
    select_row(tab.table, 1)
    qtbot.waitUntil(tab.history_action.isEnabled)
    QTest.keyClick(tab.table, Qt.Key.Key_H, CTRL_SHIFT)
    assert window.current_tab is log
    qtbot.waitUntil(lambda: log.model.total == 1)
    qtbot.waitUntil(lambda: getattr(log.model.value_at(0), "email", "") == "ann1@example.org")
    assert log.model.query.filter_of("email") == TextFilter('="ann1@example.org"')
    assert log.model.query.search == ""
    assert child(window, QLineEdit, "searchEdit").text() == ""


def test_a_click_on_the_link_in_the_email_cell_shows_the_history(
    window: MainWindow, qtbot: QtBot
) -> None:
    tab, log = window.tab(QueueTab), window.tab(LogTab)
    window.show_tab(tab)
    qtbot.waitUntil(lambda: tab.model.value_at(2) is not None)
    link = child(tab, QToolButton, "emailLink")
    assert link.isHidden()
    table = tab.table
    subject, email = (table.visualRect(table.model().index(2, section)) for section in (2, 1))
    QTest.mouseMove(table.viewport(), email.center())
    qtbot.waitUntil(link.isVisible)
    place = link.geometry().translated(-table.viewport().pos())
    assert email.contains(place)
    assert place.right() == email.right()
    QTest.mouseMove(table.viewport(), subject.center())
    qtbot.waitUntil(link.isHidden)
    QTest.mouseMove(table.viewport(), email.center())
    qtbot.waitUntil(link.isVisible)
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    assert window.current_tab is log
    assert log.model.query.filter_of("email") == TextFilter('="ann0@example.org"')
    assert link.isHidden()


def test_the_history_of_a_log_row_is_shown_in_the_same_tab(
    window: MainWindow, qtbot: QtBot
) -> None:
    log = window.tab(LogTab)
    window.show_tab(log)
    qtbot.waitUntil(lambda: log.model.total == 3)
    child(window, QLineEdit, "searchEdit").setText("ann2")
    qtbot.waitUntil(lambda: log.model.total == 1)
    select_row(log.table, 0)
    qtbot.waitUntil(log.history_action.isEnabled)
    log.history_action.trigger()
    assert child(window, QLineEdit, "searchEdit").text() == ""
    assert log.model.query.search == ""
    assert log.model.query.sort == "attempt_date"
    header = log.table.horizontalHeader()
    assert log.model.columns[header.sortIndicatorSection()].key == "attempt_date"


def test_history_is_disabled_without_a_selected_row(window: MainWindow, qtbot: QtBot) -> None:
    log = window.tab(LogTab)
    qtbot.waitUntil(lambda: log.model.loaded)
    assert not log.history_action.isEnabled()


def test_show_statuses_filters_the_queue_by_status(window: MainWindow, qtbot: QtBot) -> None:
    tab = window.tab(QueueTab)
    drill_down(window).show_statuses([QueueStatus.HELD])
    assert window.current_tab is tab
    assert tab.model.query.filter_of("status") == OneOf(("HELD",))
    qtbot.waitUntil(lambda: tab.model.total == 2)


def test_a_number_in_the_status_bar_shows_the_mail_it_counts(
    window: MainWindow, qtbot: QtBot
) -> None:
    tab = window.tab(QueueTab)
    qtbot.waitUntil(lambda: bool(window.findChildren(QToolButton, "heldCountButton")))
    held = child(window, QToolButton, "heldCountButton")
    assert held.isVisible()
    assert held.text() == "2 held"
    assert not [b for b in window.findChildren(QToolButton, "failedCountButton") if b.isVisible()]
    QTest.mouseClick(held, Qt.MouseButton.LeftButton)
    assert window.current_tab is tab
    assert tab.model.query.filter_of("status") == OneOf(("HELD",))
    qtbot.waitUntil(lambda: tab.model.total == 2)
    assert tab.title() == "Queue 3"
    tab.table.selectAll()
    qtbot.waitUntil(lambda: child(window, QAction, "releaseAction").isEnabled())
    child(window, QAction, "releaseAction").trigger()
    qtbot.waitUntil(lambda: bool(visible_boxes(window)))
    child(visible_boxes(window)[0], QPushButton, "confirmButton").click()
    qtbot.waitUntil(held.isHidden)


def visible_boxes(window: MainWindow) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def test_show_provider_opens_its_dialog_in_its_tab(window: MainWindow, qtbot: QtBot) -> None:
    drill_down(window).show_provider(1)
    assert window.current_tab is window.tab(ProvidersTab)
    qtbot.waitUntil(lambda: bool(window.findChildren(ProviderDialog)))
    for dialog in window.findChildren(ProviderDialog):
        dialog.done(0)
