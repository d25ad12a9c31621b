"""A filter as it stands in the settings. Whatever else stands there is no filter."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from mailadmin.tables.choice import Chosen, fits
from mailadmin.tables.column import Column
from mailadmin.tables.date_presets import DatePreset
from mailadmin.tables.number_ranges import LARGEST
from mailadmin.tables.query import DateRange, NumberRange, OneOf, TextFilter

_LONGEST = 10_000  # characters read; nobody writes a filter that long


def to_setting(chosen: Chosen) -> str:
    """One line of JSON."""
    match chosen:
        case DatePreset():
            value: dict[str, object] = {"days": str(chosen)}
        case TextFilter(written):
            value = {"text": written}
        case NumberRange(least, most):
            value = {"least": least, "most": most}
        case DateRange(since, until):
            value = {"since": _moment(since), "until": _moment(until)}
        case OneOf(values):
            value = {"values": list(values)}
    return json.dumps(value, ensure_ascii=False)


def from_setting(setting: object, column: Column[Any]) -> Chosen | None:
    """What `to_setting` wrote, if `column` can be filtered by it."""
    if not isinstance(setting, str) or len(setting) > _LONGEST:
        return None
    try:
        chosen = _read(json.loads(setting))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    if isinstance(chosen, OneOf) and column.values:
        chosen = OneOf(tuple(value for value in chosen.values if value in column.offered))
    return chosen if fits(column, chosen) else None


def _read(value: dict[str, object]) -> Chosen:
    match value:
        case {"days": str(days)}:
            return DatePreset(days)
        case {"text": str(text)}:
            return TextFilter(text)
        case {"least": least, "most": most}:
            return NumberRange(_integer(least), _integer(most))
        case {"since": since, "until": until}:
            return DateRange(_parsed(since), _parsed(until))
        case {"values": list(values)}:
            return OneOf(tuple(each for each in values if isinstance(each, str)))
    raise ValueError("no filter")


def _integer(value: object) -> int | None:
    if value is None or (type(value) is int and 0 <= value < LARGEST):
        return value
    raise ValueError("no number a column holds")


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _parsed(value: object) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("a date without a time zone")
    return moment
