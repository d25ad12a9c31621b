"""Providers as the rows of a table."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace

from mailadmin.core.domain import Provider
from mailadmin.core.table_query import TableHead, TableQuery
from mailadmin.ui.provider_columns import HEALTH
from mailadmin.ui.provider_services import ProviderServices


class ProviderRows:
    """Reads providers for the table model; used in the reading thread alone.

    There are few of them, so a reading of the IDs keeps the rows for the reading of the values.
    """

    def __init__(self, services: ProviderServices, health: Callable[[Provider], str]) -> None:
        self._services = services
        self._health = health  # in words
        self._rows: dict[int, Provider] = {}

    def ids(self, query: TableQuery) -> array[int]:
        """IDs in the order of `query`."""
        if query.sort == HEALTH:
            found = self._services.list(replace(query, sort="id"))
            found.sort(key=self._health, reverse=query.descending)
        else:
            found = self._services.list(query)
        self._rows = {row.id: row for row in found if row.id is not None}
        return array("q", self._rows)

    def head(self, query: TableQuery, limit: int) -> TableHead:
        """The first of them, and how many there are."""
        ids = self.ids(query)
        return TableHead(tuple(ids[:limit]), len(ids))

    def rows(self, ids: Sequence[int]) -> list[Provider]:
        """The providers with these IDs as they were when `ids` was read."""
        return [self._rows[row_id] for row_id in ids if row_id in self._rows]
