"""Writes what a table shows to a CSV file, however many rows that is."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import Any, TextIO

from PySide6.QtCore import QObject, Signal

from mailadmin.core.csv_export import write_csv
from mailadmin.core.errors import QT_TRANSLATE_NOOP, KnownError
from mailadmin.core.export_column import ExportColumn
from mailadmin.core.table_query import TableQuery
from mailadmin.ui.background import Background
from mailadmin.ui.snapshot import RowSource

_ROWS_AT_ONCE = 1000  # between two of these the tables get their turn in the reading thread


class TableExport(QObject):
    """One export: all rows that `query` finds, in its order.

    The file appears under its name when it is complete; until then, and if the export fails or is
    cancelled, nothing of that name is touched.
    """

    progressed = Signal(int, int)  # rows written, rows found
    finished = Signal(int)  # rows written
    failed = Signal(object)  # KnownError
    cancelled = Signal()

    def __init__(
        self,
        source: RowSource[Any],
        query: TableQuery,
        columns: Sequence[ExportColumn[Any]],
        path: Path,
        *,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._query = query
        self._columns = list(columns)
        self._path = path
        self._background = background
        self._ids: array[int] = array("q")
        self._written = 0
        self._next = 0
        self._part: Path | None = None
        self._file: TextIO | None = None
        self._stopped = False

    def start(self) -> None:
        """Begin."""
        self._run(self._open, lambda _: self._go_on())

    def cancel(self) -> None:
        """Stop after the rows being written, and leave no file."""
        self._stopped = True

    def _run(self, work: Callable[[], object], done: Callable[[object], object]) -> None:
        self._background.run(partial(_explained, work), done, self._give_up, owner=self)

    def _go_on(self) -> None:
        if self._stopped:
            self._run(self._discard, lambda _: self.cancelled.emit())
            return
        self.progressed.emit(self._written, len(self._ids))
        if self._next < len(self._ids):
            self._run(self._write_some, lambda _: self._go_on())
        else:
            self._run(self._complete, lambda _: self.finished.emit(self._written))

    def _give_up(self, error: KnownError) -> None:
        self._run(self._discard, lambda _: self.failed.emit(error))

    # in the background --------------------------------------------------------------------------

    def _open(self) -> None:
        handle, name = mkstemp(prefix=f".{self._path.name}.", suffix=".part", dir=self._path.parent)
        self._part = Path(name)
        self._file = os.fdopen(handle, "w", encoding="utf-8", newline="")
        write_csv(self._file, self._columns, [])
        self._ids = self._source.ids(self._query)

    def _write_some(self) -> None:
        assert self._file is not None  # noqa: S101 - opened first
        rows = self._source.rows(self._ids[self._next : self._next + _ROWS_AT_ONCE])
        self._written += write_csv(self._file, self._columns, rows, with_titles=False)
        self._next += _ROWS_AT_ONCE

    def _complete(self) -> None:
        assert self._file is not None  # noqa: S101
        assert self._part is not None  # noqa: S101
        self._file.close()
        self._part.replace(self._path)

    def _discard(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            finally:
                if self._part is not None:
                    self._part.unlink(missing_ok=True)


def _explained(work: Callable[[], object]) -> object:
    """What the file system objects to, in words."""
    try:
        return work()
    except OSError as error:
        raise KnownError(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The file can't be written: {reason}. Choose another folder, or make room.",
            ),
            reason=error.strerror or str(error),
        ) from error
