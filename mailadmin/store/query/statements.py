"""Turns a table's query into SQL. Each table is declared once, as columns and what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from mailadmin.store.base.fields import to_text
from mailadmin.store.query.text_patterns import Comparison, compare, contains, storable
from mailadmin.tables.column import Column, Kind
from mailadmin.tables.query import (
    ColumnFilter,
    DateRange,
    Match,
    NumberRange,
    OneOf,
    TableQuery,
    TextFilter,
)


class Condition(NamedTuple):
    """SQL for a WHERE clause and the values for its question marks."""

    sql: str
    values: tuple[Any, ...] = ()


class Reading(NamedTuple):
    """A FROM clause with its condition: the rows that a query finds."""

    source: str
    values: tuple[Any, ...]


class Narrow(Protocol):
    """Gives the rows that may match, for example from a search index."""

    def __call__(self, texts: Sequence[str], *, first_rows: bool) -> Condition | None:
        """A select of the IDs of rows that may hold all of `texts`; None for all rows.

        With `first_rows` only the first rows in some order are wanted.
        """


@dataclass(frozen=True, slots=True)
class Table:
    """A table as people see it. `columns` maps the keys of a `TableQuery` to SQL expressions.

    Make it by `of`.
    """

    name: str
    columns: Mapping[str, str]
    searched: Sequence[str]  # expressions that the search looks into
    always: str = ""  # a condition that holds for every row shown
    texts: frozenset[str] = frozenset()  # columns sorted without regard to case
    indexed: frozenset[str] = frozenset()  # columns with an index that ends in the ID
    special: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Values of a `OneOf` that mean a condition: (column key, value) → SQL."""

    @classmethod
    def of(
        cls,
        name: str,
        declared: Sequence[Column[Any]],
        sql: Mapping[str, str],
        *,
        searched: Sequence[str],
        always: str = "",
        indexed: Sequence[str] = (),
        special: Mapping[tuple[str, str], str] | None = None,
    ) -> Table:
        """The table `name` with the columns that are `declared` for all who show it.

        A column holds the SQL column that is called like its key, unless `sql` says otherwise;
        `searched` and `indexed` are keys.
        """
        columns = {each.key: sql.get(each.key, f"{name}.{each.key}") for each in declared}
        return cls(
            name,
            columns,
            searched=[columns[key] for key in searched],
            always=always,
            texts=frozenset(each.key for each in declared if each.kind is Kind.TEXT),
            indexed=frozenset(indexed),
            special=special or {},
        )

    def reading(
        self, query: TableQuery, narrow: Narrow | None = None, *, first_rows: bool = False
    ) -> Reading:
        """The rows of `query`; `first_rows` says that only the first ones are wanted."""
        conditions = [Condition(self.always)] if self.always else []
        conditions += [self._passes(key, chosen) for key, chosen in query.filters]
        if query.search:
            conditions.append(self._holds(contains(query.search)))
        source = self.name
        values: tuple[Any, ...] = ()
        candidates = None
        if narrow is not None:
            candidates = narrow(self._needles(query), first_rows=first_rows)
        if candidates is not None:
            source = f"({candidates.sql}) AS candidate CROSS JOIN {self.name}"
            conditions.insert(0, Condition(f"{self.name}.id = candidate.id"))
            values = candidates.values
        for condition in conditions:
            values += condition.values
        where = " AND ".join(condition.sql for condition in conditions)
        return Reading(f"{source} WHERE {where}" if where else source, values)

    def order(self, query: TableQuery, *, first_rows: bool = False) -> str:
        """The ORDER BY clause. Rows that are equal in the column are in the order of their IDs.

        In a column without index that is ascending also in a descending order: SQLite reads the
        rows so, and finds the first ones in half the time. To sort all rows, text is made lower
        case: that is the same order, and SQLite compares plain text in half the time.
        """
        direction = "DESC" if query.descending else "ASC"
        expression = self.columns[query.sort]
        if query.sort in self.texts:
            plain = not first_rows and query.sort not in self.indexed
            expression = f"lower({expression})" if plain else f"{expression} COLLATE NOCASE"
        tie = "" if query.sort == "id" else f", {self.name}.id"
        if query.sort in self.indexed:
            tie += f" {direction}"
        return f"ORDER BY {expression} {direction}{tie}"

    def _needles(self, query: TableQuery) -> list[str]:
        """Texts that every row found must hold in one of the searched columns.

        Left out are those for which an index of their column is quicker.
        """
        needles = [query.search] if query.search else []
        for key, chosen in query.filters:
            if isinstance(chosen, TextFilter) and self.columns[key] in self.searched:
                wanted = chosen.wanted
                if wanted is None or wanted.match is Match.LACKS:
                    continue
                if key not in self.indexed or not compare(wanted).sought:
                    needles.append(wanted.text)
        return needles

    def _holds(self, comparison: Comparison) -> Condition:
        parts = [comparison.on(expression) for expression in self.searched]
        return Condition(f"({' OR '.join(parts)})", comparison.values * len(parts))

    def _passes(self, key: str, chosen: ColumnFilter) -> Condition:
        expression = self.columns[key]
        match chosen:
            case TextFilter():
                wanted = chosen.wanted
                if wanted is None:
                    return Condition("1")
                comparison = compare(wanted)
                return Condition(comparison.on(expression), comparison.values)
            case NumberRange(least, most):
                # The + keeps SQLite from walking over the IDs and sorting what it found: a range
                # is often wide, and the order of the table has an index more often than not.
                return _between(f"+{expression}", ">=", _storable(least), "<=", _storable(most))
            case DateRange(since, until):
                return _between(
                    expression,
                    ">=",
                    None if since is None else to_text(since),
                    "<",
                    None if until is None else to_text(until),
                )
            case OneOf(values):
                if not values:
                    return Condition("1")
                special = [value for value in values if (key, value) in self.special]
                plain = tuple(storable(value) for value in values if value not in special)
                parts = [self.special[key, value] for value in special]
                if plain:
                    parts.append(f"{expression} IN ({', '.join('?' * len(plain))})")
                return Condition(f"({' OR '.join(parts)})", plain)


def _storable(number: int | None) -> int | None:
    """A number, cut to the range of SQLite's integers."""
    return None if number is None else max(-(2**63), min(2**63 - 1, number))


def _between(expression: str, above: str, low: Any, below: str, high: Any) -> Condition:
    ends = [(above, low), (below, high)]
    given = [(sign, value) for sign, value in ends if value is not None]
    parts = [f"{expression} {sign} ?" for sign, _ in given]
    return Condition(f"({' AND '.join(parts)})" if parts else "1", tuple(v for _, v in given))
