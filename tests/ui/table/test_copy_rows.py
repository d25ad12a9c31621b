"""Copies on the clipboard: rows, a cell, addresses."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import KnownError
from mailadmin.store import Store
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.table import copy_rows
from mailadmin.ui.table.copy_rows import CopyRows
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.table.view import TableView
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.ui.finding import child
from tests.ui.fruit import COLUMNS, Fruit, FruitBasket
from tests.ui.stored_mail import queue


@dataclass
class Copying:
    """A table of fruit, what copies of it, and what is told."""

    view: TableView[Fruit]
    basket: FruitBasket
    copy: CopyRows
    message: InlineMessage


@pytest.fixture
def fruit(qtbot: QtBot, background: Background, icons: Icons) -> Copying:
    basket = FruitBasket(500)
    basket.rename(1, "two\nlines\tand a tab")
    basket.rename(2, "x" * 600 + "\r\n\u202eé")
    model = TableModel(COLUMNS, basket, background, row_id=lambda row: row.id)
    view = TableView(model, object_name="fruitTable", accessible_name="Fruit")
    message = InlineMessage(icons)
    for widget in (view, message):
        qtbot.addWidget(widget)
    view.resize(400, 300)
    with qtbot.waitExposed(view):
        view.show()
    view.sortByColumn(0, view.horizontalHeader().sortIndicatorOrder().AscendingOrder)
    with qtbot.waitSignal(model.completed):
        model.refresh()
    qtbot.waitUntil(lambda: model.value_at(1) is not None)
    QGuiApplication.clipboard().clear()
    return Copying(view, basket, CopyRows(view, message, background), message)


def copied() -> str:
    return QGuiApplication.clipboard().text()


def test_rows_are_whole_and_have_as_many_cells_as_columns(fruit: Copying) -> None:
    fruit.view.select_ids([1, 2], current=1)
    fruit.copy.rows()
    first, second = copied().split("\n")
    assert first == "1\ttwo lines and a tab\t7"
    assert second == f"2\t{'x' * 600} é\t14"
    assert fruit.message.text == ""  # it can be seen


def test_a_cell_is_copied_as_it_is(fruit: Copying) -> None:
    fruit.view.setCurrentIndex(fruit.view.model().index(0, 1))
    fruit.copy.cell()
    assert copied() == "two\nlines\tand a tab"


def test_columns_are_those_shown_in_their_order(fruit: Copying) -> None:
    header = fruit.view.horizontalHeader()
    header.moveSection(2, 0)
    fruit.view.column_choice.set_visible(1, False)
    fruit.view.select_ids([1], current=1)
    fruit.copy.rows()
    assert copied() == "7\t1"


def test_rows_never_on_screen_are_read(qtbot: QtBot, fruit: Copying) -> None:
    fruit.view.selectAll()
    fruit.copy.rows()
    qtbot.waitUntil(lambda: fruit.message.text == "500 rows were copied.")
    assert copied().count("\n") == 499
    assert copied().endswith("500\tfruit 500\t66")


def test_more_than_a_clipboard_should_hold(
    qtbot: QtBot, fruit: Copying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy_rows, "MOST_ROWS", 300)
    fruit.view.selectAll()
    fruit.copy.rows()
    qtbot.waitUntil(lambda: bool(fruit.message.text))
    assert fruit.message.text == (
        "300 rows were copied. Only 300 rows fit: 200 were left out. "
        "Export takes any number of rows."
    )
    assert copied().count("\n") == 299


def test_rows_that_cannot_be_read(
    qtbot: QtBot, fruit: Copying, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Sequence[int]) -> list[Fruit]:
        raise KnownError("The disk is gone.")

    monkeypatch.setattr(fruit.basket, "rows", fail)
    fruit.view.selectAll()
    fruit.copy.rows()
    qtbot.waitUntil(lambda: fruit.message.text == "The disk is gone.")
    assert copied() == ""


def test_nothing_selected_leaves_the_clipboard(fruit: Copying) -> None:
    QGuiApplication.clipboard().setText("before")
    fruit.view.clearSelection()
    fruit.copy.rows()
    fruit.copy.addresses()
    assert copied() == "before"


@pytest.fixture
def tab(qtbot: QtBot, store: Store, background: Background, icons: Icons) -> QueueTab:
    queue(store, 3)
    queue(store, 2)  # the first two addresses again
    tab = QueueTab(store, background, icons=icons)
    qtbot.addWidget(tab)
    with qtbot.waitExposed(tab):
        tab.show()
    with qtbot.waitSignal(tab.model.completed):
        tab.refresh()
    qtbot.waitUntil(lambda: tab.model.value_at(4) is not None)
    QGuiApplication.clipboard().clear()
    return tab


ADDRESSES = "ann0@example.org\nann1@example.org\nann2@example.org"


def test_copy_address_of_the_edit_and_the_context_menu(qtbot: QtBot, tab: QueueTab) -> None:
    action = child(tab, QAction, "copyAddressAction")
    assert action in tab.edit_actions()
    assert action in tab.table.context_menu().actions()
    assert not action.isEnabled()
    tab.table.selectAll()
    qtbot.waitUntil(action.isEnabled)
    action.trigger()
    assert copied() == ADDRESSES
    assert tab.message.text == "3 addresses were copied."


def test_addresses_of_many(qtbot: QtBot, tab: QueueTab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_rows, "_MOST_AT_ONCE", 2)
    monkeypatch.setattr(copy_rows, "_ROWS_OF_A_READING", 2)
    tab.table.selectAll()
    tab.copying.addresses()
    qtbot.waitUntil(lambda: tab.message.text == "3 addresses were copied.")
    assert copied() == ADDRESSES


def test_one_address_needs_no_words(tab: QueueTab) -> None:
    tab.table.select_ids(array("q", [tab.model.ids[2]]))
    tab.copying.addresses()
    assert copied() == "ann2@example.org"
    assert tab.message.text == ""
