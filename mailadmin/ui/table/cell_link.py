"""The way from a cell to what belongs to it: a small button in the cell under the mouse."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QToolButton

from mailadmin.ui.table.view import TableView
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons


class CellLink(QToolButton):
    """Appears at the end of the cells of one column while the mouse is over them.

    The rest of the cell stays what it is: a click there selects the row. With the keyboard the same
    is reached by a command of the tab.
    """

    followed = Signal(object)  # the row's value

    def __init__(self, table: TableView[Any], key: str, icons: Icons, icon: IconName) -> None:
        super().__init__(table)  # a child of the viewport would be scrolled with the rows
        self._table = table
        self._section = next(
            number for number, column in enumerate(table.table_model().columns) if column.key == key
        )
        self._index = QPersistentModelIndex()
        self.setObjectName(f"{key}Link")
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        icons.put(self, icon)
        self.hide()
        table.viewport().setMouseTracking(True)
        table.viewport().installEventFilter(self)
        table.verticalScrollBar().valueChanged.connect(self.hide)
        table.horizontalScrollBar().valueChanged.connect(self.hide)
        table.table_model().changesApplied.connect(self.hide)
        table.table_model().modelReset.connect(self.hide)
        self.clicked.connect(self._follow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go with the mouse."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            self._show_in(self._table.indexAt(event.position().toPoint()))
        elif event.type() == QEvent.Type.Leave and not self.underMouse():
            self.hide()
        return super().eventFilter(watched, event)

    def _show_in(self, index: QModelIndex) -> None:
        row = self._table.table_model().value_at(index.row()) if index.isValid() else None
        if row is None or index.column() != self._section:
            self.hide()
            return
        self._index = QPersistentModelIndex(index)
        cell = self._table.visualRect(index)
        side = cell.height()
        cell.translate(self._table.viewport().pos())
        at_the_end = self.layoutDirection() == Qt.LayoutDirection.LeftToRight
        left = cell.right() - side + 1 if at_the_end else cell.left()
        self.setGeometry(left, cell.top(), side, side)
        self.show()

    def _follow(self) -> None:
        if self._index.isValid():
            row = self._table.table_model().value_at(self._index.row())
            if row is not None:
                self.followed.emit(row)
        self.hide()
