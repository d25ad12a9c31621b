"""A table of fruit whose rows a test can change."""

from __future__ import annotations

import threading
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mailadmin.domain.errors import KnownError
from mailadmin.tables.column import Kind
from mailadmin.tables.query import (
    ColumnFilter,
    DateRange,
    Match,
    NumberRange,
    OneOf,
    TableHead,
    TableQuery,
    TextFilter,
    ValueCount,
)
from mailadmin.ui.table.column import Look, ShownColumn


@dataclass(frozen=True)
class Fruit:
    """A row of the table."""

    id: int
    name: str
    weight: int
    eaten: datetime | None = None

    @property
    def color(self) -> str:
        """The colour, which is rarely blue."""
        return "blue" if self.id % 10 == 0 else "green" if self.id % 2 else "red"


class FruitBasket:
    """A source of rows that a test adds and removes; it counts the requests."""

    def __init__(self, count: int = 0) -> None:
        self._lock = threading.Lock()
        self._rows = {i: Fruit(i, f"fruit {i}", i * 7 % 101) for i in range(1, count + 1)}
        self.trouble: KnownError | None = None
        self.rows_trouble: KnownError | None = None  # for the values alone
        self.gate = threading.Event()  # not set while readings have to wait
        self.gate.set()
        self.order_gate = threading.Event()  # the same for the order alone
        self.order_gate.set()
        self.ids_asked = 0
        self.pages_asked: list[list[int]] = []

    def put(self, *fruits: Fruit) -> None:
        """Add or replace rows."""
        with self._lock:
            self._rows |= {fruit.id: fruit for fruit in fruits}

    def take(self, *ids: int) -> None:
        """Remove these rows if they are there."""
        with self._lock:
            for each in ids:
                self._rows.pop(each, None)

    def rename(self, fruit_id: int, name: str) -> None:
        """Change the name in a row."""
        with self._lock:
            self._rows[fruit_id] = replace(self._rows[fruit_id], name=name)

    def head(self, query: TableQuery, limit: int) -> TableHead:
        """Return the first rows as a repository does; a filtered total may be unknown."""
        assert self.gate.wait(60)
        ids = self._find(query)
        known = len(ids) < limit or not query.filtered
        return TableHead(tuple(ids[:limit]), len(ids) if known else None)

    def ids(self, query: TableQuery) -> array[int]:
        """Return the order of rows, as a repository does."""
        self.ids_asked += 1
        assert self.gate.wait(60)
        assert self.order_gate.wait(60)
        return self._find(query)

    def _find(self, query: TableQuery) -> array[int]:
        with self._lock:
            if self.trouble is not None:
                raise self.trouble
            found = [fruit for fruit in self._rows.values() if _passes(fruit, query)]
            found.sort(key=lambda fruit: fruit.id)
            found.sort(key=lambda fruit: getattr(fruit, query.sort), reverse=query.descending)
            return array("q", (fruit.id for fruit in found))

    def rows(self, ids: Sequence[int]) -> list[Fruit]:
        """Return rows, as a repository does."""
        with self._lock:
            self.pages_asked.append(list(ids))
            if self.rows_trouble is not None:
                raise self.rows_trouble
            return [self._rows[each] for each in ids if each in self._rows]

    def value_counts(self, query: TableQuery, key: str) -> list[ValueCount]:
        """Return the values of a column with their counts, as a repository does."""
        assert self.gate.wait(60)
        ids = self._find(query.with_filter(key, None))
        counts = Counter(str(getattr(fruit, key)) for fruit in self.rows(ids))
        return [ValueCount(value, count) for value, count in sorted(counts.items())]


def _passes(fruit: Fruit, query: TableQuery) -> bool:
    return query.search in fruit.name and all(
        _fits(getattr(fruit, key), chosen) for key, chosen in query.filters
    )


def _fits(value: Any, chosen: ColumnFilter) -> bool:  # noqa: ANN401 - any cell
    match chosen:
        case TextFilter():
            wanted = chosen.wanted
            assert wanted is not None
            found = wanted.text.casefold() in value.casefold()
            return found is not (wanted.match is Match.LACKS)
        case NumberRange(least, most):
            return (least is None or value >= least) and (most is None or value <= most)
        case DateRange(since, until):
            return value is not None and (
                (since is None or value >= since) and (until is None or value < until)
            )
        case OneOf(values):
            return value in values


COLUMNS: tuple[ShownColumn[Fruit], ...] = (
    ShownColumn("id", "ID", Kind.NUMBER, width=60),
    ShownColumn("name", "Name"),
    ShownColumn("weight", "Weight", Kind.NUMBER),
)

FILTERED_COLUMNS: tuple[ShownColumn[Fruit], ...] = (
    ShownColumn("id", "ID", Kind.NUMBER, width=60),
    ShownColumn("name", "Name"),
    ShownColumn(
        "color",
        "Color",
        Kind.CHOICE,
        values=("red", "green"),
        overlapping=("ripe",),
        look=Look(word=str.upper),
    ),
    ShownColumn("eaten", "Eaten", Kind.DATE),
    ShownColumn("weight", "Weight", Kind.NUMBER, filterable=False),
)
