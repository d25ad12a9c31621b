"""The providers: reading, changing, and the rule that one stays enabled."""

from __future__ import annotations

import builtins
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, NotFound, RuleViolation
from mailadmin.domain.provider import (
    COMMON_FIELDS,
    BroughtIn,
    Provider,
    ProviderPause,
    StoredProvider,
    changed_fields,
)
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import Drivers
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import shown_columns
from mailadmin.store.base.schema import ProviderRow, QueueRow
from mailadmin.store.query.reader import TableReader
from mailadmin.store.query.statements import Table
from mailadmin.tables.providers import DISABLED, ENABLED, PROVIDERS
from mailadmin.tables.query import TableQuery, ValueCount

PROVIDER_GONE = (
    "It may have arrived, and the provider it was sent through was deleted. "
    "Release it to send it again, or delete it."
)

CHOICE_GONE = (
    "The provider that alone was to send it was deleted. "
    "Release it to send it through another one, or delete it."
)

# What a driver has not is found, counted and sorted as an empty text.
_OF_SOME_DRIVERS = {key: f"coalesce({key}, '')" for key in ("host", "username", "encryption")}
_TABLE = Table.of(
    "provider",
    PROVIDERS,
    {**_OF_SOME_DRIVERS, "enabled": f"iif(enabled, '{ENABLED}', '{DISABLED}')"},
    searched=("caption", "host", "username", "send_from", "send_from_name"),
)


