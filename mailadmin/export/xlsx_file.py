"""Writes tables as XLSX (ECMA-376), row by row in constant memory.

Texts stay texts whatever they begin with: none is taken for a formula, a link or a number.
Characters that XML can't hold are escaped in the format's own way, `_xHHHH_`, and read back as they
were. Dates are real dates in local time; the format knows no time zones, so the title of their
column names the offset. Rows that don't fit into a sheet continue in a further sheet.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from mailadmin.export.column import ExportColumn, Value

T = TypeVar("T")

ROWS_OF_A_SHEET = 1_048_576  # including the row of titles
_LONGEST_TEXT = 32_767  # UTF-16 code units of a cell
_EARLIEST = 1900  # year; the format has no numbers for earlier dates
_DATE_FORMAT = "yyyy-mm-dd hh:mm:ss"
_DATE_WIDTH = 19  # characters
_NARROWEST, _WIDEST = 6, 60
_ROWS_MEASURED = 1000
# A lone UTF-16 surrogate is no character and can't be written as UTF-8 either.
_SURROGATES = re.compile("[\ud800-\udfff]")


class XlsxTable(Generic[T]):
    """Writes a table to `file`, which is a complete workbook after `close`.

    Until then the rows are in temporary files in `folder`. `close` removes these files; after
    `abandon` the caller removes the folder.
    """

    def __init__(
        self,
        file: IO[bytes],
        columns: Sequence[ExportColumn[T]],
        *,
        folder: Path,
        rows_of_a_sheet: int = ROWS_OF_A_SHEET,
    ) -> None:
        # Imported late: the start of the window and of the command line don't wait for it.
        from xlsxwriter import Workbook

        self._columns = list(columns)
        self._titles = [_title(column) for column in columns]
        self._rows_of_a_sheet = rows_of_a_sheet
        self._widths = [len(title) + 3 for title in self._titles]  # with the filter button
        self._measured = 0
        self._book: Any = Workbook(file, {"constant_memory": True, "tmpdir": str(folder)})
        self._book.use_zip64()  # allows more than 4 GB; smaller files stay the same
        self._date = self._book.add_format({"num_format": _DATE_FORMAT, "align": "right"})
        self._bold = self._book.add_format({"bold": True})
        self._plain = self._book.add_format()
        self._sheet: Any = None
        self._next = 0  # the row of the sheet that is written next
        self._begin_sheet()

    def write(self, rows: Iterable[T]) -> int:
        """Add `rows`; return how many there were."""
        count = 0
        for row in rows:
            if self._next == self._rows_of_a_sheet:
                self._begin_sheet()
            for place, column in enumerate(self._columns):
                self._write_cell(place, column.value(row))
            self._measured += 1
            self._next += 1
            count += 1
        return count

    def close(self) -> None:
        """Put the workbook together. Raises OSError."""
        from xlsxwriter.exceptions import FileCreateError

        for sheet in self._book.worksheets():
            for place, width in enumerate(self._widths):
                sheet.set_column(place, place, max(_NARROWEST, min(width, _WIDEST)) + 1)
        self._end_sheet()
        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from error

    def abandon(self) -> None:
        """Close the temporary files of the rows and leave the workbook incomplete."""
        for sheet in self._book.worksheets():
            with suppress(OSError):  # the disk is still full, and the files are not wanted
                sheet._opt_close()  # what the library does itself, but only after a success

    def _begin_sheet(self) -> None:
        if self._sheet is not None:
            self._end_sheet()
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for place, title in enumerate(self._titles):
            self._sheet.write_string(0, place, title, self._bold)
        self._next = 1

    def _end_sheet(self) -> None:
        if self._columns and self._next > 1:
            self._sheet.autofilter(0, 0, self._next - 1, len(self._columns) - 1)

    def _write_cell(self, place: int, value: Value) -> None:
        width = 0
        if isinstance(value, str):
            width = len(value)
            self._write_text(place, str(value))
        elif isinstance(value, bool):
            self._sheet.write_boolean(self._next, place, value)
        elif isinstance(value, datetime):
            width = _DATE_WIDTH
            self._write_date(place, value.astimezone())
        elif value is not None:
            width = len(str(value))
            self._sheet.write_number(self._next, place, value)
        if self._measured < _ROWS_MEASURED:
            self._widths[place] = max(self._widths[place], width)

    def _write_text(self, place: int, text: str) -> None:
        text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
        if text.startswith("<r>") and text.endswith("</r>"):
            # The library takes such a text for its own rich-text markup and writes it unescaped.
            # Given two pieces, it makes that markup itself.
            text = text[: _LONGEST_TEXT // 2]
            self._sheet.write_rich_string(self._next, place, text[:1], self._plain, text[1:])
        else:
            self._sheet.write_string(self._next, place, text)  # the library cuts a long text

    def _write_date(self, place: int, local: datetime) -> None:
        if local.year > _EARLIEST:
            self._sheet.write_datetime(self._next, place, local.replace(tzinfo=None), self._date)
        else:
            self._sheet.write_string(self._next, place, local.isoformat(timespec="milliseconds"))


def _title(column: ExportColumn[T]) -> str:
    return f"{column.title} ({_local_zone()})" if column.dates else column.title


def _local_zone() -> str:
    """Return the offset of local time, in winter and in summer: "UTC+01:00/+02:00"."""
    offsets = [-time.timezone, -time.altzone] if time.daylight else [-time.timezone]
    texts = dict.fromkeys(map(_offset, offsets))
    return "UTC" + "/".join(texts) if list(texts) != ["+00:00"] else "UTC"


def _offset(seconds: int) -> str:
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}"
