"""New rows above those that are read are announced, and lead nowhere by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mailadmin.tables.query import TableQuery
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.table.new_rows import NewRows
from mailadmin.ui.table.view import TableView
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.ui.fruit import COLUMNS, Fruit, FruitBasket


@pytest.fixture
def basket() -> FruitBasket:
    return FruitBasket(500)


@pytest.fixture
def view(qtbot: QtBot, basket: FruitBasket, background: Background) -> Iterator[TableView[Fruit]]:
    """The newest on top."""
    model = TableModel(
        COLUMNS, basket, background, row_id=lambda each: each.id, query=TableQuery("id")
    )
    view = TableView(model, object_name="fruitTable", accessible_name="Fruit")
    view.resize(400, 300)
    view.show()
    with qtbot.waitSignal(model.completed):
        model.refresh()
    yield view
    view.close()
    view.deleteLater()


@pytest.fixture
def button(view: TableView[Fruit], icons: Icons) -> NewRows:
    return NewRows(view, icons)


def arrive(qtbot: QtBot, view: TableView[Fruit], basket: FruitBasket, *ids: int) -> None:
    basket.put(*(Fruit(each, "new", 1) for each in ids))
    with qtbot.waitSignal(view.table_model().changesApplied):
        view.table_model().refresh()


def test_rows_that_come_in_above_are_counted_and_lead_to_the_top(
    qtbot: QtBot, view: TableView[Fruit], button: NewRows, basket: FruitBasket
) -> None:
    view.verticalScrollBar().setValue(100)
    top = view.table_model().id_at(view.rowAt(0))
    arrive(qtbot, view, basket, 501)
    assert button.isVisible()
    assert button.text() == "1 new row"
    arrive(qtbot, view, basket, 502, 503)
    assert button.text() == "3 new rows"
    assert view.table_model().id_at(view.rowAt(0)) == top
    place = button.geometry()
    assert view.viewport().geometry().contains(place)
    assert abs(place.center().x() - view.viewport().geometry().center().x()) <= 1
    view.verticalScrollBar().setValue(150)
    assert button.geometry() == place
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert view.verticalScrollBar().value() == 0
    assert button.isHidden()


def test_at_the_top_they_are_seen_anyway(
    qtbot: QtBot, view: TableView[Fruit], button: NewRows, basket: FruitBasket
) -> None:
    arrive(qtbot, view, basket, 501)
    assert button.isHidden()
    assert view.table_model().id_at(view.rowAt(0)) == 501


def test_rows_below_and_rows_that_left_are_not_news(
    qtbot: QtBot, view: TableView[Fruit], button: NewRows, basket: FruitBasket
) -> None:
    view.verticalScrollBar().setValue(100)
    basket.take(1, 2)
    arrive(qtbot, view, basket, 0)
    basket.take(499)
    with qtbot.waitSignal(view.table_model().changesApplied):
        view.table_model().refresh()
    assert button.isHidden()


def test_the_way_to_the_top_and_another_table_end_it(
    qtbot: QtBot, view: TableView[Fruit], button: NewRows, basket: FruitBasket
) -> None:
    view.verticalScrollBar().setValue(100)
    arrive(qtbot, view, basket, 501)
    QTest.keyClick(view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert view.verticalScrollBar().value() == 0
    assert button.isHidden()
    view.verticalScrollBar().setValue(100)
    arrive(qtbot, view, basket, 502)
    assert button.isVisible()
    with qtbot.waitSignal(view.table_model().modelReset):
        view.table_model().set_search("fruit 1")
    assert button.isHidden()
