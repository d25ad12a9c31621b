"""The one view of all tables: dense rows, rows selected as a whole, keyboard like a list's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QSettings,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QHideEvent,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from mailadmin.ui.table.cell_delegate import CellDelegate
from mailadmin.ui.table.columns import TableColumns
from mailadmin.ui.table.filter_header import FilterHeader
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.table.row_changes import RowChanges
from mailadmin.ui.table.selection import RowSelection

T = TypeVar("T")

_ROW_PADDING = 8  # pixels above and below a line of text together
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TableView(QTableView, Generic[T]):
    """Shows a `TableModel`. Columns and order are remembered in `settings`.

    While rows come and go the same rows stay selected and, unless the user is at the top, the
    same rows stay on screen.
    """

    rowActivated = Signal(int)  # ID of the row that was double-clicked or chosen with Enter
    selectionSized = Signal(int)  # how many rows are selected now

    def __init__(
        self,
        model: TableModel[T],
        *,
        object_name: str,
        accessible_name: str,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._context_actions: list[QAction | None] = []
        self._top_after = -1  # the row on top once the model has changed
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name)
        self.filter_header = FilterHeader(self)
        self.setHorizontalHeader(self.filter_header)
        self.setModel(model)
        model.set_active(False)  # until it is shown
        self.setItemDelegate(CellDelegate(model, self))
        self._set_up_look()
        self.column_choice = TableColumns(self, model, settings)
        self.setSortingEnabled(True)
        self.verticalScrollBar().valueChanged.connect(self._tell_rows_in_view)
        model.changesAboutToApply.connect(self._keep_place)
        model.changesApplied.connect(self._return_to_place)
        model.modelReset.connect(self._go_to_top)
        self._selection = RowSelection(self, model)
        self._selection.sized.connect(self.selectionSized)
        self.selected_ids = self._selection.ids
        self.selected_count = self._selection.count
        self.select_ids = self._selection.select
        self.doubleClicked.connect(self._activate)

    def _set_up_look(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._set_row_height()

    def _set_row_height(self) -> None:
        rows = self.verticalHeader()
        line = self.fontMetrics().height()
        self.setIconSize(QSize(line, line))
        height = line + _ROW_PADDING
        rows.setMinimumSectionSize(height)
        rows.setDefaultSectionSize(height)

    # the selection ------------------------------------------------------------------------------

    def table_model(self) -> TableModel[T]:
        """The model, with its type."""
        return self._model

    def selected_values(self, limit: int = 500) -> list[T]:
        """The selected rows as last read, up to `limit`; rows never read are left out."""
        values = (self._model.value_of(row_id) for row_id in self.selected_ids()[:limit])
        return [value for value in values if value is not None]

    def current_value(self) -> T | None:
        """The row with the focus, as last read."""
        index = self.currentIndex()
        return self._model.value_at(index.row()) if index.isValid() else None

    def selectAll(self) -> None:
        """Select all rows found. Those that are not known yet follow as soon as they are."""
        super().selectAll()
        self._selection.await_all()

    # what a user does ---------------------------------------------------------------------------

    def set_context_actions(self, actions: Sequence[QAction | None]) -> None:
        """What the context menu offers; None is a separator."""
        self._context_actions = list(actions)

    def context_menu(self) -> QMenu:
        """The menu of the selected rows."""
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}ContextMenu")
        for action in self._context_actions:
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the context menu at the mouse or, from the keyboard, at the current row."""
        position = event.globalPos()
        if event.reason() != QContextMenuEvent.Reason.Mouse and self.currentIndex().isValid():
            place = self.visualRect(self.currentIndex()).bottomLeft()
            position = self.viewport().mapToGlobal(place)
        menu = self.context_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the current row."""
        if (
            event.key() in _ENTER_KEYS
            and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            self._activate(self.currentIndex())
            event.accept()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Nothing: Qt would read every row of the table in the GUI thread."""
        del search

    def _activate(self, index: QModelIndex) -> None:
        if index.isValid():
            self.rowActivated.emit(self._model.id_at(index.row()))

    def save_state(self) -> None:
        """Write the columns and the order to the settings now."""
        self.column_choice.save()

    # staying in place ---------------------------------------------------------------------------

    def rows_in_view(self) -> range:
        """Rows that are at least partly on screen."""
        first = self.rowAt(0)
        if first < 0:
            return range(0)
        last = self.rowAt(self.viewport().height() - 1)
        return range(first, (self._model.total if last < 0 else last + 1))

    def _tell_rows_in_view(self) -> None:
        self._model.set_in_view(self.rows_in_view())

    def _keep_place(self, changes: RowChanges) -> None:
        top = self.verticalScrollBar().value()
        self._top_after = -1
        if top > 0:  # at the top new rows are welcome to push the others down
            for row in self.rows_in_view():
                placed = changes.row_after(row)
                if placed >= 0:
                    self._top_after = max(0, placed - (row - top))
                    break

    def _return_to_place(self) -> None:
        if self._top_after >= 0:
            self._scroll_to_row(self._top_after)
        self._tell_rows_in_view()

    def _go_to_top(self) -> None:
        self._scroll_to_row(self._model.top_after_reset)
        self._tell_rows_in_view()

    def _scroll_to_row(self, row: int) -> None:
        self.executeDelayedItemsLayout()
        self.updateGeometries()
        self.verticalScrollBar().setValue(row)

    # events -------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer rows fit."""
        super().resizeEvent(event)
        self._tell_rows_in_view()

    def showEvent(self, event: QShowEvent) -> None:
        """The tab came to the front."""
        super().showEvent(event)
        self._tell_rows_in_view()
        self._model.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Another tab is in front."""
        super().hideEvent(event)
        self._model.set_active(False)

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs another row height."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._set_row_height()


AnyTableView = TableView[Any]
