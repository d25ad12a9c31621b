"""The row of filters in a table's header: one editor below each title, used with real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.tables.query import OneOf, TextFilter
from mailadmin.ui.filters.dates import DateFilterEditor
from mailadmin.ui.filters.text import TextFilterEditor
from mailadmin.ui.filters.values import ValuesFilterEditor
from mailadmin.ui.table.filter_header import FilterHeader
from tests.ui.filtered_fruit import FruitTable, MakeFruitTable, type_into

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Key = Qt.Key
EDITORS = ["id", "name", "color", "eaten"]  # nothing filters by weight


@pytest.fixture
def table(make_fruit_table: MakeFruitTable) -> FruitTable:
    return make_fruit_table()


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def in_place(table: FruitTable) -> bool:
    """Whether every editor stands exactly below the title of its column."""
    header = table.view.filter_header
    for section, column in enumerate(table.model.columns):
        if not column.filterable:
            continue
        editor = table.editor(column.key)
        if header.isSectionHidden(section):
            if editor.isVisible():
                return False
            continue
        left = header.sectionViewportPosition(section)
        below = header.viewport().geometry().bottom() + 1 == editor.y()
        wide = header.sectionSize(section) - editor.width() in range(2)
        if not (editor.isVisible() and below and wide and editor.x() in (left, left + 1)):
            return False
    return header.height() == header.sizeHint().height()


# where the editors are --------------------------------------------------------------------------


@pytest.mark.parametrize("mirrored", [False, True])
def test_editors_move_with_their_columns(
    qtbot: QtBot, make_fruit_table: MakeFruitTable, mirrored: bool
) -> None:
    table = make_fruit_table(mirrored=mirrored, width=300)
    header = table.view.filter_header
    qtbot.waitUntil(lambda: in_place(table))
    header.resizeSection(1, 222)
    qtbot.waitUntil(lambda: in_place(table))
    header.moveSection(0, 2)
    qtbot.waitUntil(lambda: in_place(table))
    table.view.setColumnHidden(2, True)
    qtbot.waitUntil(lambda: in_place(table))
    table.view.setColumnHidden(2, False)
    bar = table.view.horizontalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: in_place(table))
    table.panel.resize(900, 300)
    qtbot.waitUntil(lambda: in_place(table))
    table.basket.take(*range(1, 101))  # no vertical scroll bar
    table.model.refresh()
    table.found(0)
    qtbot.waitUntil(lambda: in_place(table))


def test_mirrored_the_first_column_is_at_the_right(
    qtbot: QtBot, make_fruit_table: MakeFruitTable
) -> None:
    table = make_fruit_table(mirrored=True)
    qtbot.waitUntil(lambda: in_place(table))
    places = [table.editor(key).x() for key in EDITORS]
    assert places == sorted(places, reverse=True)


def test_titles_still_sort_and_move(qtbot: QtBot, table: FruitTable) -> None:
    header = table.view.filter_header
    title = QPoint(header.sectionViewportPosition(1) + 20, header.viewport().height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=title)
    assert table.model.query.sort == "name"


def test_the_row_is_hidden_and_comes_back(qtbot: QtBot, table: FruitTable) -> None:
    header = table.view.filter_header
    high = header.height()
    type_into(table.editor("name"), "7")
    table.found(19)
    table.row.set_shown(False)
    assert not table.row.shown
    assert focused() is table.view
    qtbot.waitUntil(lambda: header.height() < high)
    assert not table.editor("name").isVisible()
    assert table.model.total == 19  # hidden filters stay in force
    table.row.set_shown(True)
    qtbot.waitUntil(lambda: in_place(table))
    assert header.height() == high


def test_nothing_stands_on_the_titles(table: FruitTable) -> None:
    header = table.view.filter_header
    titles = header.viewport().geometry()
    for widget in header.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if widget is not header.viewport() and widget.isVisible():
            assert not titles.intersects(widget.geometry()), widget


def test_accessible_names(table: FruitTable) -> None:
    assert table.editor("name").accessibleName() == "Filter: Name"
    assert not table.view.findChildren(QWidget, "weightFilter")


def test_only_the_editor_of_a_filter_that_changed_is_touched(
    table: FruitTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[object, object]] = []
    for kind in (DateFilterEditor, TextFilterEditor, ValuesFilterEditor):
        monkeypatch.setattr(kind, "show_chosen", lambda self, chosen: told.append((self, chosen)))
    table.filters.choose("color", OneOf(("red",)))
    table.filters.choose("name", TextFilter("7"))
    table.filters.choose("color", None)
    assert [chosen for _, chosen in told] == [OneOf(("red",)), TextFilter("7"), None]
    assert told[0][0] is told[2][0]


# keys -------------------------------------------------------------------------------------------


def test_tab_follows_the_columns_to_the_table(qtbot: QtBot, table: FruitTable) -> None:
    table.view.filter_header.moveSection(0, 2)
    table.editor("name").setFocus()
    for key in ("color", "id", "eaten"):
        QTest.keyClick(focused(), Key.Key_Tab)
        assert focused() is table.editor(key)
    QTest.keyClick(focused(), Key.Key_Tab)
    assert focused() is table.view
    QTest.keyClick(focused(), Key.Key_Backtab)
    assert focused() is table.editor("eaten")


@pytest.mark.parametrize("mirrored", [False, True])
def test_tab_brings_the_column_on_screen(
    qtbot: QtBot, make_fruit_table: MakeFruitTable, mirrored: bool
) -> None:
    table = make_fruit_table(width=260, mirrored=mirrored)
    table.editor("color").setFocus()
    QTest.keyClick(focused(), Key.Key_Tab)
    editor = table.editor("eaten")
    assert focused() is editor
    qtbot.waitUntil(lambda: editor.x() >= 0 and editor.geometry().right() <= 262)


@pytest.mark.parametrize("key", ["id", "name", "color", "eaten"])
@pytest.mark.parametrize("pressed", [Key.Key_Down, Key.Key_Return, Key.Key_Enter])
def test_down_and_enter_go_to_the_table(table: FruitTable, key: str, pressed: Qt.Key) -> None:
    table.editor(key).setFocus()
    QTest.keyClick(table.editor(key), pressed)
    assert focused() is table.view


@pytest.mark.parametrize("key", EDITORS)
def test_keys_in_an_editor_do_nothing_to_the_rows(
    qtbot: QtBot, table: FruitTable, key: str
) -> None:
    eat = QAction("Eat", table.panel)
    eat.setShortcut(Key.Key_Delete)
    eat.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    open_ = QAction("Open", table.panel)
    open_.setShortcut(Key.Key_Return)
    open_.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    table.panel.addActions([eat, open_])
    table.view.select_ids([3], current=3)
    for pressed in (Key.Key_Delete, Key.Key_Up, Key.Key_Home, Key.Key_Return):
        with (
            qtbot.assertNotEmitted(eat.triggered),
            qtbot.assertNotEmitted(open_.triggered),
            qtbot.assertNotEmitted(table.view.rowActivated),
        ):
            table.editor(key).setFocus()
            QTest.keyClick(table.editor(key), pressed)
    assert list(table.view.selected_ids()) == [3]
    assert table.view.currentIndex().row() == 2


class KeySpy(QObject):
    """Notes the keys that a widget gets."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.keys: list[int] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            self.keys.append(event.key())
        return super().eventFilter(watched, event)


