"""One reading of a table: which rows there are, in which order, and the values of those in view.

The first rows of another table are read alone first: they are on screen long before the order of a
million is known. Runs in background threads, so it knows no widget and no model.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from mailadmin.tables.query import TableHead, TableQuery, ValueCount
from mailadmin.ui.table.row_changes import RowChanges, compare
from mailadmin.ui.table.row_finding import place_of

T = TypeVar("T")


class RowSource(Protocol[T]):
    """Where a table's rows come from. Called in background threads."""

    def head(self, query: TableQuery, limit: int) -> TableHead:
        """The first rows the query finds, and their number if that is known at once."""

    def ids(self, query: TableQuery) -> array[int]:
        """IDs of all rows the query finds, in its order, as `array('q')`."""

    def rows(self, ids: Sequence[int]) -> list[T]:
        """Values of these rows in the order given; those that are gone are left out."""

    def value_counts(self, query: TableQuery, key: str) -> list[ValueCount]:
        """How many rows hold each value of a column, were it not filtered itself."""


class Shown(NamedTuple):
    """A table when a reading of it begins."""

    ids: array[int]
    below: int  # rows that follow, of which nothing is known
    in_view: range  # rows on screen


@dataclass(frozen=True)
class FirstRows(Generic[T]):
    """The top of a table that was not shown before."""

    query: TableQuery
    head: TableHead
    rows: dict[int, T | None]


@dataclass(frozen=True)
class Snapshot(Generic[T]):
    """What was read. `changes` is None when the table should start afresh."""

    ids: array[int]
    changes: RowChanges | None
    in_view: range  # the rows on screen when it was read
    top: int  # the row to be on top of the screen then, in a table that starts afresh
    rows: dict[int, T | None]  # None: gone between the two readings
    seconds: float  # time it took


def read_first_rows(
    source: RowSource[T], row_id: Callable[[T], int], query: TableQuery, limit: int
) -> FirstRows[T]:
    """Read the top of the table of `query`, its values too."""
    head = source.head(query, limit)
    return FirstRows(query, head, read_rows(source, row_id, head.ids))


def read_snapshot(
    source: RowSource[T],
    row_id: Callable[[T], int],
    query: TableQuery,
    shown: Shown,
) -> Snapshot[T]:
    """Read the table of `query` and compare it with what is shown of it.

    The values of the rows on screen are read in the same go, both of those rows that are there now
    and of those that will be at the same places.
    """
    started = time.monotonic()
    known, below, in_view = shown
    ids = source.ids(query)
    changes = compare(known, ids, below)
    top = in_view.start if changes is not None else _top_after(known, ids, in_view)
    wanted = dict.fromkeys(ids[in_view.start : in_view.stop])
    wanted |= dict.fromkeys(known[in_view.start : in_view.stop])
    rows = read_rows(source, row_id, list(wanted))
    return Snapshot(ids, changes, in_view, top, rows, time.monotonic() - started)


def _top_after(known: array[int], ids: array[int], in_view: range) -> int:
    """The row to be on top of the screen, so that the rows on it stay where they are."""
    if in_view.start > 0:  # at the top new rows are welcome to push the others down
        for offset, each in enumerate(known[in_view.start : in_view.stop]):
            place = place_of(ids, each, breaks=True)
            if place >= 0:
                return max(0, place - offset)
    return in_view.start


def read_rows(
    source: RowSource[T], row_id: Callable[[T], int], ids: Sequence[int]
) -> dict[int, T | None]:
    """Values by ID; None for those that are gone."""
    found: dict[int, T | None] = dict.fromkeys(ids)
    if ids:
        found |= {row_id(row): row for row in source.rows(ids)}
    return found
