"""TablePanel: what is said around a table, and its chips."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from mailadmin.tables.query import NumberRange, OneOf, TextFilter
from mailadmin.ui.filters.chips import Chip
from mailadmin.ui.tab.table_panel import TablePanel
from mailadmin.ui.table.view import TableView
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.ui.filtered_fruit import FruitTable, fruit_table
from tests.ui.finding import child
from tests.ui.fruit import Fruit, FruitBasket


@pytest.fixture
def basket() -> FruitBasket:
    return FruitBasket(500)


@pytest.fixture
def table(
    qtbot: QtBot, basket: FruitBasket, background: Background, icons: Icons, settings: QSettings
) -> FruitTable:
    return fruit_table(qtbot, basket, background, icons, settings)


@pytest.fixture
def panel(table: FruitTable) -> TablePanel:
    return table.panel


@pytest.fixture
def view(table: FruitTable) -> TableView[Fruit]:
    return table.view


def chip_texts(table: FruitTable) -> list[str]:
    """In the order on screen."""
    chips = [chip for chip in table.chips.findChildren(Chip) if chip.isVisible()]
    return [chip.text for chip in sorted(chips, key=lambda chip: (chip.y(), chip.x()))]


def test_panel_counts_and_empty_states(
    qtbot: QtBot, panel: TablePanel, view: TableView[Fruit], basket: FruitBasket
) -> None:
    add, reset = QAction("Add fruit", panel), QAction("Reset", panel)
    panel.set_empty_action(add)
    panel.set_reset_action(reset)
    counts = child(panel, QLabel, "fruitTableCounts")
    sentence = child(panel, QLabel, "emptySentence")
    button = child(panel, QToolButton, "emptyButton")
    qtbot.waitUntil(lambda: counts.text() == "500 found")
    assert not sentence.isVisible()
    view.select_ids([1, 2])
    qtbot.waitUntil(lambda: counts.text() == "500 found, 2 selected")
    view.table_model().set_search("nothing")
    qtbot.waitUntil(sentence.isVisible)
    qtbot.waitUntil(lambda: counts.text() == "0 found of 500")
    assert (sentence.text(), button.text()) == ("No such fruit.", "Reset")
    basket.take(*range(1, 501))
    view.table_model().set_search("")
    qtbot.waitUntil(lambda: sentence.text() == "No fruit yet.")
    with qtbot.waitSignal(add.triggered):
        button.click()
    assert counts.text() == "0 found"


def test_nothing_is_said_to_be_empty_before_it_was_looked_at(
    qtbot: QtBot, panel: TablePanel, view: TableView[Fruit], basket: FruitBasket
) -> None:
    basket.take(*range(1, 501))
    sentence = child(panel, QLabel, "emptySentence")
    assert not sentence.isVisible()
    view.table_model().refresh()
    qtbot.waitUntil(sentence.isVisible)


def test_chips_say_what_is_filtered(qtbot: QtBot, table: FruitTable) -> None:
    assert not table.chips.isVisible()
    table.filters.choose("name", TextFilter("fruit 1"))
    table.filters.choose("color", OneOf(("red", "green")))
    table.model.set_search("fruit")
    qtbot.waitUntil(
        lambda: chip_texts(table) == ["Search: fruit", "Name: fruit 1", "Color: RED, GREEN"]
    )
    table.filters.choose("id", NumberRange(5, 70))
    table.filters.choose("name", None)
    table.model.set_search("")
    qtbot.waitUntil(lambda: chip_texts(table) == ["ID: 5–70", "Color: RED, GREEN"])
    table.filters.reset()
    qtbot.waitUntil(lambda: not table.chips.isVisible())


def test_a_chip_is_removed_by_mouse_and_keys(qtbot: QtBot, table: FruitTable) -> None:
    table.filters.choose("id", NumberRange(5, 70))
    table.filters.choose("name", TextFilter("1"))
    table.filters.choose("color", OneOf(("red",)))
    button = child(table.chips, QToolButton, "nameChipButton")
    qtbot.waitUntil(lambda: button.isVisible() and button.width() > 5)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert table.filters.chosen("name") is None
    for key, pressed in (("id", Qt.Key.Key_Delete), ("color", Qt.Key.Key_Space)):
        button = child(table.chips, QToolButton, f"{key}ChipButton")
        if key == "id":
            button.setFocus()
        assert QApplication.focusWidget() is button  # handed on by the one before
        QTest.keyClick(button, pressed)
        assert table.filters.chosen(key) is None
    assert QApplication.focusWidget() is table.view
    table.found(500)


def test_the_chip_of_the_search_asks_for_an_empty_search(qtbot: QtBot, table: FruitTable) -> None:
    table.model.set_search("fruit 1")
    with qtbot.waitSignal(table.chips.searchRemoved):
        child(table.chips, QToolButton, "searchChipButton").click()


def test_reset_filters_takes_everything_away(qtbot: QtBot, table: FruitTable) -> None:
    table.filters.choose("id", NumberRange(5, 70))
    table.model.set_search("fruit 1")
    child(table.chips, QToolButton, "resetFiltersButton").click()
    qtbot.waitUntil(lambda: not table.chips.isVisible())
    assert not table.model.filtered


def test_many_chips_need_more_lines_and_nothing_else(qtbot: QtBot, table: FruitTable) -> None:
    table.panel.resize(300, 300)
    table.filters.choose("id", NumberRange(5, 70))
    qtbot.waitUntil(table.chips.isVisible)
    one_line = table.chips.height()
    table.filters.choose("name", TextFilter("a text that is long and gets longer and longer"))
    table.filters.choose("color", OneOf(("red", "green")))
    qtbot.waitUntil(lambda: table.chips.height() >= 3 * one_line)
    assert table.panel.width() == 300
    reset = child(table.chips, QToolButton, "resetFiltersButton")
    qtbot.waitUntil(lambda: table.chips.rect().contains(reset.geometry()))
    for chip in table.chips.findChildren(Chip):
        assert table.chips.rect().contains(chip.geometry())


def test_of_how_many_is_known_while_filtered(qtbot: QtBot, table: FruitTable) -> None:
    counts = child(table.panel, QLabel, "fruitTableCounts")
    table.filters.choose("name", TextFilter("fruit"))  # finds all of them
    qtbot.waitUntil(lambda: counts.text() == "500 found of 500")
    table.filters.reset()
    table.basket.order_gate.clear()
    table.filters.choose("color", OneOf(("red", "green")))
    qtbot.waitUntil(lambda: counts.text() == "counting…")
    table.basket.order_gate.set()
    qtbot.waitUntil(lambda: counts.text() == "450 found of 500")
    table.basket.put(Fruit(501, "new", 1))
    table.model.refresh()
    qtbot.waitUntil(lambda: counts.text() == "451 found of 501")
    table.filters.reset()
    qtbot.waitUntil(lambda: counts.text() == "501 found")


def test_the_filter_row_is_never_covered(qtbot: QtBot, table: FruitTable) -> None:
    table.filters.choose("name", TextFilter("nothing"))
    sentence = child(table.panel, QLabel, "emptySentence")
    qtbot.waitUntil(sentence.isVisible)
    editor = table.editor("name")
    middle = editor.mapTo(table.panel, editor.rect().center())
    assert table.panel.childAt(middle) is editor
