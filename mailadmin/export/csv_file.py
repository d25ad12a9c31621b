"""Tables as CSV (RFC 4180) that a spreadsheet opens without running anything in it.

A text that a spreadsheet would take for a formula gets an apostrophe in front (CWE-1236), and so
does a text that begins with an apostrophe, so that `unquote_formula` gives back what was written.
Where lists are separated by semicolons or tabs a spreadsheet splits a text at these, so a sign of a
formula gets its apostrophe there as well, and after a line break. Numbers stay numbers. Dates are
ISO 8601 with offset, in local time.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from mailadmin.export.column import ExportColumn, Value

T = TypeVar("T")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")
# Quotation marks before the sign are skipped: misread, doubled ones are an empty pair. A CR is not
# among the signs here: it ends the row, and what follows it is looked at by itself.
_INSIDE = re.compile(r"""(?<=[;\t\r\n])("*)(?='*[=+\-@\t])""")
_INSIDE_QUOTED = re.compile(r"""(?<=[;\t\r\n])("*)'(?='*[=+\-@\t])""")
_BOM = "\ufeff"  # without it Excel reads UTF-8 in the code page of the country


class TextSink(Protocol):
    """A text file opened with `newline=""`."""

    def write(self, text: str, /) -> object: ...


def write_csv(
    file: TextSink,
    columns: Sequence[ExportColumn[T]],
    rows: Iterable[T],
    *,
    with_titles: bool = True,
    bom: bool = False,
) -> int:
    """Write `rows` to `file` (opened with `newline=""`, UTF-8); return how many there were.

    `rows` may be endless: only one is in memory at a time. `with_titles=False` continues a file,
    `bom` begins it with a byte order mark.
    """
    if bom:
        file.write(_BOM)
    writer = csv.writer(file, lineterminator="\r\n")
    if with_titles:
        writer.writerow([quote_formula(column.title) for column in columns])
    count = 0
    for row in rows:
        writer.writerow([_cell(column.value(row)) for column in columns])
        count += 1
    return count


def quote_formula(text: str) -> str:
    """Return `text` so that a spreadsheet shows it and never computes it."""
    inside = _INSIDE.sub(r"\1'", text)
    return f"'{inside}" if text.startswith(_FORMULA_STARTS) else inside


def unquote_formula(text: str) -> str:
    """Return the text that `quote_formula` was given."""
    if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS):
        text = text[1:]
    return _INSIDE_QUOTED.sub(r"\1", text)


def _cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str):
        return quote_formula(str(value).replace("\x00", ""))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone().isoformat(timespec="milliseconds")
    return value
