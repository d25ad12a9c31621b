"""Filters in the user's words, as chips and editors show them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.tables.choice import Chosen
from mailadmin.tables.date_presets import DatePreset, days_of, whole_days
from mailadmin.tables.number_ranges import write_range
from mailadmin.tables.query import DateRange, NumberRange, OneOf, TextFilter
from mailadmin.ui.table.column import ShownColumn
from mailadmin.ui.words.cell_text import one_line, short_date

_PRESETS = {
    DatePreset.TODAY: QT_TRANSLATE_NOOP("Filter", "Today"),
    DatePreset.YESTERDAY: QT_TRANSLATE_NOOP("Filter", "Yesterday"),
    DatePreset.LAST_7_DAYS: QT_TRANSLATE_NOOP("Filter", "Last 7 days"),
    DatePreset.LAST_30_DAYS: QT_TRANSLATE_NOOP("Filter", "Last 30 days"),
    DatePreset.THIS_MONTH: QT_TRANSLATE_NOOP("Filter", "This month"),
    DatePreset.LAST_MONTH: QT_TRANSLATE_NOOP("Filter", "Last month"),
}


def in_words(chosen: Chosen, column: ShownColumn[Any]) -> str:
    """What a filter of `column` lets through."""
    match chosen:
        case DatePreset():
            return preset_words(chosen)
        case TextFilter(written):
            return one_line(written.strip())
        case NumberRange():
            return write_range(chosen).replace(">=", "≥ ").replace("<=", "≤ ")
        case DateRange():
            return _range_words(chosen)
        case OneOf(values):
            return ", ".join(one_line(column.word_of(value)) for value in values)


def preset_words(preset: DatePreset) -> str:
    """The preset's name in the user's language."""
    return _tr(_PRESETS[preset])


def _range_words(chosen: DateRange) -> str:
    first, last = days_of(chosen)
    if whole_days(first, last) == chosen:  # of days: the time of day says nothing
        since, until = _day(first), _day(last)
    else:
        since, until = _moment(chosen.since), _moment(chosen.until)
    if not since:
        return _tr(QT_TRANSLATE_NOOP("Filter", "to {until}")).format(until=until)
    if not until:
        return _tr(QT_TRANSLATE_NOOP("Filter", "from {since}")).format(since=since)
    return since if since == until else f"{since} – {until}"


def _day(day: date | None) -> str:
    if day is None:
        return ""
    shown = QDate(day.year, day.month, day.day)
    return QLocale().toString(shown, QLocale.FormatType.ShortFormat)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else short_date(moment)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Filter", text)
