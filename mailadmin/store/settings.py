"""Settings that belong to the store rather than to one user's window.

The preferences are imported when they are asked for: most commands don't ask, and start faster.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from mailadmin.domain.topic import Topic
from mailadmin.store.base.database import Database
from mailadmin.store.base.schema import SettingRow

if TYPE_CHECKING:
    from mailadmin.preferences import Preference, Preferences

P = TypeVar("P", bound="Preferences")
T = TypeVar("T")


class Settings:
    """Small JSON values by key; one of them holds the preferences."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default` if it was never set."""
        row = self._database.first(SettingRow.select().where(SettingRow.key == key))
        return default if row is None else json.loads(row.value)

    def set(self, key: str, value: Any) -> None:
        """Store a value that JSON can hold."""
        with self._database.write(Topic.SETTINGS):
            self._database.run(
                SettingRow.insert(key=key, value=json.dumps(value)).on_conflict(
                    conflict_target=[SettingRow.key], preserve=[SettingRow.value]
                )
            )

    # preferences --------------------------------------------------------------------------------

    def preferences(self, default: P) -> P:
        """The preferences that are stored; what is missing or makes no sense is as in `default`."""
        from mailadmin.preferences.stored import ROW, believed

        return replace(default, **believed(self.get(ROW)))

    def save(self, preferences: Preferences) -> None:
        """Store all preferences. Raises `InvalidInput` for one that makes no sense."""
        from mailadmin.preferences import values_of
        from mailadmin.preferences.stored import ROW, to_store

        self.set(ROW, to_store(values_of(preferences)))

    def prefer(self, preference: Preference[T], value: T) -> None:
        """Store one preference and leave the others. Raises `InvalidInput`."""
        self._change(lambda values: values.update({preference.key: value}))

    def forget(self, preference: Preference[Any]) -> None:
        """Let the default be in force again."""
        self._change(lambda values: values.pop(preference.key, None))

    def _change(self, change: Callable[[dict[str, Any]], object]) -> None:
        from mailadmin.preferences.stored import ROW, believed, to_store

        with self._database.write(Topic.SETTINGS):  # another program may be changing them as well
            values = believed(self.get(ROW))
            change(values)
            self.set(ROW, to_store(values))
