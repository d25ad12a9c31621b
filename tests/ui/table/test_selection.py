"""What is selected in a long table: all or nothing of what the user meant, and the latest wish."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from mailadmin.tables.query import TextFilter
from mailadmin.ui.table import known_rows, row_finding
from mailadmin.ui.table import model as table_model
from mailadmin.ui.table.row_finding import Run
from tests.ui.filtered_fruit import FruitTable, MakeFruitTable
from tests.ui.finding import child

NO_KEY = Qt.KeyboardModifier.NoModifier
MANY = 90  # of a hundred fruits, and more than the first rows that are read


@pytest.fixture
def table(make_fruit_table: MakeFruitTable) -> Iterator[FruitTable]:
    table = make_fruit_table()
    table.found(100)
    yield table
    table.basket.gate.set()  # a test that fails keeps no reading waiting
    table.basket.order_gate.set()


def counts(table: FruitTable) -> str:
    return child(table.panel, QLabel, "fruitTableCounts").text()


def first_rows_only(table: FruitTable) -> None:
    """Have the table show the top of another order: how many there are is known."""
    table.basket.order_gate.clear()
    with table.qtbot.waitSignal(table.model.modelReset):
        table.view.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert (table.model.total, table.model.complete, table.model.counting) == (100, False, False)


def still_counting(table: FruitTable) -> None:
    """Have the table show the first rows of many, and not know how many they are."""
    table.basket.take(*range(MANY + 1, 101))
    table.basket.order_gate.clear()
    with table.qtbot.waitSignal(table.model.modelReset):
        table.filters.choose("name", TextFilter("fruit"))
    assert (table.model.total, table.model.counting) == (64, True)


def all_known(table: FruitTable) -> None:
    with table.qtbot.waitSignal(table.model.completed):
        table.basket.order_gate.set()


def press_select_all(table: FruitTable) -> None:
    QTest.keyClick(table.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)


def click(table: FruitTable, row: int, keys: Qt.KeyboardModifier = NO_KEY) -> None:
    place = table.view.visualRect(table.model.index(row, 1)).center()
    QTest.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, keys, place)


def test_select_all_means_all_found_though_they_are_still_counted(table: FruitTable) -> None:
    still_counting(table)
    with table.qtbot.waitSignal(table.view.selectionSized) as sized:
        press_select_all(table)
    assert sized.args == [0]  # what is done to the selected rows would not reach all of them
    assert not table.view.selected_ids()
    assert table.view.selectionModel().isRowSelected(0)  # but it is seen that it was understood
    all_known(table)
    assert table.view.selected_ids() == table.model.ids
    table.qtbot.waitUntil(lambda: counts(table) == "90 found of 90, 90 selected")


def test_all_are_counted_as_selected_when_they_are_known(table: FruitTable) -> None:
    first_rows_only(table)
    press_select_all(table)
    table.qtbot.waitUntil(lambda: counts(table) == "100 found")
    assert not table.view.selected_ids()
    all_known(table)
    assert len(table.view.selected_ids()) == 100
    table.qtbot.waitUntil(lambda: counts(table) == "100 found, 100 selected")


def test_rows_selected_with_the_mouse_count_when_they_are_known(table: FruitTable) -> None:
    first_rows_only(table)
    click(table, 3)
    table.view.scrollToBottom()
    click(table, 99, Qt.KeyboardModifier.ShiftModifier)
    assert table.view.selectionModel().isRowSelected(99)
    assert (table.view.selected_count(), len(table.view.selected_ids())) == (0, 0)
    all_known(table)
    assert table.view.selected_ids() == table.model.ids[3:]
    table.qtbot.waitUntil(lambda: counts(table) == "100 found, 97 selected")


def test_all_of_what_is_being_asked_for_and_not_of_what_is_still_shown(table: FruitTable) -> None:
    table.filters.choose("name", TextFilter("fruit 1"))
    table.found(12)
    table.basket.gate.clear()
    table.filters.reset()
    press_select_all(table)
    assert not table.view.selected_count()
    table.basket.order_gate.clear()
    with table.qtbot.waitSignal(table.model.modelReset):
        table.basket.gate.set()
    assert table.view.selectionModel().isRowSelected(50)
    assert not table.view.selected_count()
    all_known(table)
    assert table.view.selected_count() == 100


def test_who_selects_something_else_meanwhile_does_not_want_all(table: FruitTable) -> None:
    still_counting(table)
    press_select_all(table)
    table.view.select_ids([3], current=3)
    all_known(table)
    assert list(table.view.selected_ids()) == [3]


def test_all_of_another_question_was_not_asked_for(table: FruitTable) -> None:
    still_counting(table)
    press_select_all(table)
    with table.qtbot.waitSignal(table.model.modelReset):
        table.filters.choose("name", TextFilter("fruit 2"))
    table.basket.order_gate.set()
    table.found(11)
    assert not table.view.selected_count()
    assert not table.view.selectionModel().hasSelection()


def test_all_are_selected_though_others_are_still_looked_for(
    table: FruitTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_model, "SMALL", 50)  # more are looked for in the background
    table.view.select_ids([50, 60], current=60)
    table.qtbot.waitUntil(lambda: table.view.selected_count() == 2)
    table.basket.gate.clear()
    table.view.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    press_select_all(table)
    table.basket.order_gate.clear()
    asked = table.basket.ids_asked
    table.basket.gate.set()
    table.qtbot.waitUntil(lambda: table.basket.ids_asked > asked)  # others were looked for before
    QApplication.processEvents()
    assert table.view.selectionModel().isRowSelected(50)
    all_known(table)
    looked: list[list[Run]] = []
    table.model.find(array("q", [1]), looked.append)  # after all that was looked for before
    table.qtbot.waitUntil(lambda: bool(looked))
    assert table.view.selected_count() == 100
    table.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    table.qtbot.waitUntil(lambda: table.model.shows_query and table.model.complete)
    table.qtbot.waitUntil(lambda: table.view.selected_count() == 100)  # as any selection


def test_what_is_found_late_does_not_take_the_place_of_what_was_selected_since(
    table: FruitTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_model, "SMALL", 50)
    table.view.select_ids([50, 60])
    click(table, 2)
    looked: list[list[Run]] = []
    table.model.find(array("q", [1]), looked.append)
    table.qtbot.waitUntil(lambda: bool(looked))
    assert list(table.view.selected_ids()) == [3]


def test_one_row_is_selected_at_once(table: FruitTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_model, "SMALL", 50)
    table.view.select_ids([70], current=70)
    assert list(table.view.selected_ids()) == [70]
    table.view.select_ids([1000])
    assert not table.view.selected_count()


def test_a_row_is_looked_for_once_in_each_order(
    table: FruitTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []

    def place_near(ids: array[int], row_id: int, row: int) -> int:
        searched.append(row_id)
        return row_finding.place_near(ids, row_id, row)

    monkeypatch.setattr(known_rows, "place_near", place_near)
    assert [table.model.row_of(80) for _ in range(3)] == [79] * 3
    assert [table.model.row_of(1000) for _ in range(3)] == [-1] * 3
    assert searched == [80, 1000]
    assert table.model.row_of(80) == 79
    searched.clear()
    table.basket.take(3)
    with table.qtbot.waitSignal(table.model.changesApplied):
        table.model.refresh()
    assert [table.model.row_of(80) for _ in range(3)] == [78] * 3
    assert searched == [80]
