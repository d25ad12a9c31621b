"""Filters that are chosen in a popup: lists of values and dates, with real keys and mouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialogButtonBox,
    QFrame,
    QMenu,
    QPushButton,
    QStyleOptionComboBox,
    QTreeWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.tables.date_presets import DatePreset, whole_days
from mailadmin.tables.query import OneOf
from tests.ui.filtered_fruit import FruitTable, MakeFruitTable, type_into
from tests.ui.finding import child
from tests.ui.fruit import Fruit

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Key = Qt.Key


@pytest.fixture
def table(make_fruit_table: MakeFruitTable) -> FruitTable:
    return make_fruit_table()


# lists of values --------------------------------------------------------------------------------


def open_values(table: FruitTable) -> QTreeWidget:
    color = table.editor("color")
    color.setFocus()
    QTest.keyClick(color, Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    return child(color, QTreeWidget, "valuesList")


def values_shown(tree: QTreeWidget) -> list[tuple[str, str]]:
    model = tree.model()
    return [
        (model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())
    ]


def test_values_with_their_counts(qtbot: QtBot, table: FruitTable) -> None:
    type_into(table.editor("id"), "1-20")
    table.found(20)
    tree = open_values(table)
    # blue is known from the rows alone; nothing was said of how many are ripe
    counts = [("RED", "8"), ("GREEN", "10"), ("RIPE", "0"), ("blue", "2")]
    qtbot.waitUntil(lambda: values_shown(tree) == counts)
    popup = child(table.editor("color"), QFrame, "valuesPopup")
    QTest.keyClick(tree, Key.Key_Escape)
    qtbot.waitUntil(lambda: not table.editor("color").findChildren(QFrame, "valuesPopup"))
    del popup
    table.basket.take(2)
    table.model.refresh()
    table.found(19)
    tree = open_values(table)  # read each time
    qtbot.waitUntil(lambda: values_shown(tree)[0] == ("RED", "7"))
    QTest.keyClick(tree, Key.Key_Return)


def test_values_are_checked_by_keys_and_mouse(qtbot: QtBot, table: FruitTable) -> None:
    tree = open_values(table)
    qtbot.waitUntil(lambda: len(values_shown(tree)) == 4)
    QTest.keyClick(tree, Key.Key_Space)
    table.found(40)
    place = tree.visualRect(tree.model().index(3, 1)).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert table.filters.chosen("color") == OneOf(("red", "blue"))
    table.found(50)
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    box = tree.visualRect(tree.model().index(0, 0)).topLeft() + QPoint(10, 8)
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=box)
    assert table.filters.chosen("color") is None
    QTest.keyClick(tree, Key.Key_Escape)


def test_all_and_none(qtbot: QtBot, table: FruitTable) -> None:
    tree = open_values(table)
    qtbot.waitUntil(lambda: len(values_shown(tree)) == 4)
    popup = child(table.editor("color"), QFrame, "valuesPopup")
    child(popup, QPushButton, "allValuesButton").click()
    assert table.filters.chosen("color") is None  # every row has one of them
    QTest.keyClick(tree, Key.Key_Space)  # all but red
    assert table.filters.chosen("color") == OneOf(("green", "blue"))
    child(popup, QPushButton, "noValuesButton").click()
    assert table.filters.chosen("color") is None
    table.found(100)
    QTest.keyClick(tree, Key.Key_Escape)


def test_counts_that_cannot_be_read_are_not_said(qtbot: QtBot, table: FruitTable) -> None:
    from mailadmin.domain.errors import StorageBusy

    table.basket.trouble = StorageBusy("Another program holds the database.")
    tree = open_values(table)
    qtbot.waitUntil(lambda: values_shown(tree)[0] == ("RED", ""))
    table.basket.trouble = None
    QTest.keyClick(tree, Key.Key_Escape)


def test_counts_that_come_after_the_popup_was_closed(qtbot: QtBot, table: FruitTable) -> None:
    table.basket.gate.clear()
    tree = open_values(table)
    QTest.keyClick(tree, Key.Key_Escape)
    qtbot.waitUntil(lambda: not table.editor("color").findChildren(QFrame, "valuesPopup"))
    table.basket.gate.set()
    qtbot.wait(50)


def test_a_box_shortens_what_does_not_fit_and_letters_choose_nothing(
    qtbot: QtBot, table: FruitTable
) -> None:
    box = table.editor("color")
    assert isinstance(box, QComboBox)
    table.filters.choose("color", OneOf(("red", "green", "ripe", "blue")))
    QTest.keyClicks(box, "r")
    assert box.currentText() == "RED, GREEN, RIPE, blue"
    assert "RIPE" in box.toolTip()
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    assert option.currentText.endswith("…")
    assert box.fontMetrics().horizontalAdvance(option.currentText) < box.width() - 20
    QTest.keyClick(box, Key.Key_Delete)
    assert table.filters.chosen("color") is None


# dates ------------------------------------------------------------------------------------------


def open_dates(table: FruitTable) -> QMenu:
    box = table.editor("eaten")
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    return child(box, QMenu, "datePresetsMenu")


def test_a_preset_of_dates(qtbot: QtBot, table: FruitTable) -> None:
    now = datetime.now(UTC)
    table.basket.put(
        Fruit(1, "eaten now", 1, now), Fruit(2, "eaten long ago", 1, now - timedelta(days=50))
    )
    menu = open_dates(table)
    last = child(menu, QAction, "last_30_daysAction")
    menu.setActiveAction(last)
    QTest.keyClick(menu, Key.Key_Return)
    table.found(1)
    assert table.filters.chosen("eaten") is DatePreset.LAST_30_DAYS
    box = table.editor("eaten")
    assert isinstance(box, QComboBox)
    assert box.currentText() == "Last 30 days"
    qtbot.waitUntil(lambda: not box.findChildren(QMenu))
    menu = open_dates(table)
    assert child(menu, QAction, "last_30_daysAction").isChecked()
    child(menu, QAction, "allDaysAction").trigger()
    menu.close()
    table.found(100)


def test_from_one_day_to_another(qtbot: QtBot, table: FruitTable) -> None:
    menu = open_dates(table)
    child(menu, QAction, "fromToAction").trigger()
    menu.close()
    popup = child(table.editor("eaten"), QFrame, "daysPopup")
    first = child(popup, QDateEdit, "firstDayEdit")
    last = child(popup, QDateEdit, "lastDayEdit")
    assert first.calendarPopup()
    first.setDate(QDate(2026, 11, 30))  # the wrong way round
    last.setDate(QDate(2026, 11, 2))
    child(popup, QDialogButtonBox, "").button(QDialogButtonBox.StandardButton.Ok).click()
    days = (datetime(2026, 11, 2, tzinfo=UTC).date(), datetime(2026, 11, 30, tzinfo=UTC).date())
    assert table.filters.chosen("eaten") == whole_days(*days)
    box = table.editor("eaten")
    assert isinstance(box, QComboBox)
    assert "30" in box.currentText()
    qtbot.waitUntil(lambda: not box.findChildren(QFrame, "daysPopup"))
    menu = open_dates(table)
    assert child(menu, QAction, "fromToAction").isChecked()
    child(menu, QAction, "fromToAction").trigger()
    menu.close()
    popup = child(box, QFrame, "daysPopup")
    assert child(popup, QDateEdit, "firstDayEdit").date() == QDate(2026, 11, 2)
    child(popup, QCheckBox, "lastDayCheck").click()
    assert not child(popup, QDateEdit, "lastDayEdit").isEnabled()
    QTest.keyClick(child(popup, QDateEdit, "firstDayEdit"), Key.Key_Return)
    assert table.filters.chosen("eaten") == whole_days(days[0], None)


def test_esc_leaves_the_days_as_they_were(qtbot: QtBot, table: FruitTable) -> None:
    menu = open_dates(table)
    child(menu, QAction, "fromToAction").trigger()
    menu.close()
    box = table.editor("eaten")
    popup = child(box, QFrame, "daysPopup")
    QTest.keyClick(child(popup, QDateEdit, "firstDayEdit"), Key.Key_Escape)
    qtbot.waitUntil(lambda: not box.findChildren(QFrame, "daysPopup"))
    assert table.filters.chosen("eaten") is None
