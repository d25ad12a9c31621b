"""The one view of all tables: dense rows, rows selected as a whole, keyboard like a list's."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSettings,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
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
from mailadmin.ui.table.row_finding import Run

T = TypeVar("T")

_ROW_PADDING = 8  # pixels above and below a line of text together
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOST_PIECES = 5000  # of a selection
_Flag = QItemSelectionModel.SelectionFlag


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
        self._selected_after: list[Run] = []  # where they will be once the model has changed
        self._current_after = self._top_after = -1
        self._kept: tuple[array[int], int] = (array("q"), -1)  # selected IDs, the current one
        self._awaited = False  # rows of `_kept` may be among those that are not known yet
        self._all_awaited = False  # all rows are to be selected, once all of them are known
        self._selections = 0  # counts what was selected: what is found late may be out of date
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
        self._report = QTimer(self, singleShot=True, interval=0)
        self._report.timeout.connect(self._tell_selection)
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        self.verticalScrollBar().valueChanged.connect(self._tell_rows_in_view)
        model.changesAboutToApply.connect(self._keep_place)
        model.changesApplied.connect(self._return_to_place)
        model.modelAboutToBeReset.connect(self._keep_selection)
        model.modelReset.connect(self._return_selection)
        model.queryChanged.connect(self._forget_all)
        model.completed.connect(self._completed)
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

    def selected_ids(self) -> array[int]:
        """IDs of the selected rows in table order; none before all of them are known.

        What is to be done to the rows would reach some of them only.
        """
        ids: array[int] = array("q")
        for run in self._known_runs():
            ids += self._model.ids[run.first : run.end]
        return ids

    def selected_count(self) -> int:
        """How many rows are selected: as many as `selected_ids` are."""
        return sum(run.end - run.first for run in self._known_runs())

    def selected_values(self, limit: int = 500) -> list[T]:
        """The selected rows as last read, up to `limit`; rows never read are left out."""
        values = (self._model.value_of(row_id) for row_id in self.selected_ids()[:limit])
        return [value for value in values if value is not None]

    def current_value(self) -> T | None:
        """The row with the focus, as last read."""
        index = self.currentIndex()
        return self._model.value_at(index.row()) if index.isValid() else None

    def select_ids(self, row_ids: Iterable[int], *, current: int | None = None) -> None:
        """Select these rows, as far as they are found, and put the focus on row `current`."""
        self._forget_earlier()
        row = -1 if current is None else self._model.row_of(current)
        if row >= 0:
            self._set_current(row)
        wanted = array("q", row_ids)
        if len(wanted) == 1:
            row = self._model.row_of(wanted[0])
            self._select_runs([Run(row, row + 1)] if row >= 0 else [])
        else:
            self._model.find(wanted, partial(self._select_found, self._selections))

    def _select_found(self, selections: int, runs: list[Run]) -> None:
        if selections == self._selections:  # and nothing else was selected meanwhile
            self._select_runs(runs)

    def selectAll(self) -> None:
        """Select all rows found. Those that are not known yet follow as soon as they are."""
        super().selectAll()
        self._forget_earlier()
        model = self._model
        self._all_awaited = not (model.complete and model.shows_query)
        self._report.start()

    def _forget_all(self) -> None:
        if self._all_awaited:  # all of what was found before
            self.clearSelection()

    def _completed(self) -> None:
        self._return_awaited()
        if self._all_awaited:
            self._all_awaited = self._awaited = False
            self._select_all_quietly()

    def _select_all_quietly(self) -> None:
        total = self._model.total
        self._select_quietly([Run(0, total)] if total else [])

    def _set_current(self, row: int) -> None:
        column = max(0, self.currentIndex().column())
        self.selectionModel().setCurrentIndex(self._model.index(row, column), _Flag.NoUpdate)

    def _set_current_quietly(self, row: int) -> None:
        """Put the focus on a row without scrolling there."""
        self.setAutoScroll(False)
        self._set_current(row)
        self.setAutoScroll(True)

    def _select_runs(self, runs: Sequence[Run]) -> None:
        """Select these rows and no others. More pieces than Qt can bear are too many to keep."""
        last = self._model.columnCount() - 1
        selection = QItemSelection()
        for run in runs if len(runs) <= _MOST_PIECES else ():
            selection.select(self._model.index(run.first, 0), self._model.index(run.end - 1, last))
        self.selectionModel().select(selection, _Flag.ClearAndSelect)
        self._report.start()

    def _select_quietly(self, runs: Sequence[Run]) -> None:
        """Select the rows that were selected already, where they are now: news for nobody."""
        with QSignalBlocker(self.selectionModel()):
            self._select_runs(runs)
        self.viewport().update()

    def _selection_changed(self) -> None:
        self._forget_earlier()
        self._report.start()

    def _forget_earlier(self) -> None:
        """What was to be selected and is not found yet isn't wanted any more."""
        self._awaited = self._all_awaited = False
        self._selections += 1

    def _tell_selection(self) -> None:
        self.selectionSized.emit(self.selected_count())

    def _selected_runs(self) -> list[Run]:
        """Selected rows as ascending runs that don't touch."""
        runs: list[Run] = []
        selection = self.selectionModel().selection().toList()
        for first, end in sorted((chosen.top(), chosen.bottom() + 1) for chosen in selection):
            if runs and first <= runs[-1].end:
                runs[-1] = Run(runs[-1].first, max(end, runs[-1].end))
            else:
                runs.append(Run(first, end))
        return runs

    def _known_runs(self) -> list[Run]:
        """The same, but none while some of the rows are not known yet."""
        runs = self._selected_runs()
        known = not runs or runs[-1].end <= len(self._model.ids)
        return runs if known and not self._all_awaited else []

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
        current = self.currentIndex().row()
        total = self._model.total
        self._current_after = -1 if current < 0 else changes.row_instead(current, total)
        self._selected_after = changes.runs_after(self._selected_runs())
        with QSignalBlocker(self.selectionModel()):  # else Qt would note every row selected
            self.selectionModel().clearSelection()

    def _return_to_place(self) -> None:
        if self._top_after >= 0:
            self._scroll_to_row(self._top_after)
        if self._current_after >= 0 and not self.currentIndex().isValid():
            self._set_current_quietly(self._current_after)
        self._select_quietly(self._selected_after)
        self._tell_rows_in_view()

    def _scroll_to_row(self, row: int) -> None:
        self.executeDelayedItemsLayout()
        self.updateGeometries()
        self.verticalScrollBar().setValue(row)

    def _keep_selection(self) -> None:
        if not self._awaited:
            index = self.currentIndex()
            current = self._model.id_at(index.row()) if index.isValid() else -1
            self._kept = (self.selected_ids(), current)

    def _return_selection(self) -> None:
        self._scroll_to_row(self._model.top_after_reset)
        self._report.start()
        self._tell_rows_in_view()
        selected, current = self._kept
        self._awaited = bool(selected) or current >= 0
        if self._all_awaited:
            self._select_all_quietly()  # as far as they are known
        self._return_awaited()

    def _return_awaited(self) -> None:
        if not self._awaited:
            return
        selected, current = self._kept
        if not self._all_awaited:
            self._model.find(selected, self._selection_found)
        if current >= 0:
            self._model.find(array("q", [current]), self._current_found)

    def _selection_found(self, runs: list[Run]) -> None:
        if self._awaited:  # and nothing else was selected meanwhile
            self._select_quietly(runs)
            self._awaited = not self._model.complete

    def _current_found(self, runs: list[Run]) -> None:
        if runs and not self.currentIndex().isValid():
            self._set_current_quietly(runs[0].first)

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
