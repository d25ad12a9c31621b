"""The kinds of values that a preference can have: how each is typed, shown, checked and stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.policy.durations import format_duration, parse_duration, parse_durations

T = TypeVar("T")

_PER_CENT = re.compile(r"(\d{1,3})\s*%?")
_WORDS: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "true", "on"), True),
    **dict.fromkeys(("no", "false", "off"), False),
}


class Kind(Protocol[T]):
    """A kind of value. `key` names the preference in the `InvalidInput` that is raised."""

    def parse(self, text: str, key: str) -> T:
        """The value of what a person typed, checked. Raises `InvalidInput`: what is allowed."""

    def show(self, value: T) -> str:
        """The value as `parse` reads it."""

    def check(self, value: T, key: str) -> T:
        """The value, if it makes sense. Raises `InvalidInput`."""

    def from_json(self, stored: Any) -> T:  # noqa: ANN401 - whatever stands in the database
        """The value of what is stored. Raises TypeError, ValueError or OverflowError if none is."""

    def to_json(self, value: T) -> object:
        """The value as it is stored."""


@dataclass(frozen=True, slots=True)
class YesNo:
    """A switch."""

    def parse(self, text: str, key: str) -> bool:
        """Read yes, no and what else is usual."""
        value = _WORDS.get(text.strip().lower())
        if value is None:
            raise InvalidInput(
                key,
                QT_TRANSLATE_NOOP("KnownError", "“{text}” is neither yes nor no."),
                text=text.strip(),
            )
        return value

    def show(self, value: bool) -> str:
        """Write yes or no."""
        return "yes" if value else "no"

    def check(self, value: bool, key: str) -> bool:
        """Let both pass."""
        del key
        return value

    def from_json(self, stored: Any) -> bool:  # noqa: ANN401
        """Believe true and false alone."""
        if not isinstance(stored, bool):
            raise TypeError(stored)
        return stored

    def to_json(self, value: bool) -> object:
        """Store true or false."""
        return value


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `least` to `most`; `refusal` is the sentence (a template) for any other."""

    least: float
    most: float
    refusal: str

    def check(self, value: float, key: str) -> float:
        """Refuse what lies outside, and NaN."""
        if not self.least <= value <= self.most:
            raise InvalidInput(key, self.refusal)
        return value


@dataclass(frozen=True, slots=True)
class _Number:
    """A number within a range, stored as it is."""

    range: Range

    def check(self, value: float, key: str) -> float:
        """Refuse what is out of range."""
        return self.range.check(value, key)

    def from_json(self, stored: Any) -> float:  # noqa: ANN401
        """Read a number."""
        return float(stored)

    def to_json(self, value: float) -> object:
        """Store the number."""
        return value


@dataclass(frozen=True, slots=True)
class Share(_Number):
    """A part of a whole, from 0 to 1, typed in whole per cents."""

    def parse(self, text: str, key: str) -> float:
        """Read "20%" and "20"."""
        found = _PER_CENT.fullmatch(text.strip())
        if found is None:
            raise InvalidInput(key, self.range.refusal)
        return self.check(int(found[1]) / 100, key)

    def show(self, value: float) -> str:
        """Write "20%"."""
        return f"{round(value * 100)}%"


@dataclass(frozen=True, slots=True)
class Duration(_Number):
    """Seconds, typed with units: "1h30m"."""

    def parse(self, text: str, key: str) -> float:
        """Read numbers with units."""
        return self.check(parse_duration(text, key), key)

    def show(self, value: float) -> str:
        """Write numbers with units."""
        return format_duration(value)


@dataclass(frozen=True, slots=True)
class Durations:
    """Several durations, or none; `range` is for each: "1m 5m 15m"."""

    range: Range

    def parse(self, text: str, key: str) -> tuple[float, ...]:
        """Read durations with spaces or commas between them."""
        return self.check(parse_durations(text, key), key)

    def show(self, value: tuple[float, ...]) -> str:
        """Write them with spaces between them."""
        return " ".join(map(format_duration, value))

    def check(self, value: tuple[float, ...], key: str) -> tuple[float, ...]:
        """Refuse all if one is out of range."""
        for one in value:
            self.range.check(one, key)
        return value

    def from_json(self, stored: Any) -> tuple[float, ...]:  # noqa: ANN401
        """Read an array of seconds."""
        if not isinstance(stored, list | tuple):
            raise TypeError(stored)
        return tuple(float(one) for one in stored)

    def to_json(self, value: tuple[float, ...]) -> object:
        """Store an array of seconds."""
        return list(value)
