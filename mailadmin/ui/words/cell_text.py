"""The texts of values in cells, tooltips and copies; text from outside is made harmless.

It becomes one line without control characters, and Qt never takes it for rich text.
"""

from __future__ import annotations

import html
import re
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from mailadmin.tables.column import Value

LONGEST_CELL = 500  # characters painted; more are not legible in a cell, and Qt measures them all
LONGEST_TOOLTIP = 2000

# C0 and C1 controls, line and paragraph separators
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# overrides and isolates that make a text read differently from what it is (RFC 5893, Trojan Source)
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def one_line(text: str, longest: int | None = LONGEST_CELL) -> str:
    """Return `text` on one line without invisible characters, cut after `longest` characters."""
    if text.isascii() and text.isprintable():
        return text[:longest]
    looked_at = None if longest is None else longest * 2
    return _DIRECTIONS.sub("", _CONTROLS.sub(" ", text[:looked_at])).strip()[:longest]


def cell_text(value: Value) -> str:
    """Return the text of `value` in a cell."""
    if value is None:
        return ""
    if isinstance(value, str):  # enums of words too
        return one_line(str(value))
    if isinstance(value, bool):
        return (
            QCoreApplication.translate("Cell", "Yes")
            if value
            else QCoreApplication.translate("Cell", "No")
        )
    if isinstance(value, datetime):
        return short_date(value)
    return str(value)


def short_date(moment: datetime) -> str:
    """Return local date and time to the minute, as the user's locale writes them."""
    local = QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)


def exact_date(moment: datetime) -> str:
    """Return local date and time with offset from UTC: "2026-11-22 12:04:05.120 +01:00"."""
    local = moment.astimezone()
    offset = local.isoformat(timespec="minutes")[16:]
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d} {offset}"


def plain_tooltip(text: str) -> str:
    """Return rich text that shows `text` literally and wraps it.

    Qt takes a tooltip that looks like HTML for HTML, and a server's reply may look like it.
    """
    shown = text if len(text) <= LONGEST_TOOLTIP else text[:LONGEST_TOOLTIP] + "…"
    return f'<p style="white-space:pre-wrap">{html.escape(_DIRECTIONS.sub("", shown))}</p>'


def file_size(size: int) -> str:
    """Return `size` in bytes as a person reads it: "12.3 kB", with 1024 bytes to a kB."""
    return QLocale().formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
