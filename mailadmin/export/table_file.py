"""A file with a table in it that appears under its name when it is complete."""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any, Generic, TextIO, TypeVar

from mailadmin.export.column import ExportColumn
from mailadmin.export.csv_file import write_csv
from mailadmin.export.whole_file import PART_PREFIX, PART_SUFFIX, take_over_mode
from mailadmin.export.xlsx_file import XlsxTable

T = TypeVar("T")


class TableFormat(StrEnum):
    """The kinds of files; the value is the suffix without its dot."""

    CSV = "csv"
    XLSX = "xlsx"

    @classmethod
    def of(cls, path: Path) -> TableFormat | None:
        """Return the kind that the file's name says; None if it says none of them."""
        suffix = path.suffix.lower().removeprefix(".")
        return cls(suffix) if suffix in list(cls) else None


class Stopped(Exception):
    """Writing was stopped while the file was being completed."""


class TableFile(Generic[T]):
    """Writes a table into a hidden folder beside `path`, and moves it to `path` when complete.

    No file named `path` is touched before `complete`. A file that is neither completed nor
    discarded is removed when the program ends. All methods raise OSError; all but `stop` are for
    one thread at a time.
    """

    def __init__(
        self,
        path: Path,
        form: TableFormat,
        columns: Sequence[ExportColumn[T]],
        *,
        bom: bool = False,
    ) -> None:
        self._path = path.resolve()  # the target of a link, so that the link stays
        folder = mkdtemp(prefix=PART_PREFIX, suffix=PART_SUFFIX, dir=self._path.parent)
        self._part = Path(folder, "table")
        self._rows: _CsvRows[T] | _XlsxRows[T]
        try:
            if form is TableFormat.CSV:
                self._rows = _CsvRows(self._part, columns, bom=bom)
            else:
                self._rows = _XlsxRows(self._part, columns)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._vanish = weakref.finalize(self, _vanish, self._rows, folder)

    def write(self, rows: Iterable[T]) -> int:
        """Add `rows`; return how many there were."""
        return self._rows.write(rows)

    def complete(self) -> None:
        """Move the file to `path`, in place of an earlier one; slow for a large XLSX file.

        The new file takes over the permissions of the one it replaces. Raises `Stopped` too.
        """
        self._rows.close()
        take_over_mode(self._part, self._path)
        self._part.replace(self._path)
        self._vanish()

    def stop(self) -> None:
        """Make `complete`, which runs in another thread, raise `Stopped` soon."""
        self._rows.stop()

    def discard(self) -> None:
        """Remove all that was written."""
        self._vanish()


def _vanish(rows: _CsvRows[T] | _XlsxRows[T], folder: str) -> None:
    rows.abandon()
    shutil.rmtree(folder, ignore_errors=True)


class _CsvRows(Generic[T]):
    def __init__(self, path: Path, columns: Sequence[ExportColumn[T]], *, bom: bool) -> None:
        self._columns = columns
        self._file: TextIO = path.open("w", encoding="utf-8", errors="replace", newline="")
        write_csv(self._file, columns, [], bom=bom)

    def write(self, rows: Iterable[T]) -> int:
        return write_csv(self._file, self._columns, rows, with_titles=False)

    def close(self) -> None:
        _sync(self._file)
        self._file.close()

    def stop(self) -> None:
        """Do nothing: completing a CSV file takes no time."""

    def abandon(self) -> None:
        _close(self._file)


class _XlsxRows(Generic[T]):
    def __init__(self, path: Path, columns: Sequence[ExportColumn[T]]) -> None:
        self._file = _Stoppable(path.open("wb"))
        try:
            self._table = XlsxTable(self._file.as_file(), columns, folder=path.parent)
        except BaseException:
            self._file.close()
            raise

    def write(self, rows: Iterable[T]) -> int:
        return self._table.write(rows)

    def close(self) -> None:
        self._table.close()
        self._file.close(sync=True)

    def stop(self) -> None:
        self._file.stop()

    def abandon(self) -> None:
        self._table.abandon()
        self._file.close()


class _Stoppable:
    """A binary file that can be made to raise `Stopped` by the next `write`.

    After that, after an error and when it is closed it accepts all calls and writes nothing: the
    zip file that uses it writes its directory once more when it is closed.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._to_stop = False
        self._over = False
        self._place = 0  # the position the caller expects, once nothing is written any more

    def as_file(self) -> Any:  # noqa: ANN401 - as much of IO[bytes] as a zip file asks for
        return self

    def write(self, data: bytes) -> int:
        if self._over:
            self._place += len(data)
            return len(data)
        if self._to_stop:
            self._over = True
            raise Stopped
        try:
            return self._file.write(data)
        except OSError:
            self._over = True
            raise

    def tell(self) -> int:
        return self._place if self._over else self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        if self._over:
            self._place = offset
            return offset
        return self._file.seek(offset, whence)

    def seekable(self) -> bool:
        return True

    def flush(self) -> None:
        if not self._over:
            self._file.flush()

    def stop(self) -> None:
        self._to_stop = True

    def close(self, *, sync: bool = False) -> None:
        if sync:
            _sync(self._file)
        self._over = True
        _close(self._file)


def _sync(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())  # before the file replaces another


def _close(file: IO[Any]) -> None:
    with suppress(OSError):  # the disk is still full, and the file is not wanted
        file.close()
