"""Durations as a person types them ("90s", "1h30m", "5d"), and the times of a retry schedule."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.policy.retry import RetryPolicy

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([dhms])")
_MOST_DELAYS = 100


def parse_duration(text: str, field: str) -> float:
    """Seconds of one duration: numbers with the units d, h, m and s. Raises `InvalidInput`."""
    compact = "".join(text.split()).lower()
    parts = list(_PART.finditer(compact))
    seconds = sum(float(part[1]) * _UNITS[part[2]] for part in parts)
    if not parts or "".join(part[0] for part in parts) != compact:
        raise InvalidInput(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "“{text}” is no duration. Write a number and its unit, such as 30s, 5m, 4h or 5d.",
            ),
            text=text.strip(),
        )
    return seconds


def parse_durations(text: str, field: str) -> tuple[float, ...]:
    """Several durations with spaces or commas between them; none of them is fine."""
    words = text.replace(",", " ").replace(";", " ").split()
    if len(words) > _MOST_DELAYS:
        raise InvalidInput(
            field, QT_TRANSLATE_NOOP("KnownError", "Enter {most} at most."), most=_MOST_DELAYS
        )
    return tuple(parse_duration(word, field) for word in words)


def format_duration(seconds: float) -> str:
    """As `parse_duration` reads it: "1h30m"."""
    left, parts = seconds, ""
    for unit, size in _UNITS.items():
        if unit == "s" and (left % 1 or left >= 1 or not parts):
            parts += f"{left:g}s" if left or not parts else ""
        elif count := int(left // size):
            parts += f"{count}{unit}"
            left -= count * size
    return parts


@dataclass(frozen=True, slots=True)
class Preview:
    """When a message would be tried that is always deferred, without jitter."""

    times: tuple[float, ...]  # seconds after the first attempt, those of the first retries
    retries: int  # all of them, the last one when the time is up


def preview(policy: RetryPolicy, most: int) -> Preview:
    """The times of at most `most` retries. `policy` must make sense: its delays are positive."""
    times: list[float] = []
    now, retries = 0.0, 0
    for delay in policy.delays:
        if now >= policy.expiry:
            break
        now = min(now + delay, policy.expiry)
        retries += 1
        times.append(now)
    while now < policy.expiry and len(times) < most:
        now = min(now + policy.repeat, policy.expiry)
        retries += 1
        times.append(now)
    retries += math.ceil((policy.expiry - now) / policy.repeat)
    return Preview(tuple(times[:most]), retries)
