"""The row of filters in a table's header: one editor below each title, used with real keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QDate, QEvent, QObject, QPoint, QSettings, Qt
from PySide6.QtGui import QAction, QKeyEvent, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialogButtonBox,
    QFrame,
    QLineEdit,
    QMenu,
    QPushButton,
    QStyleOptionComboBox,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.core.date_presets import DatePreset, whole_days
from mailadmin.core.table_query import NumberRange, OneOf, TextFilter
from mailadmin.ui.background import Background
from mailadmin.ui.filter_header import FilterHeader
from mailadmin.ui.icons import Icons
from mailadmin.ui.status_colors import Role, role_color
from tests.ui.filtered_fruit import FruitTable, fruit_table, type_into
from tests.ui.finding import child
from tests.ui.fruit import Fruit, FruitBasket

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Key = Qt.Key
EDITORS = ["id", "name", "color", "eaten"]  # nothing filters by weight


@pytest.fixture
def make(
    qtbot: QtBot, background: Background, icons: Icons, settings: QSettings
) -> Callable[..., FruitTable]:
    def make(*, mirrored: bool = False, width: int = 640) -> FruitTable:
        return fruit_table(
            qtbot, FruitBasket(100), background, icons, settings, mirrored=mirrored, width=width
        )

    return make


@pytest.fixture
def table(make: Callable[..., FruitTable]) -> FruitTable:
    return make()


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def in_place(table: FruitTable) -> bool:
    """Whether every editor stands exactly below the title of its column."""
    header = table.view.filter_header
    for section, column in enumerate(table.model.columns):
        if column.filter is None:
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
    qtbot: QtBot, make: Callable[..., FruitTable], mirrored: bool
) -> None:
    table = make(mirrored=mirrored, width=300)
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
    qtbot: QtBot, make: Callable[..., FruitTable]
) -> None:
    table = make(mirrored=True)
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
    qtbot: QtBot, make: Callable[..., FruitTable], mirrored: bool
) -> None:
    table = make(width=260, mirrored=mirrored)
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


# texts and numbers ------------------------------------------------------------------------------


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
    table.model.reset_filters()
    assert (name.text(), color.currentText()) == ("", "")


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
    from mailadmin.core.errors import StorageBusy

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
    qtbot: QtBot, make: Callable[..., FruitTable]
) -> None:
    table = make(width=330)
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
