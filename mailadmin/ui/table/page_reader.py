"""Reads the values of rows in pages, in the background, those on screen first."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from mailadmin.domain.errors import KnownError
from mailadmin.ui.table.row_cache import RowCache
from mailadmin.ui.table.snapshot import RowSource, read_rows
from mailadmin.ui.threads.background import Background

T = TypeVar("T")

PAGE = 64  # rows read at once
_WAITING_PAGES = 16  # pages asked for and not read; older ones scrolled out of sight
_PAGES_PER_READING = 4
_AHEAD = PAGE // 2  # rows around those on screen, read before anybody scrolls there


class PageReader(QObject, Generic[T]):
    """Collects what is asked for until the event loop is reached, then reads it.

    While the user drags the scroll bar more pages are asked for than can be read: the newest and
    those on screen win, the others are asked for again should they be looked at again.
    """

    arrived = Signal(object)  # range of rows whose values came
    missing = Signal()  # rows are gone: the snapshot is out of date
    failed = Signal(object)

    def __init__(
        self,
        source: RowSource[T],
        row_id: Callable[[T], int],
        background: Background,
        cache: RowCache[T],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._row_id = row_id
        self._background = background
        self._cache = cache
        self._ids: array[int] = array("q")
        self._edition = 0  # counts snapshots: pages are places, and places change
        self._in_view = range(0)
        self._waiting: dict[int, None] = {}  # page numbers, the one asked for last at the end
        self._reading = False
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._read)

    def rows_changed(self, ids: array[int]) -> None:
        """The rows are others now."""
        self._ids = ids
        self._edition += 1
        self._waiting.clear()

    def set_in_view(self, rows: range) -> None:
        """Rows on screen: they and those a turn of the wheel away are wanted."""
        self._in_view = rows
        for row in (rows.start - _AHEAD, rows.stop + _AHEAD, rows.start, rows.stop - 1):
            if 0 <= row < len(self._ids) and self._ids[row] not in self._cache:
                self.want(row)

    def want(self, row: int) -> None:
        """Ask for the page `row` is on."""
        page = row // PAGE
        if page in self._waiting:
            return
        self._waiting[page] = None
        if len(self._waiting) > _WAITING_PAGES:
            on_screen = self._pages_on_screen()
            oldest = next((each for each in self._waiting if each not in on_screen), None)
            if oldest is not None:
                del self._waiting[oldest]
        if not self._reading and not self._timer.isActive():
            self._timer.start()

    def _pages_on_screen(self) -> range:
        if not self._in_view:
            return range(0)
        return range(self._in_view.start // PAGE, (self._in_view.stop - 1) // PAGE + 1)

    def _read(self) -> None:
        if self._reading or not self._waiting:
            return
        on_screen = self._pages_on_screen()
        newest_first = list(reversed(self._waiting))
        seen = [page for page in newest_first if page in on_screen]
        pages = (seen or newest_first)[:_PAGES_PER_READING]
        for page in pages:
            del self._waiting[page]
        ids = [
            row_id
            for page in pages
            for row_id in self._ids[page * PAGE : (page + 1) * PAGE]
            if not self._cache.is_fresh(row_id)
        ]
        if not ids:
            self._reading_ended()
            return
        self._reading = True
        self._background.run(
            partial(read_rows, self._source, self._row_id, ids),
            partial(self._take, self._edition, pages),
            partial(self._reading_failed, ids),
            owner=self,
            ended=self._reading_ended,
        )

    def _reading_ended(self) -> None:
        self._reading = False
        if self._waiting:
            self._timer.start()

    def _take(self, edition: int, pages: list[int], rows: dict[int, T | None]) -> None:
        gone = False
        for row_id, row in rows.items():
            self._cache.put(row_id, row)
            gone = gone or row is None
        if edition == self._edition:
            for page in pages:
                self.arrived.emit(range(page * PAGE, (page + 1) * PAGE))
        elif self._in_view:
            self.arrived.emit(self._in_view)
        if gone:
            self.missing.emit()

    def _reading_failed(self, ids: list[int], error: KnownError) -> None:
        # Else the next repaint would ask again at once, and so on. Who hears of the failure has the
        # table read again, and then none of its rows counts as just read.
        for row_id in ids:
            self._cache.put(row_id, self._cache.get(row_id))
        self.failed.emit(error)
