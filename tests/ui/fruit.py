"""A table of fruit that changes under the eyes of its reader."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailadmin.core.errors import KnownError
from mailadmin.core.table_query import TableHead, TableQuery
from mailadmin.ui.column import Align, Column


@dataclass(frozen=True)
class Fruit:
    """A row."""

    id: int
    name: str
    weight: int


class FruitBasket:
    """A source whose rows a test puts in and takes out; counts what it is asked."""

    def __init__(self, count: int = 0) -> None:
        self._lock = threading.Lock()
        self._rows = {i: Fruit(i, f"fruit {i}", i * 7 % 101) for i in range(1, count + 1)}
        self.trouble: KnownError | None = None
        self.gate = threading.Event()  # closed while a test wants readings to wait
        self.gate.set()
        self.order_gate = threading.Event()  # the same for the order alone
        self.order_gate.set()
        self.ids_asked = 0
        self.pages_asked: list[list[int]] = []

    def put(self, *fruits: Fruit) -> None:
        """Add or replace."""
        with self._lock:
            self._rows |= {fruit.id: fruit for fruit in fruits}

    def take(self, *ids: int) -> None:
        """Remove those that are there."""
        with self._lock:
            for each in ids:
                self._rows.pop(each, None)

    def rename(self, fruit_id: int, name: str) -> None:
        """Change a value."""
        with self._lock:
            self._rows[fruit_id] = replace(self._rows[fruit_id], name=name)

    def head(self, query: TableQuery, limit: int) -> TableHead:
        """As a repository does it: how many are found takes counting if a filter is set."""
        assert self.gate.wait(10)
        ids = self._find(query)
        known = len(ids) < limit or not query.filtered
        return TableHead(tuple(ids[:limit]), len(ids) if known else None)

    def ids(self, query: TableQuery) -> array[int]:
        """As a repository does it."""
        self.ids_asked += 1
        assert self.gate.wait(10)
        assert self.order_gate.wait(10)
        return self._find(query)

    def _find(self, query: TableQuery) -> array[int]:
        with self._lock:
            if self.trouble is not None:
                raise self.trouble
            found = [fruit for fruit in self._rows.values() if query.search in fruit.name]
            found.sort(key=lambda fruit: fruit.id)
            found.sort(key=lambda fruit: getattr(fruit, query.sort), reverse=query.descending)
            return array("q", (fruit.id for fruit in found))

    def rows(self, ids: Sequence[int]) -> list[Fruit]:
        """As a repository does it."""
        with self._lock:
            self.pages_asked.append(list(ids))
            return [self._rows[each] for each in ids if each in self._rows]


COLUMNS: tuple[Column[Fruit], ...] = (
    Column("id", "ID", lambda fruit: fruit.id, align=Align.RIGHT, width=60),
    Column("name", "Name", lambda fruit: fruit.name),
    Column("weight", "Weight", lambda fruit: fruit.weight, align=Align.RIGHT),
)
