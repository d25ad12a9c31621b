"""A bounded memory of rows that were read, by ID."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class RowCache(Generic[T]):
    """Keeps the rows used last. A row is fresh until `age()` says that all may have changed."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._generation = 0
        self._rows: OrderedDict[int, tuple[int, T | None]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, row_id: int) -> bool:
        """Whether the row was read, however long ago."""
        return row_id in self._rows

    def age(self) -> None:
        """From now on the rows kept are still shown but should be read again when needed."""
        self._generation += 1

    def clear(self) -> None:
        """Forget all rows."""
        self._rows.clear()

    def get(self, row_id: int) -> T | None:
        """The row as it was last read; None if it was not, or was no longer there."""
        entry = self._rows.get(row_id)
        return None if entry is None else entry[1]

    def use(self, row_id: int) -> tuple[T | None, bool]:
        """The row as last read, and whether that is fresh. Counts as a use."""
        entry = self._rows.get(row_id)
        if entry is None:
            return None, False
        self._rows.move_to_end(row_id)
        return entry[1], entry[0] == self._generation

    def is_fresh(self, row_id: int) -> bool:
        """Whether the row was asked for since the last `age()`."""
        entry = self._rows.get(row_id)
        return entry is not None and entry[0] == self._generation

    def put(self, row_id: int, row: T | None) -> bool:
        """Keep `row` as fresh (None: it is no longer there); whether it differs from before."""
        before = self._rows.pop(row_id, None)
        self._rows[row_id] = (self._generation, row)
        while len(self._rows) > self._capacity:
            self._rows.popitem(last=False)
        return before is None or before[1] != row

    def forget(self, row_ids: Iterable[int]) -> None:
        """Drop rows that left the table."""
        for row_id in row_ids:
            self._rows.pop(row_id, None)
