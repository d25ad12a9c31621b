"""Settings that belong to the store rather than to one user's window."""

from __future__ import annotations

import json
from typing import Any

from mailadmin.domain.topic import Topic
from mailadmin.store.base.database import Database
from mailadmin.store.base.schema import SettingRow


class Settings:
    """Small JSON values by key."""

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
