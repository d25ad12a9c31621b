"""What the View menu offers for the table of the tab in front: the filter row and the columns."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from mailadmin.ui.filters.row import FilterRow
from mailadmin.ui.table.view import TableView


class ViewActions(QObject):
    """Actions of `table`, whose keys work in all of `area`. The row is shown as it was last."""

    def __init__(
        self,
        table: TableView[Any],
        row: FilterRow,
        area: QWidget,
        settings: QSettings | None,
    ) -> None:
        super().__init__(table)
        self._table = table
        self._row = row
        self._settings = settings
        self._key = f"tables/{table.objectName()}/filterRow"
        self.filter_row = self._action("filterRowAction", self.tr("&Filter row"), "Ctrl+Shift+L")
        self.filter_row.setStatusTip(
            self.tr("Show a field to filter by below the title of each column")
        )
        self.filter_row.setCheckable(True)
        self.filter_row.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        area.addAction(self.filter_row)
        self.filter_column = self._action(
            "filterColumnAction", self.tr("Filter this col&umn"), "Alt+Down"
        )
        self.filter_column.setStatusTip(self.tr("Go to the filter of the current cell's column"))
        self.filter_column.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        table.addAction(self.filter_column)
        self._columns = table.column_choice.submenu(self.tr("&Columns"), table)
        self.filter_row.toggled.connect(row.set_shown)
        self.filter_row.setChecked(settings is None or settings.value(self._key) != "0")
        self.filter_row.toggled.connect(self._remember)
        self.filter_column.triggered.connect(self._filter_column)

    def all(self) -> list[QAction]:
        """In the order of the menu."""
        return [self.filter_row, self.filter_column, self._columns.menuAction()]

    def _action(self, name: str, text: str, key: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        action.setShortcut(QKeySequence(key))
        return action

    def _remember(self, shown: bool) -> None:
        if self._settings is not None:
            self._settings.setValue(self._key, "1" if shown else "0")

    def _filter_column(self) -> None:
        self.filter_row.setChecked(True)
        self._row.enter(self._table.currentIndex().column())
