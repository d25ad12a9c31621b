"""The one model of all tables: a snapshot of row IDs, and the values of the rows looked at.

The IDs of all rows found are kept in sort order, 8 bytes each; values are read by ID in pages and
a bounded number is kept. All reading happens in background threads: the first look at a row gives
a placeholder and asks for its page. Of another table the first rows come at once and the order of
all of them a moment later; until then the rows below are placeholders, or missing if not even their
number is known. `refresh()` takes a new snapshot and applies the smallest change, so that
selection, current row and scroll position stay where they are.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon

from mailadmin.tables.query import TableQuery
from mailadmin.ui.table.column import ShownColumn
from mailadmin.ui.table.known_rows import KnownRows
from mailadmin.ui.table.page_reader import PAGE, PageReader
from mailadmin.ui.table.reading_schedule import ReadingSchedule
from mailadmin.ui.table.row_cache import RowCache
from mailadmin.ui.table.row_changes import RowChanges
from mailadmin.ui.table.row_finding import Run, places_of
from mailadmin.ui.table.snapshot import (
    FirstRows,
    RowSource,
    Shown,
    Snapshot,
    read_first_rows,
    read_snapshot,
)
from mailadmin.ui.threads.background import Background

T = TypeVar("T")

CACHED_ROWS = 4096
FIRST_ROWS = range(PAGE)  # in view before a view says what it shows
PLACEHOLDER = "…"  # in cells that were not read yet
SMALL = 20_000  # rows up to which a table is kept fresh while nobody sees it

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_DECORATION = int(Qt.ItemDataRole.DecorationRole)
_TOOLTIP = int(Qt.ItemDataRole.ToolTipRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_ID = int(Qt.ItemDataRole.UserRole)
_VALUE = _ID + 1
_ANSWERED = frozenset((_DISPLAY, _DECORATION, _TOOLTIP, _ALIGNMENT, _ID, _VALUE))

# signature of the layout's signals
_WITH_HINT = ("QList<QPersistentModelIndex>", "QAbstractItemModel::LayoutChangeHint")
_ROWS_MOVE = QAbstractItemModel.LayoutChangeHint.VerticalSortHint  # and columns stay

_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class TableModel(QAbstractTableModel, Generic[T]):
    """Rows of type `T` from `source`, one column per `ShownColumn`. Lives in the GUI thread.

    `row_id` gives the ID the source knows a row by.
    """

    ID_ROLE = _ID  # int
    VALUE_ROLE = _VALUE  # T, or None while it is not read yet

    totalChanged = Signal(int)
    queryChanged = Signal()
    loadedFirst = Signal()  # the first rows are there
    completed = Signal()  # all rows are known, not the first alone
    failed = Signal(object)  # the KnownError a reading ended with
    recovered = Signal()  # the first snapshot after a failure is there
    changesAboutToApply = Signal(object)  # RowChanges
    changesApplied = Signal()

    def __init__(
        self,
        columns: Sequence[ShownColumn[T]],
        source: RowSource[T],
        background: Background,
        *,
        row_id: Callable[[T], int],
        query: TableQuery | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._source = source
        self._background = background
        self._row_id = row_id
        self._query = query or TableQuery()
        self._shown_query: TableQuery | None = None  # the query `_rows` answer
        self._rows = KnownRows()
        self.id_at = self._rows.id_at
        self.row_of = self._rows.row_of
        self._active = True
        self._stale = False  # there is something to read once it is active
        self._in_view = FIRST_ROWS
        self.top_after_reset = 0  # the row a view should have on top then
        self._loaded = False
        self._cache: RowCache[T] = RowCache(CACHED_ROWS)
        self._readings = ReadingSchedule(background, self)
        self._readings.due.connect(self._read)
        self._readings.failed.connect(self.failed)
        self._readings.recovered.connect(self._recover)
        self._pages: PageReader[T] = PageReader(source, row_id, background, self._cache, self)
        self._pages.arrived.connect(self._values_arrived)
        self._pages.missing.connect(self.refresh)
        self._pages.failed.connect(self._readings.note_failure)

    # what is shown ------------------------------------------------------------------------------

    @property
    def columns(self) -> tuple[ShownColumn[T], ...]:
        """All columns, shown or not."""
        return self._columns

    @property
    def source(self) -> RowSource[T]:
        """Where the rows come from; for reading many of them in the background."""
        return self._source

    @property
    def query(self) -> TableQuery:
        """Order and filter that were asked for."""
        return self._query

    @property
    def shows_query(self) -> bool:
        """Whether the rows are those of `query`, and not of the one before."""
        return self._query == self._shown_query

    @property
    def filtered(self) -> bool:
        """Whether rows may be hidden by a search or a filter."""
        return self._query.filtered

    @property
    def total(self) -> int:
        """Rows found; while `counting`, those found so far."""
        return self._rows.total

    @property
    def complete(self) -> bool:
        """Whether all rows are known, and not the first ones alone."""
        return self._rows.complete and self._loaded

    @property
    def counting(self) -> bool:
        """Whether it is not known yet how many rows there are."""
        return self._rows.counting

    @property
    def loaded(self) -> bool:
        """Whether a snapshot was read at all."""
        return self._loaded

    @property
    def ids(self) -> array[int]:
        """IDs of all rows in order. Not to be changed."""
        return self._rows.ids

    def value_at(self, row: int) -> T | None:
        """What was last read of a row, without asking for it."""
        return self._cache.get(self.id_at(row))

    def value_of(self, row_id: int) -> T | None:
        """What was last read of the row with this ID, without asking for it."""
        return self._cache.get(row_id)

    def find(self, row_ids: array[int], found: Callable[[list[Run]], object]) -> None:
        """Tell where those of the rows are that are found: at once, or a moment later if many."""
        ids = self._rows.ids
        if len(ids) <= SMALL and len(row_ids) <= SMALL:
            found(places_of(ids, row_ids))
            return

        def tell(runs: list[Run]) -> None:
            if self._rows.ids is ids:
                found(runs)
            else:  # rows came or went meanwhile
                self.find(row_ids, found)

        look = partial(places_of, ids, row_ids, breaks=True)
        self._background.run(look, tell, owner=self, long=True)

    # what is asked for --------------------------------------------------------------------------

    def set_query(self, query: TableQuery) -> None:
        """Show what `query` finds as soon as it is read."""
        if query == self._query:
            return
        self._query = query
        self.queryChanged.emit()
        self._readings.start_over()
        self.refresh()

    def set_search(self, text: str) -> None:
        """Show only rows that hold `text`."""
        self.set_query(replace(self._query, search=text))

    def set_in_view(self, rows: range) -> None:
        """Say which rows are on screen: they are kept fresh."""
        self._in_view = rows
        self._pages.set_in_view(rows)

    def set_active(self, active: bool) -> None:
        """Whether anybody sees the table. A long one is read again only when somebody does."""
        self._active = active
        if active and self._stale:
            self.refresh()

    def refresh(self) -> None:
        """Look at the source again soon. Cheap: calls in quick succession make one reading."""
        if not self._active and self.total > SMALL and self._query == self._shown_query:
            self._stale = True
            return
        self._stale = False
        self._readings.ask()

    # Qt's side ----------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """Rows found; cells have no children."""
        return 0 if parent.isValid() else self.total

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:
        """All columns, shown or not."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: _Index, role: int = _DISPLAY) -> object:
        """One aspect of a cell; a placeholder until the row was read."""
        if role not in _ANSWERED or not index.isValid():  # Qt asks for many roles more
            return None
        column = self._columns[index.column()]
        if role == _ALIGNMENT:
            return column.align
        row_id = self.id_at(index.row())
        if role == self.ID_ROLE:
            return row_id
        if role == self.VALUE_ROLE:
            return self._cache.get(row_id)
        text, icon, row = self._look(index.row(), row_id, column)
        if role == _DISPLAY:
            return text
        if role == _DECORATION:
            return icon
        return None if row is None else column.hint(row)

    def cell(self, row: int, column: int) -> tuple[str, QIcon | None]:
        """Text and icon of a cell, as `data` gives them."""
        return self._look(row, self.id_at(row), self._columns[column])[:2]

    def _look(
        self, row: int, row_id: int, column: ShownColumn[T]
    ) -> tuple[str, QIcon | None, T | None]:
        if not row_id:
            return PLACEHOLDER, None, None
        values, fresh = self._cache.use(row_id)
        if not fresh:
            self._pages.want(row)
        if values is None:
            return str(row_id) if column.key == "id" else PLACEHOLDER, None, None
        return column.display(values), column.icon(values), values

    def index(self, row: int, column: int, parent: _Index = _NO_PARENT) -> QModelIndex:
        """The index of a cell; Qt's own asks for the numbers of rows and columns each time."""
        if parent.isValid() or not (0 <= row < self.total and 0 <= column < len(self._columns)):
            return QModelIndex()
        return self.createIndex(row, column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        """Title and alignment of a column; rows have no header."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        if role == _DISPLAY:
            return self._columns[section].heading()
        if role == _ALIGNMENT:
            return self._columns[section].align
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Let the source sort by a column."""
        if 0 <= column < len(self._columns) and self._columns[column].sortable:
            descending = order == Qt.SortOrder.DescendingOrder
            key = self._columns[column].key
            self.set_query(replace(self._query, sort=key, descending=descending))

    # reading ------------------------------------------------------------------------------------

    def _read(self) -> None:
        if self._query != self._shown_query:
            self._readings.run(
                partial(read_first_rows, self._source, self._row_id, self._query, PAGE),
                self._take_first_rows,
            )
            return
        shown = Shown(self._rows.ids, self._rows.below, self._in_view)
        self._readings.run(
            partial(read_snapshot, self._source, self._row_id, self._query, shown),
            self._take,
            long=True,
        )

    def _take_first_rows(self, first: FirstRows[T]) -> None:
        self._apply_first_rows(first)
        # Who heard of the rows may have asked for others meanwhile.
        if self._query == self._shown_query and not self._rows.complete:
            self._stale = not self._active and self.total > SMALL
            if not self._stale:
                self._read()

    def _take(self, snapshot: Snapshot[T]) -> None:
        self._readings.rest_after(snapshot.seconds)
        self._apply(snapshot)

    def _apply_first_rows(self, first: FirstRows[T]) -> None:
        """Show the top of another table."""
        self._cache.age()
        for key, row in first.rows.items():
            self._cache.put(key, row)
        total = first.head.total
        ids = array("q", first.head.ids)
        self.top_after_reset = 0
        self.beginResetModel()
        below = 0 if total is None else total - len(ids)
        self._set_rows(ids, below=below, complete=total == len(ids))
        self._shown_query = first.query
        self.endResetModel()
        self._tell_total()
        if self._rows.complete:
            self.completed.emit()

    def _apply(self, snapshot: Snapshot[T]) -> None:
        before = self.total
        counting = self.counting
        completes = not self._rows.complete
        self._cache.age()
        changed = [key for key, row in snapshot.rows.items() if self._cache.put(key, row)]
        if snapshot.changes is None:
            # who scrolled meanwhile stays there
            same_view = snapshot.in_view == self._in_view
            self.top_after_reset = snapshot.top if same_view else self._in_view.start
            self.beginResetModel()
            self._set_rows(snapshot.ids)
            self.endResetModel()
        elif snapshot.changes or completes:
            self._change_rows(snapshot.ids, snapshot.changes)
        if changed or completes:
            self._tell_values(self._in_view)
        if before != self.total or counting:
            self._tell_total()
        if completes:
            self.completed.emit()

    def _recover(self) -> None:
        self._tell_values(self._in_view)  # perhaps a page of them could not be read
        self.recovered.emit()

    def _set_rows(self, ids: array[int], *, below: int = 0, complete: bool = True) -> None:
        self._rows.replace(ids, below=below, complete=complete)
        self._pages.rows_changed(ids)

    def _change_rows(self, ids: array[int], changes: RowChanges) -> None:
        """One change of the layout: each removal or insertion on its own would move a million rows.

        Qt allows the number of rows to be another one afterwards.
        """
        self.changesAboutToApply.emit(changes)
        self.layoutAboutToBeChanged[_WITH_HINT].emit([], _ROWS_MOVE)  # type: ignore[index]
        self._set_rows(ids)
        moved_from = self.persistentIndexList()
        moved_to: list[QModelIndex] = []
        for index in moved_from:
            row = changes.row_after(index.row())
            moved_to.append(QModelIndex() if row < 0 else self.index(row, index.column()))
        self.changePersistentIndexList(moved_from, moved_to)
        self.layoutChanged[_WITH_HINT].emit([], _ROWS_MOVE)  # type: ignore[index]
        self.changesApplied.emit()

    def _tell_total(self) -> None:
        self.totalChanged.emit(self.total)
        if not self._loaded:
            self._loaded = True
            self.loadedFirst.emit()

    def _values_arrived(self, rows: range) -> None:
        self._tell_values(rows)

    def _tell_values(self, rows: range) -> None:
        last = min(rows.stop, len(self._rows.ids)) - 1
        if rows.start <= last and self._columns:
            self.dataChanged.emit(
                self.index(rows.start, 0), self.index(last, len(self._columns) - 1)
            )
