"""Spans of days that move on with the calendar: what "today" is tomorrow is another day.

Days are those of the user's time zone. A day begins at its first moment, also where midnight is
skipped or comes twice because the clocks change, and lasts as many hours as it has.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from mailadmin.tables.column import Kind
from mailadmin.tables.query import DateRange


class DatePreset(StrEnum):
    """A span of whole days in relation to today. The values stand in saved settings."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last 7 days"  # today and the six days before
    LAST_30_DAYS = "last 30 days"
    THIS_MONTH = "this month"
    LAST_MONTH = "last month"

    @property
    def kind(self) -> Kind:
        """The kind of columns that it filters."""
        return Kind.DATE


def resolve(preset: DatePreset, now: datetime, zone: tzinfo | None = None) -> DateRange:
    """The moments `preset` means at `now` (aware) in `zone`, by default the system's."""
    today = now.astimezone(zone).date()
    match preset:
        case DatePreset.TODAY:
            first, last = today, today
        case DatePreset.YESTERDAY:
            first = last = today - timedelta(days=1)
        case DatePreset.LAST_7_DAYS:
            first, last = today - timedelta(days=6), today
        case DatePreset.LAST_30_DAYS:
            first, last = today - timedelta(days=29), today
        case DatePreset.THIS_MONTH:
            first = today.replace(day=1)
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case DatePreset.LAST_MONTH:
            last = today.replace(day=1) - timedelta(days=1)
            first = last.replace(day=1)
    return whole_days(first, last, zone)


def whole_days(first: date | None, last: date | None, zone: tzinfo | None = None) -> DateRange:
    """From the beginning of `first` to the end of `last`; None: no end on that side."""
    since = None if first is None else _begins(first, zone)
    until = None
    if last is not None and last < date.max:
        until = _begins(last + timedelta(days=1), zone)
    return DateRange(since, until)


def days_of(chosen: DateRange, zone: tzinfo | None = None) -> tuple[date | None, date | None]:
    """First and last day on which `chosen` has a moment; None: no end on that side."""
    first = None if chosen.since is None else chosen.since.astimezone(zone).date()
    if chosen.until is None:
        return first, None
    return first, (chosen.until - timedelta(microseconds=1)).astimezone(zone).date()


def next_day(now: datetime, zone: tzinfo | None = None) -> datetime:
    """The moment at which presets mean other days than at `now`."""
    return _begins(now.astimezone(zone).date() + timedelta(days=1), zone)


def _begins(day: date, zone: tzinfo | None) -> datetime:
    """The first moment of a day, in UTC."""
    # A skipped midnight is read with the offset before the change, which makes it the moment of
    # the change; of a midnight that comes twice the first is taken.
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return midnight.astimezone(UTC)
