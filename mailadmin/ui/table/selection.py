"""The rows that are selected in a table, and the current one, while rows come and go."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QObject,
    QSignalBlocker,
    QTimer,
    Signal,
)
from PySide6.QtWidgets import QTableView

from mailadmin.ui.table.model import TableModel
from mailadmin.ui.table.row_changes import RowChanges
from mailadmin.ui.table.row_finding import Run

_MOST_PIECES = 5000  # of a selection
_Flag = QItemSelectionModel.SelectionFlag


class RowSelection(QObject):
    """Keeps the same rows selected in `view`, which shows `model`.

    Rows that were selected in another order, or before a filter, are selected again as soon as
    they are found.
    """

    sized = Signal(int)  # how many rows are selected now

    def __init__(self, view: QTableView, model: TableModel[Any]) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._qt = view.selectionModel()
        self._selected_after: list[Run] = []  # where they will be once the model has changed
        self._current_after = -1
        self._kept: tuple[array[int], int] = (array("q"), -1)  # selected IDs, the current one
        self._awaited = False  # rows of `_kept` may be among those that are not known yet
        self._all_awaited = False  # all rows are to be selected, once all of them are known
        self._selections = 0  # counts what was selected: what is found late may be out of date
        self._report = QTimer(self, singleShot=True, interval=0)
        self._report.timeout.connect(self._tell_size)
        self._qt.selectionChanged.connect(self._selection_changed)
        model.changesAboutToApply.connect(self._note_places)
        model.changesApplied.connect(self._return_to_places)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._return)
        model.queryChanged.connect(self._forget_all)
        model.completed.connect(self._completed)

    def ids(self) -> array[int]:
        """IDs of the selected rows in table order; none before all of them are known.

        What is to be done to the rows would reach some of them only.
        """
        ids: array[int] = array("q")
        for run in self._known_runs():
            ids += self._model.ids[run.first : run.end]
        return ids

    def count(self) -> int:
        """How many rows are selected: as many as `ids` are."""
        return sum(run.end - run.first for run in self._known_runs())

    def select(self, row_ids: Iterable[int], *, current: int | None = None) -> None:
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

    def await_all(self) -> None:
        """All rows known were selected: select those that are not known yet as soon as they are."""
        self._forget_earlier()
        model = self._model
        self._all_awaited = not (model.complete and model.shows_query)
        self._report.start()

    def _select_found(self, selections: int, runs: list[Run]) -> None:
        if selections == self._selections:  # and nothing else was selected meanwhile
            self._select_runs(runs)

    def _select_all_quietly(self) -> None:
        total = self._model.total
        self._select_quietly([Run(0, total)] if total else [])

    def _set_current(self, row: int) -> None:
        column = max(0, self._view.currentIndex().column())
        self._qt.setCurrentIndex(self._model.index(row, column), _Flag.NoUpdate)

    def _set_current_quietly(self, row: int) -> None:
        """Put the focus on a row without scrolling there."""
        self._view.setAutoScroll(False)
        self._set_current(row)
        self._view.setAutoScroll(True)

    def _select_runs(self, runs: Sequence[Run]) -> None:
        """Select these rows and no others. More pieces than Qt can bear are too many to keep."""
        last = self._model.columnCount() - 1
        selection = QItemSelection()
        for run in runs if len(runs) <= _MOST_PIECES else ():
            selection.select(self._model.index(run.first, 0), self._model.index(run.end - 1, last))
        self._qt.select(selection, _Flag.ClearAndSelect)
        self._report.start()

    def _select_quietly(self, runs: Sequence[Run]) -> None:
        """Select the rows that were selected already, where they are now: news for nobody."""
        with QSignalBlocker(self._qt):
            self._select_runs(runs)
        self._view.viewport().update()

    def _selection_changed(self) -> None:
        self._forget_earlier()
        self._report.start()

    def _forget_earlier(self) -> None:
        """What was to be selected and is not found yet isn't wanted any more."""
        self._awaited = self._all_awaited = False
        self._selections += 1

    def _tell_size(self) -> None:
        self.sized.emit(self.count())

    def _selected_runs(self) -> list[Run]:
        """Selected rows as ascending runs that don't touch."""
        runs: list[Run] = []
        selection = self._qt.selection().toList()
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

    # the table is another one -------------------------------------------------------------------

    def _note_places(self, changes: RowChanges) -> None:
        current = self._view.currentIndex().row()
        total = self._model.total
        self._current_after = -1 if current < 0 else changes.row_instead(current, total)
        self._selected_after = changes.runs_after(self._selected_runs())
        with QSignalBlocker(self._qt):  # else Qt would note every row selected
            self._qt.clearSelection()

    def _return_to_places(self) -> None:
        if self._current_after >= 0 and not self._view.currentIndex().isValid():
            self._set_current_quietly(self._current_after)
        self._select_quietly(self._selected_after)

    def _keep(self) -> None:
        if not self._awaited:
            index = self._view.currentIndex()
            current = self._model.id_at(index.row()) if index.isValid() else -1
            self._kept = (self.ids(), current)

    def _return(self) -> None:
        self._report.start()
        selected, current = self._kept
        self._awaited = bool(selected) or current >= 0
        if self._all_awaited:
            self._select_all_quietly()  # as far as they are known
        self._return_awaited()

    def _forget_all(self) -> None:
        if self._all_awaited:  # all of what was found before
            self._view.clearSelection()

    def _completed(self) -> None:
        self._return_awaited()
        if self._all_awaited:
            self._all_awaited = self._awaited = False
            self._select_all_quietly()

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
        if runs and not self._view.currentIndex().isValid():
            self._set_current_quietly(runs[0].first)
