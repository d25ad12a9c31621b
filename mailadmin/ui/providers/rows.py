"""Providers as the rows of a table."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from mailadmin.domain.provider import StoredProvider
from mailadmin.store import Store
from mailadmin.tables.providers import PROVIDERS
from mailadmin.tables.query import OneOf, TableHead, TableQuery, ValueCount
from mailadmin.ui.providers.columns import HEALTH, HealthCell

_COLUMNS = {column.key: column for column in PROVIDERS}


class ProviderRows:
    """Reads providers for the table model; used in background threads alone.

    There are few of them, so a reading of the IDs keeps the rows for the reading of the values.
    """

    def __init__(self, store: Store, health: HealthCell) -> None:
        self._store = store
        self._health = health
        self._rows: dict[int, StoredProvider] = {}

    def ids(self, query: TableQuery) -> array[int]:
        """IDs in the order of `query`."""
        self._rows = {row.id: row for row in self._find(query)}
        return array("q", self._rows)

    def value_counts(self, query: TableQuery, key: str) -> list[ValueCount]:
        """How many providers have each value in the column `key`, were it not filtered itself."""
        found = self._find(query.with_filter(key, None))
        counts = Counter(self._value(provider, key) for provider in found)
        return [ValueCount(value, count) for value, count in sorted(counts.items())]

    def head(self, query: TableQuery, limit: int) -> TableHead:
        """The first of them, and how many there are."""
        ids = self.ids(query)
        return TableHead(tuple(ids[:limit]), len(ids))

    def rows(self, ids: Sequence[int]) -> list[StoredProvider]:
        """The providers with these IDs as they were when `ids` was read."""
        return [self._rows[row_id] for row_id in ids if row_id in self._rows]

    def _find(self, query: TableQuery) -> list[StoredProvider]:
        asked = query.with_filter(HEALTH, None)
        if query.sort == HEALTH:
            asked = replace(asked, sort="id")
        found = self._store.providers.list(asked)
        wanted = query.filter_of(HEALTH)
        if isinstance(wanted, OneOf):
            found = [
                provider for provider in found if self._health.state(provider) in wanted.values
            ]
        if query.sort == HEALTH:
            found.sort(key=self._health.text, reverse=query.descending)
        return found

    def _value(self, provider: StoredProvider, key: str) -> str:
        """As the repository has it."""
        if key == HEALTH:
            return self._health.state(provider)
        value = _COLUMNS[key].value(provider)
        if value is None:  # its driver has no such thing
            return ""
        return str(value).lower() if isinstance(value, bool) else str(value)
