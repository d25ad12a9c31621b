"""Reads a table as people see it: which rows, in which order, how many of each value."""

# ruff: noqa: S608 - what is put together are constants of this package; values are bound

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from mailadmin.store.base.database import Database
from mailadmin.store.query.statements import Narrow, Table
from mailadmin.tables.query import TableHead, TableQuery, ValueCount

T = TypeVar("T")

# The IDs become one value inside SQLite, as hexadecimal digits and then as bytes. So Python is not
# called for each of a million rows, and other threads run meanwhile. SQLite keeps the inner order
# for an aggregate that reads nothing else. No LIMIT, which would keep it too: with one SQLite sorts
# in a tree, and takes three times as long.
_PACKED = "SELECT unhex(group_concat(printf('%016x', id), '')) FROM ({})"


class TableReader(Generic[T]):
    """Rows of type `T`. May be used in any thread.

    `row` makes one of the values of `columns`, SQL expressions over the table; the first is the ID.
    """

    def __init__(
        self,
        database: Database,
        table: Table,
        columns: Sequence[str],
        row: Callable[[Sequence[Any]], T],
        narrow: Narrow | None = None,
    ) -> None:
        self._database = database
        self._table = table
        self._row = row
        self._narrow = narrow
        self._columns = ", ".join(columns)
        also = f" AND {table.always}" if table.always else ""
        self._rows = (
            f"SELECT {self._columns} FROM json_each(?) AS wanted "
            f"CROSS JOIN {table.name} ON {table.name}.id = wanted.value{also}"
        )

    def ids(self, query: TableQuery) -> array[int]:
        """IDs of all rows found, in order: 8 bytes for each."""
        source, values = self._table.reading(query, self._narrow)
        order = self._table.order(query)
        select = f"SELECT {self._table.name}.id AS id FROM {source} {order}"
        packed = self._database.sql(_PACKED.format(select), values)[0][0]
        ids = array("q", packed or b"")
        if sys.byteorder == "little":
            ids.byteswap()
        return ids

    def head(self, query: TableQuery, limit: int) -> TableHead:
        """The first `limit` rows, and how many there are if that is known at once."""
        source, values = self._table.reading(query, self._narrow, first_rows=True)
        order = self._table.order(query, first_rows=True)
        select = f"SELECT {self._table.name}.id FROM {source} {order} LIMIT ?"
        ids = tuple(row_id for (row_id,) in self._database.sql(select, (*values, limit)))
        if len(ids) < limit:
            return TableHead(ids, len(ids))
        return TableHead(ids, None if query.filtered else self.count(query))

    def count(self, query: TableQuery) -> int:
        """How many rows there are."""
        source, values = self._table.reading(query, self._narrow)
        return int(self._database.sql(f"SELECT count(*) FROM {source}", values)[0][0])

    def rows(self, ids: Sequence[int]) -> list[T]:
        """The rows with these IDs, in this order; those that are gone are left out."""
        found = self._database.sql(self._rows, (json.dumps(list(ids)),))
        return [self._row(values) for values in found]

    def value_counts(self, query: TableQuery, key: str) -> list[ValueCount]:
        """How many rows have each value of the column `key`, by all filters but its own."""
        table = self._table
        others = query.with_filter(key, None)
        source, values = table.reading(others, self._narrow)
        expression = table.columns[key]
        select = f"SELECT {expression}, count(*) FROM {source} GROUP BY 1 ORDER BY 1"
        counts = [ValueCount(str(v), n) for v, n in self._database.sql(select, values)]
        for (column, value), condition in table.special.items():
            if column == key:
                joined = "AND" if " WHERE " in source else "WHERE"
                found = self._database.sql(
                    f"SELECT count(*) FROM {source} {joined} {condition}", values
                )
                counts.append(ValueCount(value, found[0][0]))
        return counts
