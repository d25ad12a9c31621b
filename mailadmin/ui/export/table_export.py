"""Writes any number of rows of a table to a file, with progress and Cancel."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from mailadmin.domain.errors import KnownError
from mailadmin.export.column import ExportColumn
from mailadmin.export.table_file import Stopped, TableFile, TableFormat
from mailadmin.tables.query import TableQuery
from mailadmin.ui.table.snapshot import RowSource
from mailadmin.ui.threads.background import Background
from mailadmin.ui.words.file_problems import writing

T = TypeVar("T")

_ROWS_AT_ONCE = 250  # more make the window less smooth, fewer make the export slower
_TOLD_EVERY = 0.25  # seconds between two reports of progress


@dataclass(frozen=True)
class ExportTarget:
    """The file to write to, and its format. `bom` is for CSV."""

    path: Path
    form: TableFormat
    bom: bool = False


class TableExport(QObject):
    """One export of the rows with these IDs, or of all rows that a query finds, in its order.

    Rows are read a few at a time, beside other long readings, and written in other threads, so that
    no table waits for a slow disk. The file appears under its name when it is complete; until then,
    and if the export fails or is cancelled, no file of that name is touched. A row that is deleted
    during the export is left out.
    """

    progressed = Signal(int, int)  # rows written, rows to be written
    completing = Signal()  # all rows are written; the file is put together
    finished = Signal(int)  # rows written
    failed = Signal(object)  # KnownError
    cancelled = Signal()

    def __init__(
        self,
        source: RowSource[Any],
        rows: TableQuery | array[int],
        columns: Sequence[ExportColumn[Any]],
        target: ExportTarget,
        *,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._rows = rows
        self._columns = list(columns)
        self._target = target
        self._background = background
        self._file: TableFile[Any] | None = None
        self._ids: array[int] = array("q")
        self._written = 0
        self._next = 0
        self._told = 0.0
        self._steps = 0
        self._stopped = False
        self._concluded = False

    def start(self) -> None:
        """Begin the export."""
        self._write(self._open, self._find)

    def cancel(self) -> None:
        """Stop soon, and leave no file."""
        self._stopped = True
        if self._file is not None:
            self._file.stop()

    def _find(self, file: TableFile[Any]) -> None:
        self._file = file
        if isinstance(self._rows, TableQuery):
            self._read(partial(self._source.ids, self._rows), self._begin)
        else:
            self._begin(self._rows)

    def _begin(self, ids: array[int]) -> None:
        self._ids = ids
        self._go_on(0)

    def _go_on(self, written: int) -> None:
        assert self._file is not None  # noqa: S101 - opened first
        self._written += written
        if self._stopped:
            self._end(self.cancelled.emit)
        elif self._next < len(self._ids):
            self._tell_progress()
            some = self._ids[self._next : self._next + _ROWS_AT_ONCE]
            self._next += len(some)
            self._read(partial(self._source.rows, some), self._write_rows)
        else:
            self.completing.emit()
            finish = partial(self.finished.emit, self._written)
            self._write(self._file.complete, lambda _: self._conclude(finish))

    def _write_rows(self, rows: list[Any]) -> None:
        assert self._file is not None  # noqa: S101
        self._write(partial(self._file.write, rows), self._go_on)

    def _tell_progress(self) -> None:
        now = time.monotonic()
        if now - self._told >= _TOLD_EVERY:
            self._told = now
            self.progressed.emit(self._next, len(self._ids))

    def _give_up(self, error: KnownError) -> None:
        self._end(self.cancelled.emit if self._stopped else partial(self.failed.emit, error))

    def _end(self, tell: Callable[[], object]) -> None:
        if self._file is None:
            self._conclude(tell)
        else:
            self._write(self._file.discard, lambda _: self._conclude(tell))

    def _conclude(self, tell: Callable[[], object]) -> None:
        self._concluded = True
        tell()

    # where it is done ---------------------------------------------------------------------------

    def _read(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        self._background.run(
            work, done, self._give_up, owner=self, ended=self._next_step(), long=True
        )

    def _write(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Do `work` in a thread of its own: a disk may not answer."""
        self._background.run_detached(
            partial(_unless_stopped, work),
            done,
            self._give_up,
            owner=self,
            ended=self._next_step(),
        )

    def _next_step(self) -> Callable[[], None]:
        self._steps += 1
        step = self._steps

        def ended() -> None:
            if self._steps == step and not self._concluded:  # after a bug, reported elsewhere
                self._concluded = True
                self._end(self.cancelled.emit)

        return ended

    def _open(self) -> TableFile[Any]:
        target = self._target
        return TableFile(target.path, target.form, self._columns, bom=target.bom)


def _unless_stopped(work: Callable[[], T]) -> T:
    """Do `work`, which writes; a stopped file is a normal end of it."""
    try:
        return writing(work)
    except Stopped as error:
        raise KnownError("stopped") from error
