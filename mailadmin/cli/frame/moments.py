"""Points in time as they are typed: a date with its time, or how long from now."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta

Moment = datetime | timedelta
"""An aware date, or how long from now."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(?:\d{1,6}[smhdw])+", re.ASCII)
_FARTHEST = timedelta(days=3660)  # what is farther away is a slip of the pen


def moment(text: str) -> Moment:
    """Read `2h`, `1d12h`, `2026-11-30T08:00` (local time) or `2026-11-30T08:00+01:00`.

    Raises `ArgumentTypeError`.
    """
    typed = text.strip()
    if _DURATION.fullmatch(typed):
        duration = timedelta()
        for number, unit in re.findall(r"(\d+)([smhdw])", typed):
            duration += timedelta(**{_UNITS[unit]: int(number)})
            if duration > _FARTHEST:
                raise _too_far(text)
        return duration
    if not re.match(
        r"\d{4}-\d\d-\d\d[T ]\d", typed, re.ASCII
    ):  # a date alone would leave the time open
        raise _unreadable(text)
    try:
        given = datetime.fromisoformat(typed).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unreadable(text) from None
    if abs(given - datetime.now(UTC)) > _FARTHEST:
        raise _too_far(text)
    return given


def at(when: Moment, now: datetime) -> datetime:
    """The date that `when` is."""
    return now + when if isinstance(when, timedelta) else when


def _unreadable(text: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(
        f"{text!r} is not a time: give a date with its time, such as 2026-11-30T08:00 or "
        "2026-11-30T08:00+01:00, or how long from now, such as 30m, 2h or 3d"
    )


def _too_far(text: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{text!r} is more than ten years away")
