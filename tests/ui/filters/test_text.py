"""Filters that are written: texts and ranges of numbers, with real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.tables.query import NumberRange, OneOf, TableQuery, TextFilter
from mailadmin.ui.theme.status_colors import Role, role_color
from tests.ui.filtered_fruit import FruitTable, MakeFruitTable, type_into

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Key = Qt.Key


@pytest.fixture
def table(make_fruit_table: MakeFruitTable) -> FruitTable:
    return make_fruit_table()


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def test_typing_finds(qtbot: QtBot, table: FruitTable) -> None:
    editor = table.editor("name")
    assert isinstance(editor, QLineEdit)
    asked: list[object] = []
    table.model.queryChanged.connect(lambda: asked.append(table.model.query))
    type_into(editor, "fruit 9")
    table.found(11)
    assert len(asked) == 1  # not once for each letter
    assert table.filters.chosen("name") == TextFilter("fruit 9")
    QTest.keyClick(editor, Key.Key_Escape)
    table.found(100)
    assert focused() is editor
    QTest.keyClick(editor, Key.Key_Escape)  # nothing left to clear
    assert focused() is table.view


def test_enter_does_not_wait(table: FruitTable) -> None:
    type_into(table.editor("name"), "9")
    QTest.keyClick(table.editor("name"), Key.Key_Return)
    assert table.filters.chosen("name") == TextFilter("9")


def test_the_clear_button_is_there_where_it_has_room(qtbot: QtBot, table: FruitTable) -> None:
    name, number = table.editor("name"), table.editor("id")
    assert isinstance(name, QLineEdit)
    assert isinstance(number, QLineEdit)
    assert name.isClearButtonEnabled()
    assert not number.isClearButtonEnabled()
    assert "begins" in name.placeholderText()
    assert "^word" in name.toolTip()
    type_into(name, "9")
    table.found(19)
    button = name.findChildren(QWidget)[-1]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    table.found(100)


def test_a_range_of_numbers(qtbot: QtBot, table: FruitTable) -> None:
    editor = table.editor("id")
    type_into(editor, "5-10")
    table.found(6)
    assert table.filters.chosen("id") == NumberRange(5, 10)


def test_nonsense_is_marked_where_it_stands(qtbot: QtBot, table: FruitTable) -> None:
    editor = table.editor("id")
    type_into(editor, "5")
    table.found(1)
    plain = editor.palette().color(QPalette.ColorRole.Text)
    type_into(editor, "x")
    wrong = role_color(editor.palette(), Role.BAD)
    qtbot.waitUntil(lambda: editor.palette().color(QPalette.ColorRole.Text) == wrong)
    assert wrong != plain
    assert "5x" in editor.toolTip()
    assert "5x" in editor.accessibleDescription()
    table.found(100)
    QTest.keyClick(editor, Key.Key_Backspace)
    table.found(1)
    assert editor.palette().color(QPalette.ColorRole.Text) == plain
    assert "5x" not in editor.toolTip()


def test_reset_clears_what_means_nothing_too(qtbot: QtBot, table: FruitTable) -> None:
    number, name = table.editor("id"), table.editor("name")
    assert isinstance(number, QLineEdit)
    assert isinstance(name, QLineEdit)
    type_into(number, "x")
    type_into(name, "!")
    table.filters.reset()
    assert (number.text(), name.text()) == ("", "")
    assert number.accessibleDescription() == ""


def test_what_is_chosen_elsewhere_is_shown(qtbot: QtBot, table: FruitTable) -> None:
    name, color = table.editor("name"), table.editor("color")
    assert isinstance(name, QLineEdit)
    assert isinstance(color, QComboBox)
    table.filters.choose("name", TextFilter("=x"))
    table.filters.choose("color", OneOf(("red", "green")))
    assert name.text() == "=x"
    assert color.currentText() == "RED, GREEN"
    table.filters.show_query(TableQuery())
    assert (name.text(), color.currentText()) == ("", "")


def test_one_filter_after_the_other_as_fast_as_one_types(qtbot: QtBot, table: FruitTable) -> None:
    number, name = table.editor("id"), table.editor("name")
    assert isinstance(name, QLineEdit)
    number.setFocus()
    QTest.keyClicks(number, "1-50", delay=30)
    QTest.keyClick(number, Key.Key_Tab)
    assert table.filters.chosen("id") == NumberRange(1, 50)  # who goes on is done with it
    assert focused() is name
    QTest.keyClicks(name, "fruit 2", delay=30)
    assert name.text() == "fruit 2"
    table.found(11)
    assert table.filters.chosen("name") == TextFilter("fruit 2")


def test_what_is_being_written_stays_when_another_filter_changes(
    qtbot: QtBot, table: FruitTable
) -> None:
    name = table.editor("name")
    assert isinstance(name, QLineEdit)
    type_into(name, "fruit")
    table.filters.choose("id", NumberRange(1, 50))
    assert name.text() == "fruit"
    QTest.keyClicks(name, " 2")
    table.filters.choose("name", TextFilter("=x"))  # also when its own does, as by a link
    assert name.text() == "fruit 2"
    table.found(11)
    assert table.filters.chosen("name") == TextFilter("fruit 2")
