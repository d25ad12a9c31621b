"""TableView: nothing jumps while rows come and go; columns and order are the user's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QModelIndex, QPoint, QSettings, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionHeader,
    QStyleOptionViewItem,
    QToolTip,
)
from pytestqt.qtbot import QtBot

from mailadmin.tables.query import TableQuery
from mailadmin.ui.table import snapshot
from mailadmin.ui.table.column import Look, ShownColumn
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.table.view import TableView
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.ui.fence import readings_end
from tests.ui.finding import child
from tests.ui.fruit import COLUMNS, Fruit, FruitBasket

MakeView = Callable[[], TableView[Fruit]]


@pytest.fixture
def basket() -> FruitBasket:
    return FruitBasket(500)


@pytest.fixture
def make_view(
    qtbot: QtBot, basket: FruitBasket, background: Background, settings: QSettings
) -> MakeView:
    def make() -> TableView[Fruit]:
        model = TableModel(
            COLUMNS,
            basket,
            background,
            row_id=lambda each: each.id,
            query=TableQuery("id", descending=False),
        )
        view = TableView(
            model, object_name="fruitTable", accessible_name="Fruit", settings=settings
        )
        model.setParent(view)
        qtbot.addWidget(view)
        view.resize(500, 300)
        with qtbot.waitExposed(view):
            view.show()
        with qtbot.waitSignal(model.completed):
            model.refresh()
        return view

    return make


@pytest.fixture
def view(make_view: MakeView) -> TableView[Fruit]:
    return make_view()


def change(qtbot: QtBot, view: TableView[Fruit]) -> None:
    with qtbot.waitSignal(view.table_model().changesApplied):
        view.table_model().refresh()


def top_id(view: TableView[Fruit]) -> int:
    return view.table_model().id_at(view.rowAt(0))


def test_selection_current_row_and_scroll_position_stay(
    qtbot: QtBot, view: TableView[Fruit], basket: FruitBasket
) -> None:
    view.verticalScrollBar().setValue(100)
    view.select_ids([103, 104, 107], current=107)
    above = top_id(view)
    basket.take(*range(10, 30), 104)
    basket.put(*(Fruit(-number, "early", 0) for number in range(1, 8)))
    change(qtbot, view)
    assert list(view.selected_ids()) == [103, 107]
    assert view.table_model().id_at(view.currentIndex().row()) == 107
    assert top_id(view) == above
    assert view.verticalScrollBar().value() == 100 - 20 + 7


def test_when_the_top_row_goes_the_next_one_takes_its_place(
    qtbot: QtBot, view: TableView[Fruit], basket: FruitBasket
) -> None:
    view.verticalScrollBar().setValue(100)
    basket.take(101, 102, 3)
    change(qtbot, view)
    # 103 was two rows below the top and still is
    assert view.rowAt(0) == view.table_model().row_of(103) - 2


def test_at_the_top_new_rows_show_up(
    qtbot: QtBot, view: TableView[Fruit], basket: FruitBasket
) -> None:
    basket.put(Fruit(-1, "early", 0))
    change(qtbot, view)
    assert top_id(view) == -1


def test_another_order_keeps_the_selection(qtbot: QtBot, view: TableView[Fruit]) -> None:
    view.select_ids([3, 200], current=200)
    with qtbot.waitSignal(view.table_model().completed):
        view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert sorted(view.selected_ids()) == [3, 200]
    assert view.table_model().id_at(view.currentIndex().row()) == 200


def test_rows_on_screen_are_read_wherever_it_scrolls(qtbot: QtBot, view: TableView[Fruit]) -> None:
    view.verticalScrollBar().setValue(400)
    rows = view.rows_in_view()
    assert rows.start == 400
    qtbot.waitUntil(lambda: all(view.table_model().value_at(row) is not None for row in rows))


def test_selected_ids_of_ranges(view: TableView[Fruit]) -> None:
    view.select_ids([1, 2, 3, 10, 12, 13])
    assert list(view.selected_ids()) == [1, 2, 3, 10, 12, 13]
    assert view.selected_count() == 6
    view.selectAll()
    assert view.selected_count() == 500


def test_a_large_selection_stays_too(
    qtbot: QtBot, view: TableView[Fruit], basket: FruitBasket
) -> None:
    basket.put(*(Fruit(number, "more", 1) for number in range(501, 1001)))
    change(qtbot, view)
    with qtbot.waitSignal(view.table_model().completed):
        view.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    view.selectAll()
    basket.take(10, 20, 30)
    basket.put(Fruit(-1, "new", 3), Fruit(40, "heavier", 1000))
    change(qtbot, view)
    assert set(view.selected_ids()) == set(range(1, 1001)) - {10, 20, 30}


def test_rows_stay_on_screen_when_too_much_changed_to_follow(
    qtbot: QtBot,
    view: TableView[Fruit],
    basket: FruitBasket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(snapshot, "compare", lambda *_: None)
    view.verticalScrollBar().setValue(200)
    view.select_ids([203, 300], current=203)
    top = top_id(view)
    basket.take(1, 2, 3, 250)
    with qtbot.waitSignal(view.table_model().modelReset):
        view.table_model().refresh()
    assert top_id(view) == top
    assert list(view.selected_ids()) == [203, 300]


def test_where_the_current_row_goes_the_focus_is_on_the_next_and_nothing_scrolls(
    qtbot: QtBot, view: TableView[Fruit], basket: FruitBasket
) -> None:
    view.select_ids([400], current=400)
    view.verticalScrollBar().setValue(100)
    top = top_id(view)
    basket.take(400, 401, 2)
    change(qtbot, view)
    assert view.table_model().id_at(view.currentIndex().row()) == 402
    assert not view.selected_count()
    assert top_id(view) == top


def test_another_order_is_shown_from_its_top_and_stays_there(
    qtbot: QtBot, view: TableView[Fruit]
) -> None:
    view.select_ids([400], current=400)
    with qtbot.waitSignal(view.table_model().completed):
        view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert view.table_model().id_at(view.currentIndex().row()) == 400
    assert top_id(view) == 500


def test_cells_look_as_qt_draws_them(
    qtbot: QtBot, basket: FruitBasket, background: Background, icons: Icons
) -> None:
    ripe = ShownColumn[Fruit](
        "ripe",
        "Ripe",
        of=lambda fruit: fruit.name,
        look=Look(icon=lambda _: icons.icon(IconName.SUCCESS)),
    )
    columns = (*COLUMNS, ripe)
    model = TableModel(columns, basket, background, row_id=lambda each: each.id)
    view = TableView(model, object_name="fruitTable", accessible_name="Fruit")
    qtbot.addWidget(view)
    view.resize(500, 300)
    with qtbot.waitSignal(model.completed):
        view.show()
        model.refresh()
    view.select_ids([498], current=499)
    ours = view.grab().toImage()
    view.setItemDelegate(QStyledItemDelegate(view))
    assert view.grab().toImage() == ours


def test_enter_and_double_click_activate(qtbot: QtBot, view: TableView[Fruit]) -> None:
    view.select_ids([4], current=4)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        with qtbot.waitSignal(view.rowActivated) as activated:
            QTest.keyClick(view, key)
        assert activated.args == [4]
    place = view.visualRect(view.model().index(1, 1)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(view.rowActivated) as activated:
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert activated.args == [2]


def test_typing_letters_reads_nothing(
    qtbot: QtBot, view: TableView[Fruit], basket: FruitBasket, background: Background
) -> None:
    view.select_ids([1], current=1)
    readings_end(qtbot, background)
    before = len(basket.pages_asked)
    QTest.keyClicks(view, "fruit 4")
    readings_end(qtbot, background)
    assert len(basket.pages_asked) == before


def test_tab_leaves_the_table(view: TableView[Fruit]) -> None:
    assert not view.tabKeyNavigation()


def test_columns_are_remembered(make_view: MakeView) -> None:
    first = make_view()
    header = first.horizontalHeader()
    header.moveSection(header.visualIndex(2), 0)
    header.resizeSection(0, 99)
    header.setSortIndicator(2, Qt.SortOrder.DescendingOrder)
    first.column_choice.set_visible(1, False)
    first.save_state()
    second = make_view()
    header = second.horizontalHeader()
    assert second.column_choice.visible_sections() == [2, 0]
    assert header.isSectionHidden(1)
    assert header.sortIndicatorSection() == 2
    assert second.table_model().query == TableQuery("weight", descending=True)
    second.column_choice.reset()
    assert second.column_choice.visible_sections() == [0, 1, 2]


def test_the_arrow_of_the_order_stands_beside_the_title(view: TableView[Fruit]) -> None:
    header = view.filter_header
    header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    sorted_by, other = QStyleOptionHeader(), QStyleOptionHeader()
    header.initStyleOptionForIndex(sorted_by, 0)
    header.initStyleOptionForIndex(other, 1)
    assert other.text == "Name"
    assert sorted_by.text.startswith("ID")
    assert header.fontMetrics().horizontalAdvance(sorted_by.text.removeprefix("ID")) >= 4


def test_widths_are_remembered_for_any_font(make_view: MakeView) -> None:
    first = make_view()
    first.horizontalHeader().resizeSection(1, 150)
    first.save_state()
    width = first.horizontalHeader().sectionSize(1)
    second = make_view()
    assert abs(second.horizontalHeader().sectionSize(1) - width) <= 2


@pytest.mark.parametrize(
    "saved",
    [
        [],
        ["nonsense"],
        ["name:-5:1", "weight:x:1"],
        ["id:10:0", "name:10:0", "weight:10:0"],
        ["gone:5:1"],
    ],
)
def test_settings_that_make_no_sense_do_no_harm(
    make_view: MakeView, settings: QSettings, saved: list[str]
) -> None:
    settings.setValue("tables/fruitTable/columns", saved)
    settings.setValue("tables/fruitTable/sort", "colour")
    assert len(make_view().column_choice.visible_sections()) == 3


def test_the_header_s_menu_chooses_columns(view: TableView[Fruit]) -> None:
    menu = view.column_choice.menu()
    child(menu, QAction, "nameColumnAction").trigger()
    assert view.isColumnHidden(1)
    view.column_choice.set_visible(2, False)
    last = view.column_choice.menu()
    assert not child(last, QAction, "idColumnAction").isEnabled()  # one column must stay
    child(last, QAction, "resetColumnsAction").trigger()
    assert not view.isColumnHidden(1)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_context_menu_of_mouse_and_keyboard(qtbot: QtBot, view: TableView[Fruit]) -> None:
    action = QAction("Eat", view)
    view.set_context_actions([action, None])
    view.select_ids([3], current=3)
    place = QPoint(5, 5)
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        QApplication.sendEvent(
            view.viewport(), QContextMenuEvent(reason, place, view.viewport().mapToGlobal(place))
        )
        menu = child(view, QMenu, "fruitTableContextMenu")
        assert menu.isVisible()
        assert menu.actions()[0] is action
        menu.close()
        qtbot.waitUntil(lambda: not view.findChildren(QMenu, "fruitTableContextMenu"))


def change_values(qtbot: QtBot, view: TableView[Fruit]) -> None:
    with qtbot.waitSignal(view.table_model().dataChanged):
        view.table_model().refresh()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_tooltip_shows_markup_as_text(
    qtbot: QtBot, view: TableView[Fruit], basket: FruitBasket
) -> None:
    basket.rename(1, "<img src='file:///etc/passwd'><b>bold</b> " * 20)
    change_values(qtbot, view)
    index = view.model().index(0, 1)
    option = QStyleOptionViewItem()
    view.initViewItemOption(option)
    option.rect = view.visualRect(index)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, QPoint(5, 5), view.mapToGlobal(QPoint(5, 5)))
    assert view.itemDelegate().helpEvent(event, view, option, index)
    assert "&lt;img" in QToolTip.text()
    short = view.model().index(1, 1)
    option.rect = view.visualRect(short)
    assert view.itemDelegate().helpEvent(event, view, option, short)
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_an_index_that_is_none_is_not_activated(qtbot: QtBot, view: TableView[Fruit]) -> None:
    view.clearSelection()
    view.setCurrentIndex(QModelIndex())
    with qtbot.assertNotEmitted(view.rowActivated):
        QTest.keyClick(view, Qt.Key.Key_Return)
