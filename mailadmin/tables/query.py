"""What a table shows: which rows, in which order.

A filter of a column fits its type. What a user writes into a text filter is kept as it was written
and understood here, so that window, command line and both databases read it alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import ClassVar, Final, NamedTuple, TypeAlias

from mailadmin.tables.column import Kind

UNDECIDED: Final = "undecided"
"""A value of a `OneOf` on the queue's status: may have arrived, and nobody has decided about it."""


class Match(Enum):
    """How a text filter compares; the value is the sign in front of the text."""

    CONTAINS = ""
    IS = "="
    BEGINS = "^"
    LACKS = "!"


class Wanted(NamedTuple):
    """A text filter understood. `text` is never empty but for IS, which then finds empty cells."""

    match: Match
    text: str


@dataclass(frozen=True, slots=True)
class TextFilter:
    """Cells that hold a text, as the user wrote it; upper and lower case are the same.

    `word` contains, `=word` is the whole cell, `^word` begins with, `!word` doesn't contain, `=`
    alone is an empty cell. What stands in double quotes is taken as it is: `"=word"` contains
    `=word`, and `="!"` is an exclamation mark.
    """

    kind: ClassVar[Kind] = Kind.TEXT

    written: str
    wanted: Wanted | None = field(init=False, compare=False, repr=False)
    """What to look for; None finds every row (nothing, or a sign without a text)."""

    def __post_init__(self) -> None:
        """Understand it, once."""
        object.__setattr__(self, "wanted", _understood(self.written))


def _understood(written: str) -> Wanted | None:
    text = written.replace("\x00", "").strip()
    match = next((each for each in Match if each.value and text.startswith(each.value)), None)
    if match is None:
        match = Match.CONTAINS
    else:
        text = text[1:].strip()
    quoted = len(text) >= 2 and text[0] == text[-1] == '"'
    if quoted:
        text = text[1:-1]
    return Wanted(match, text) if text or match is Match.IS else None


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers from `least` to `most`, both included; None: no end on that side."""

    kind: ClassVar[Kind] = Kind.NUMBER

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class DateRange:
    """Moments from `since` on, before `until`; aware datetimes, None: no end on that side."""

    kind: ClassVar[Kind] = Kind.DATE

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """Cells that hold one of these values, written as the row's value is in the database."""

    kind: ClassVar[Kind] = Kind.CHOICE

    values: tuple[str, ...]


ColumnFilter: TypeAlias = TextFilter | NumberRange | DateRange | OneOf


def finds_everything(chosen: ColumnFilter | None) -> bool:
    """Whether a filter leaves nothing out, as an empty text or a range without ends."""
    match chosen:
        case None:
            return True
        case TextFilter():
            return chosen.wanted is None
        case NumberRange(least, most):
            return least is None and most is None
        case DateRange(since, until):
            return since is None and until is None
        case OneOf(values):
            return not values


@dataclass(frozen=True, slots=True)
class TableQuery:
    """Which rows and in which order. Keys are the columns' snake_case names.

    Rows have to pass all `filters`, of which there is at most one for a column, in any order.
    """

    sort: str = "id"
    descending: bool = True
    search: str = ""  # substring of email, subject or reason (caption, host… for providers)
    filters: tuple[tuple[str, ColumnFilter], ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether rows may be left out."""
        return bool(self.search or self.filters)

    def filter_of(self, key: str) -> ColumnFilter | None:
        """The filter of a column."""
        return dict(self.filters).get(key)

    def with_filter(self, key: str, chosen: ColumnFilter | None) -> TableQuery:
        """The same with another filter for one column; one that finds everything is left out."""
        filters = dict(self.filters)
        filters.pop(key, None)
        if chosen is not None and not finds_everything(chosen):
            filters[key] = chosen
        return replace(self, filters=tuple(sorted(filters.items(), key=lambda entry: entry[0])))

    def unfiltered(self) -> TableQuery:
        """All rows in the same order."""
        return replace(self, search="", filters=())


@dataclass(frozen=True, slots=True)
class TableHead:
    """The first rows of a table, read before all of it is."""

    ids: tuple[int, ...]
    total: int | None  # rows found, None if that takes counting them


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How many rows hold one value of a column."""

    value: str
    count: int
