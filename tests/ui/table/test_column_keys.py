"""Columns without a mouse: moved, resized, chosen and fitted by keys and menus; and with one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.ui.filtered_fruit import FruitTable, fruit_table
from tests.ui.finding import child
from tests.ui.fruit import FruitBasket

ALT = Qt.KeyboardModifier.AltModifier
ALT_SHIFT = ALT | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(params=[False, True], ids=["", "mirrored"])
def table(
    request: pytest.FixtureRequest,
    qtbot: QtBot,
    background: Background,
    icons: Icons,
    settings: QSettings,
) -> FruitTable:
    table = fruit_table(
        qtbot, FruitBasket(50), background, icons, settings, mirrored=request.param, width=900
    )
    table.view.setFocus()
    table.view.setCurrentIndex(table.model.index(0, 1))
    return table


def places(table: FruitTable) -> list[int]:
    """Columns as they are on screen, from left to right."""
    header = table.view.filter_header
    return sorted(table.view.column_choice.visible_sections(), key=header.sectionViewportPosition)


def test_keys_move_the_current_column(table: FruitTable) -> None:
    table.view.setColumnHidden(2, True)
    before = places(table)
    at = before.index(1)
    QTest.keyClick(table.view, Qt.Key.Key_Right, ALT_SHIFT)
    assert places(table).index(1) == at + 1
    QTest.keyClick(table.view, Qt.Key.Key_Left, ALT_SHIFT)
    assert places(table) == before
    for _ in range(5):
        QTest.keyClick(table.view, Qt.Key.Key_Left, ALT_SHIFT)
    assert places(table)[0] == 1
    assert table.view.currentIndex().row() == 0  # the key was for the column alone


def test_keys_resize_the_current_column(table: FruitTable) -> None:
    header = table.view.filter_header
    before = header.sectionSize(1)
    QTest.keyClick(table.view, Qt.Key.Key_Right, ALT)
    assert header.sectionSize(1) == before + 10
    for _ in range(50):
        QTest.keyClick(table.view, Qt.Key.Key_Left, ALT)
    assert header.sectionSize(1) == header.minimumSectionSize()


def test_what_keys_did_is_remembered(table: FruitTable, settings: QSettings) -> None:
    QTest.keyClick(table.view, Qt.Key.Key_Right, ALT_SHIFT)
    QTest.keyClick(table.view, Qt.Key.Key_Left, ALT_SHIFT)
    QTest.keyClick(table.view, Qt.Key.Key_Right, ALT)
    table.view.save_state()
    saved = settings.value("tables/fruitTable/columns")
    assert isinstance(saved, list)
    assert any(entry.startswith("name:") and entry != "name:120:1" for entry in saved)


def test_the_submenu_has_all_of_it(table: FruitTable) -> None:
    owner = QWidget(table.panel)
    menu = table.view.column_choice.submenu("&Columns", owner)
    for _ in range(2):  # anew each time
        menu.aboutToShow.emit()
        names = [action.objectName() for action in menu.actions() if not action.isSeparator()]
        assert names == [
            "idColumnAction",
            "nameColumnAction",
            "colorColumnAction",
            "eatenColumnAction",
            "weightColumnAction",
            "moveColumnLeftAction",
            "moveColumnRightAction",
            "narrowColumnAction",
            "widenColumnAction",
            "fitColumnsAction",
            "resetColumnsAction",
        ]
    child(menu, QAction, "colorColumnAction").trigger()
    assert table.view.isColumnHidden(2)
    menu.aboutToShow.emit()
    child(menu, QAction, "resetColumnsAction").trigger()
    assert not table.view.isColumnHidden(2)


def test_a_double_click_on_a_border_fits_one_column(qtbot: QtBot, table: FruitTable) -> None:
    header = table.view.filter_header
    header.resizeSection(1, 300)
    header.resizeSection(0, 200)
    mirrored = header.isRightToLeft()
    left = header.sectionViewportPosition(1)
    border = QPoint(left + 1 if mirrored else left + 298, header.viewport().height() // 2)
    QTest.mouseMove(header.viewport(), border)
    QTest.mouseDClick(header.viewport(), Qt.MouseButton.LeftButton, pos=border)
    qtbot.waitUntil(lambda: header.sectionSize(1) < 150)
    assert header.sectionSize(0) == 200


def test_fit_and_reset(table: FruitTable) -> None:
    header = table.view.filter_header
    header.resizeSection(1, 300)
    table.view.column_choice.fit()
    assert header.sectionSize(1) < 150
    header.moveSection(0, 3)
    table.view.column_choice.reset()
    assert table.view.column_choice.visible_sections() == [0, 1, 2, 3, 4]
