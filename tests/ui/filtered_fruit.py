"""A table of fruit with all parts that filter it, as a tab has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mailadmin.tables.query import TableQuery
from mailadmin.ui.filters.chips import FilterChips
from mailadmin.ui.filters.row import FilterRow
from mailadmin.ui.filters.table_filters import TableFilters
from mailadmin.ui.tab.table_panel import TablePanel
from mailadmin.ui.table.counts import TableCounts
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.table.view import TableView
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.ui.finding import child
from tests.ui.fruit import FILTERED_COLUMNS, Fruit, FruitBasket


@dataclass(frozen=True)
class FruitTable:
    """The parts of the table."""

    qtbot: QtBot
    basket: FruitBasket
    model: TableModel[Fruit]
    view: TableView[Fruit]
    filters: TableFilters
    row: FilterRow
    chips: FilterChips
    panel: TablePanel

    def editor(self, key: str) -> QWidget:
        """Return the editor of a column's filter."""
        return child(self.view, QWidget, f"{key}Filter")

    def found(self, count: int) -> None:
        """Wait until `count` rows are found."""
        self.qtbot.waitUntil(lambda: self.model.total == count and self.model.complete)


def fruit_table(
    qtbot: QtBot,
    basket: FruitBasket,
    background: Background,
    icons: Icons,
    settings: QSettings | None = None,
    *,
    mirrored: bool = False,
    width: int = 640,
) -> FruitTable:
    """Return a table on the screen, whose filter editors are made."""
    model: TableModel[Fruit] = TableModel(
        FILTERED_COLUMNS,
        basket,
        background,
        row_id=lambda each: each.id,
        query=TableQuery("id", descending=False),
    )
    view: TableView[Fruit] = TableView(
        model, object_name="fruitTable", accessible_name="Fruit", settings=settings
    )
    filters = TableFilters(model, settings, "fruitTable", view)
    row = FilterRow(view, filters, background)
    chips = FilterChips(filters, icons)
    chips.emptied.connect(view.setFocus)
    counts = TableCounts(view, background)
    panel = TablePanel(view, chips, counts, empty="No fruit yet.", no_match="No such fruit.")
    model.setParent(panel)
    reset = QAction("Reset filters", panel)
    reset.triggered.connect(filters.reset)
    panel.set_reset_action(reset)
    if mirrored:
        panel.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    qtbot.addWidget(panel)
    panel.resize(width, 300)
    row.set_shown(True)
    with qtbot.waitSignal(view.filter_header.editorsMade), qtbot.waitExposed(panel):
        panel.show()
    panel.activateWindow()
    model.refresh()
    qtbot.waitUntil(lambda: model.loaded)
    return FruitTable(qtbot, basket, model, view, filters, row, chips, panel)


class MakeFruitTable(Protocol):
    """Makes a table in a window of this width, mirrored if wanted."""

    def __call__(self, *, mirrored: bool = False, width: int = 640) -> FruitTable: ...


def type_into(widget: QWidget, text: str) -> None:
    """Enter a text as a user does."""
    widget.setFocus()
    QTest.keyClicks(widget, text)
