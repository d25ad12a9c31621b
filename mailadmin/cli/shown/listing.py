"""What every list has in common: filter, order, number of rows, output as table or JSON."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from mailadmin.cli.frame.grammar import add_json, choice_name, count
from mailadmin.cli.frame.options import Options
from mailadmin.cli.frame.output import Output, json_object, write_json, write_table
from mailadmin.tables.column import Column
from mailadmin.tables.query import OneOf, TableQuery

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

PAGE = 500  # rows read at a time


class Rows(Protocol[T_co]):
    """A table of the store."""

    def ids(self, query: TableQuery) -> Sequence[int]: ...

    def rows(self, ids: Sequence[int]) -> Sequence[T_co]: ...


def add_filter(parser: argparse.ArgumentParser, columns: Sequence[Column[T]]) -> None:
    """Offer search, status (if the table has one) and order."""
    statuses = _statuses(columns)
    parser.add_argument(
        "--search", metavar="TEXT", default="", help="only rows that contain this text"
    )
    if statuses:
        parser.add_argument(
            "--status",
            action="append",
            default=[],
            choices=[choice_name(status) for status in statuses],
            help="only rows of this status; may be given several times",
        )
    parser.add_argument(
        "--sort",
        metavar="COLUMN",
        default="id",
        choices=[column.key for column in columns],
        help="order by one of: %(choices)s (default: %(default)s)",
    )
    parser.add_argument("--descending", action="store_true", help="reverse the order")


def add_list_options(parser: argparse.ArgumentParser, columns: Sequence[Column[T]]) -> None:
    """Offer what `write_list` and `table_query` read."""
    add_json(parser)
    add_filter(parser, columns)
    parser.add_argument("--limit", metavar="N", type=count, help="print at most N rows")


def table_query(options: Options, columns: Sequence[Column[T]]) -> TableQuery:
    """The filter and order that were asked for."""
    statuses = _statuses(columns)
    chosen = tuple(status for status in statuses if choice_name(status) in options.status)
    query = TableQuery(options.sort, options.descending, options.search)
    return query.with_filter("status", OneOf(chosen))


def _statuses(columns: Sequence[Column[T]]) -> tuple[str, ...]:
    return next((column.values for column in columns if column.key == "status"), ())


def in_pages(table: Rows[T], query: TableQuery, limit: int | None) -> Iterator[T]:
    """The rows that `query` shows, at most `limit`, read page by page."""
    ids = table.ids(query)[:limit]
    for start in range(0, len(ids), PAGE):
        yield from table.rows(ids[start : start + PAGE])


def write_list(
    output: Output, options: Options, columns: Sequence[Column[T]], rows: Iterator[T]
) -> None:
    """Write `rows` as the options say."""
    if options.json:
        write_json(output, (json_object(columns, row) for row in rows))
    else:
        write_table(output, columns, rows)
