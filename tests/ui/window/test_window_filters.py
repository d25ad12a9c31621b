"""Filters in the whole window: the columns of every table, the search field, the View menu."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from mailadmin.tables.choice import Chosen
from mailadmin.tables.column import Kind
from mailadmin.tables.date_presets import DatePreset
from mailadmin.tables.query import NumberRange, OneOf, TextFilter
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.window.main_window import MainWindow
from tests.ui.application import running_window
from tests.ui.finding import child


def nothing_found(model: TableModel[Any]) -> bool:
    return model.complete and model.filtered and model.total == 0


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    del qtbot
    with running_window(tmp_path) as shown:
        yield shown


def test_filters_are_remembered_and_searches_are_not(tmp_path: Path, qtbot: QtBot) -> None:
    with running_window(tmp_path) as window:
        queue, log = window.tab(QueueTab), window.tab(LogTab)
        queue.filters.choose("status", OneOf(("HELD", "undecided")))
        log.filters.choose("attempt_date", DatePreset.TODAY)
        window.show_tab(queue)
        window.search_edit.setText("ann")
        qtbot.waitUntil(lambda: queue.model.query.search == "ann")
        log.view.filter_row.setChecked(False)
    with running_window(tmp_path) as window:
        queue, log = window.tab(QueueTab), window.tab(LogTab)
        assert queue.filters.chosen("status") == OneOf(("HELD", "undecided"))
        assert queue.model.query.filter_of("status") == OneOf(("HELD", "undecided"))
        assert queue.model.query.search == ""
        assert log.filters.chosen("attempt_date") is DatePreset.TODAY
        assert queue.filter_row.shown
        assert not log.filter_row.shown
        assert window.tab(ProvidersTab).filters.active() == []
        window.show_tab(queue)
        qtbot.waitUntil(lambda: bool(queue.findChildren(QComboBox, "statusFilter")))
        assert child(queue, QComboBox, "statusFilter").currentText() == "HELD, Needs a decision"


def test_removing_the_last_chip_moves_the_focus_to_the_table(
    window: MainWindow, qtbot: QtBot
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    tab = window.current_tab
    tab.filters.choose("host", TextFilter("x"))
    button = child(tab, QToolButton, "hostChipButton")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert tab.filters.active() == []
    assert tab.table.hasFocus()


def test_enter_and_down_go_from_the_search_to_the_table_and_escape_clears_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    table = window.current_tab.table
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
        QTest.keyClick(table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert window.search_edit.hasFocus()
        QTest.keyClicks(window.search_edit, "ann")
        QTest.keyClick(window.search_edit, key)
        assert table.hasFocus()
        assert window.current_tab.model.query.search == "ann"  # at once
    QTest.keyClick(table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window.search_edit, Qt.Key.Key_Escape)
    assert window.search_edit.text() == ""
    assert window.search_edit.hasFocus()
    qtbot.waitUntil(lambda: window.current_tab.model.query.search == "")
    QTest.keyClick(window.search_edit, Qt.Key.Key_Escape)
    assert table.hasFocus()


def test_the_view_menu_has_the_filter_row_and_the_columns(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    for tab in window.tabs:
        window.show_tab(tab)
        window.view_menu.aboutToShow.emit()
        shown = [action for action in window.view_menu.actions() if not action.isSeparator()]
        assert tab.view.filter_row in shown
        assert tab.view.filter_column in shown
        menus = [action.menu() for action in shown if action.text() == "&Columns"]
        assert len(menus) == 1
        rows = [tab.filter_row.shown]
        QTest.keyClick(
            tab.table,
            Qt.Key.Key_L,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
        )
        rows.append(tab.filter_row.shown)
        QTest.keyClick(tab.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        rows.append(tab.filter_row.shown)
        assert rows == [True, False, True]
        assert child(tab, QLineEdit, "idFilter").hasFocus()


def test_every_column_of_the_three_tables_has_its_filter(window: MainWindow, qtbot: QtBot) -> None:
    kinds = {
        tab.key: {
            column.key: column.kind.value for column in tab.model.columns if column.filterable
        }
        for tab in window.tabs
    }
    text, number, date, choice = "text", "number", "date", "choice"
    assert kinds == {
        "providers": {
            "id": number,
            "caption": text,
            "driver": choice,
            "host": text,
            "port": number,
            "username": text,
            "send_from": text,
            "send_from_name": text,
            "encryption": choice,
            "enabled": choice,
            "health": choice,
        },
        "queue": {
            "id": number,
            "email": text,
            "subject": text,
            "last_attempt_date": date,
            "next_attempt_date": date,
            "attempts_count": number,
            "status": choice,
            "reason": text,
        },
        "log": {
            "id": number,
            "active_queue_id": number,
            "email": text,
            "subject": text,
            "attempt_date": date,
            "status": choice,
            "reason": text,
        },
    }
    chosen: dict[str, Chosen] = {
        text: TextFilter("=a"),
        number: NumberRange(1, 2),
        date: DatePreset.LAST_30_DAYS,
    }
    for tab in window.tabs:
        problems: list[object] = []
        tab.model.failed.connect(problems.append)
        for column in tab.model.columns:
            if column.kind is Kind.CHOICE:
                for value in column.offered:  # each value has a word and can be filtered by
                    assert column.word_of(value)
                    column.icon_of(value)
                tab.filters.choose(column.key, OneOf(column.offered))
                assert tab.model.source.value_counts(tab.model.query, column.key) is not None
            else:
                tab.filters.choose(column.key, chosen[kinds[tab.key][column.key]])
        qtbot.waitUntil(partial(nothing_found, tab.model))
        assert problems == []