class Providers:
    """Repository of providers. Passwords are not its business: they live in the keyring."""

    def __init__(self, database: Database, drivers: Drivers) -> None:
        self._database = database
        self._drivers = drivers
        self._table: TableReader[int] = TableReader(
            database, _TABLE, ("provider.id",), lambda values: int(values[0])
        )

    def list(self, query: TableQuery = TableQuery("id", descending=False)) -> list[StoredProvider]:  # noqa: B008 - frozen
        """Providers in the order of `query`, filtered by its search text."""
        found = {row.id: row for row in self._database.fetch(ProviderRow.select())}
        return [
            self._provider(found[row_id]) for row_id in self._table.ids(query) if row_id in found
        ]

    def value_counts(self, query: TableQuery, key: str) -> builtins.list[ValueCount]:
        """How many providers have each value of the column `key`, by all filters but its own."""
        return self._table.value_counts(query, key)

    def get(self, provider_id: int) -> StoredProvider:
        """One provider. Raises `NotFound`."""
        row = self._database.first(ProviderRow.select().where(ProviderRow.id == provider_id))
        if row is None:
            raise NotFound(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "Provider {id} doesn't exist any more: it was deleted in another window "
                    "or by a command.",
                ),
                id=provider_id,
            )
        return self._provider(row)

    def add(self, provider: Provider) -> StoredProvider:
        """Store a new provider; gives it back with its ID. The first one must be enabled."""
        with self._database.write(Topic.PROVIDERS, Topic.QUEUE):
            if not provider.enabled and not self._enabled_others(None):
                raise _must_stay_enabled(provider)
            provider_id = self._database.run(ProviderRow.insert(_row(provider)))
        return StoredProvider.of(provider, int(provider_id))

    def update(self, provider: StoredProvider) -> StoredProvider:
        """Store the changes; a pause ends, since the administrator has acted.

        Raises `NotFound`, and `RuleViolation` if none would stay enabled.
        """
        provider = replace(provider, pause=None)
        with self._database.write(Topic.PROVIDERS, Topic.QUEUE):
            before = self.get(provider.id)
            if not provider.enabled and not self._enabled_others(before.id):
                raise _must_stay_enabled(provider)
            self._database.run(
                ProviderRow.update(_row(replace(provider, uid=before.uid))).where(
                    ProviderRow.id == before.id
                )
            )
        return replace(provider, uid=before.uid)

    def bring_in(self, providers: Sequence[Provider], *, update: Container[str] = ()) -> BroughtIn:
        """Store the providers of a file, all of them or, by an error, none.

        One that is stored under the same uid stays as it is unless its uid is in `update`; changed,
        its pause ends, as by `update`. Raises `RuleViolation` if none would be enabled.
        """
        added: builtins.list[StoredProvider] = []
        updated: builtins.list[StoredProvider] = []
        left: builtins.list[StoredProvider] = []
        with self._database.write(Topic.PROVIDERS, Topic.QUEUE):
            known = {provider.uid: provider for provider in self.list()}
            for provider in providers:
                before = known.get(provider.uid)
                if before is None:
                    new = replace(provider, pause=None)
                    row_id = int(self._database.run(ProviderRow.insert(_row(new))))
                    added.append(StoredProvider.of(new, row_id))
                elif provider.uid in update and changed_fields(before, provider):
                    after = StoredProvider.of(replace(provider, pause=None), before.id)
                    self._database.run(
                        ProviderRow.update(_row(after)).where(ProviderRow.id == before.id)
                    )
                    updated.append(after)
                else:
                    left.append(before)
            if (added or updated) and not self._enabled_others(None):
                raise RuleViolation(
                    QT_TRANSLATE_NOOP(
                        "KnownError",
                        "No provider would be enabled, and one always has to be. Nothing was "
                        "imported.",
                    )
                )
        return BroughtIn(tuple(added), tuple(updated), tuple(left))

    def set_enabled(self, provider_id: int, enabled: bool) -> StoredProvider:
        """Enable (which also ends a pause) or disable a provider."""
        return self.update(replace(self.get(provider_id), enabled=enabled))

    def remove(self, provider_id: int) -> StoredProvider:
        """Delete a provider; gives what it was, so that its password can be removed.

        Mail bound to it is held: no other provider may send what it may have sent, or what was
        queued for it alone.
        Raises `NotFound` and `RuleViolation`.
        """
        with self._database.write(Topic.PROVIDERS, Topic.QUEUE):
            provider = self.get(provider_id)
            reason = self._removal_forbidden(provider)
            if reason is not None:
                raise reason
            for reason_to_hold, bound in (
                (PROVIDER_GONE, QueueRow.unknown_outcomes > 0),
                (CHOICE_GONE, QueueRow.unknown_outcomes == 0),
            ):
                self._database.run(
                    QueueRow.update(
                        status=QueueStatus.HELD, next_attempt_at=None, reason=reason_to_hold
                    ).where(
                        QueueRow.provider == provider_id,
                        bound,
                        QueueRow.next_attempt_at.is_null(False),
                    )
                )
            self._database.run(ProviderRow.delete().where(ProviderRow.id == provider_id))
        return provider

    def repeatable(self) -> frozenset[int]:
        """IDs of the providers through which an attempt of unknown end can simply be repeated."""
        return frozenset(each.id for each in self.list() if self._drivers.repeatable(each))

    def may_disable(self, provider: Provider) -> RuleViolation | None:
        """Why `provider` can't be disabled, or None if it can."""
        if provider.enabled and not self._enabled_others(_id(provider)):
            return _must_stay_enabled(provider)
        return None

    def may_remove(self, provider: Provider) -> RuleViolation | None:
        """Why `provider` can't be deleted, or None if it can."""
        return self._removal_forbidden(provider)

    def pause_unchanged(self, provider: StoredProvider, reason: str) -> bool:
        """Pause `provider` unless it was changed, deleted or paused since it was read."""
        row = self._database.first(ProviderRow.select().where(ProviderRow.id == provider.id))
        if row is None or replace(self._provider(row), pause=None) != replace(provider, pause=None):
            return False
        return self.pause(provider.id, reason)

    def pause(self, provider_id: int, reason: str, *, now: datetime | None = None) -> bool:
        """Send nothing through the provider until `resume` or a change; False if it was paused."""
        with self._database.write(Topic.PROVIDERS):
            changed = self._database.run(
                ProviderRow.update(pause_reason=reason, paused_at=now or datetime.now(UTC)).where(
                    ProviderRow.id == provider_id, ProviderRow.pause_reason.is_null()
                )
            )
        return bool(changed)

    def resume(self, provider_id: int) -> bool:
        """End a pause; False if there was none."""
        with self._database.write(Topic.PROVIDERS):
            changed = self._database.run(
                ProviderRow.update(pause_reason=None, paused_at=None).where(
                    ProviderRow.id == provider_id, ProviderRow.pause_reason.is_null(False)
                )
            )
        return bool(changed)

    def _provider(self, row: Any) -> StoredProvider:
        shown = shown_columns(row.host, row.port, row.username, row.encryption)
        pause = None
        if row.pause_reason is not None:
            pause = ProviderPause(row.pause_reason, row.paused_at)
        return StoredProvider(
            **{name: getattr(row, name) for name in COMMON_FIELDS},
            settings=self._drivers.decode(row.driver, row.settings, shown),
            pause=pause,
            id=row.id,
        )

    def _enabled_others(self, provider_id: int | None) -> int:
        condition = ProviderRow.enabled == True  # noqa: E712 - a SQL expression
        if provider_id is not None:
            condition &= ProviderRow.id != provider_id
        return len(self._database.fetch(ProviderRow.select(ProviderRow.id).where(condition)))

    def _removal_forbidden(self, provider: Provider) -> RuleViolation | None:
        others = self._database.fetch(
            ProviderRow.select(ProviderRow.enabled).where(ProviderRow.id != _id(provider)).tuples()
        )
        if others and provider.enabled and not any(enabled for (enabled,) in others):
            return RuleViolation(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "“{caption}” is the last enabled provider. Enable another one "
                    "before you delete it.",
                ),
                caption=provider.caption,
            )
        return None


def _must_stay_enabled(provider: Provider) -> RuleViolation:
    return RuleViolation(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "“{caption}” is the only enabled provider. Enable another one before you disable it.",
        ),
        caption=provider.caption,
    )


def _id(provider: Provider) -> int | None:
    return provider.id if isinstance(provider, StoredProvider) else None


def _row(provider: Provider) -> dict[str, Any]:
    settings, pause = provider.settings, provider.pause
    columns = settings.columns
    return {
        **{name: getattr(provider, name) for name in COMMON_FIELDS},
        "driver": settings.name,
        "settings": settings.to_json(),
        "host": columns.host,
        "port": columns.port,
        "username": columns.username,
        "encryption": columns.encryption,
        "pause_reason": None if pause is None else pause.reason,
        "paused_at": None if pause is None else pause.since,
    }