@pytest.mark.parametrize("key", EDITORS)
def test_the_table_gets_no_key_of_an_editor(
    table: FruitTable, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    monkeypatch.setattr(FilterHeader, "keyboardSearch", lambda _, text: searched.append(text))
    spy = KeySpy(table.view)
    QTest.keyClicks(table.editor(key), "fr")
    for pressed in (Key.Key_Up, Key.Key_Home, Key.Key_PageDown, Key.Key_F2):
        QTest.keyClick(table.editor(key), pressed)
    assert spy.keys == []
    assert searched == []  # in all rows, as Qt's header does


def test_another_font_needs_another_height(qtbot: QtBot, table: FruitTable) -> None:
    header = table.view.filter_header
    before = header.height()
    font = table.view.font()
    font.setPointSize(font.pointSize() * 2)
    table.view.setFont(font)
    header.setFont(font)
    qtbot.waitUntil(lambda: header.height() > before * 1.5)
    qtbot.waitUntil(lambda: in_place(table))
    editor = table.editor("name")
    assert editor.height() >= editor.sizeHint().height() - 1


def test_with_no_rows_an_editor_on_screen_stays_where_it_is(
    qtbot: QtBot, make_fruit_table: MakeFruitTable
) -> None:
    table = make_fruit_table(width=330)
    table.basket.take(*range(1, 101))
    table.model.refresh()
    table.found(0)
    table.editor("id").setFocus()
    QTest.keyClick(focused(), Key.Key_Tab)
    assert table.view.horizontalScrollBar().value() == 0
    table.editor("eaten").setFocus()
    assert table.view.horizontalScrollBar().value() > 0
    table.editor("id").setFocus()
    assert table.view.horizontalScrollBar().value() == 0
