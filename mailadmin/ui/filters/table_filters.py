"""The filters of a table's columns: chosen by the user, remembered, and renewed at midnight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal

from mailadmin.tables.choice import Chosen
from mailadmin.tables.date_presets import DatePreset, next_day, resolve
from mailadmin.tables.query import ColumnFilter, TableQuery
from mailadmin.ui.filters.saved_filters import from_setting, to_setting
from mailadmin.ui.table.column import ShownColumn
from mailadmin.ui.table.model import TableModel

# Milliseconds after which the day is looked at again while a filter depends on it. A timer until
# midnight would be late by the time the computer slept, and wrong after its clock was set.
_LONGEST_WAIT = 60_000


class TableFilters(QObject):
    """Owns what the columns of `model` are filtered by: nobody else does so.

    The model's query follows from it, editors and chips show it. It is saved in `settings` by
    column key in the group `name`, as soon as it changes.
    """

    changed = Signal(object)  # frozenset[str]: keys of the columns that are filtered otherwise
    wasReset = Signal()

    def __init__(
        self,
        model: TableModel[Any],
        settings: QSettings | None = None,
        name: str = "",
        parent: QObject | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._settings = settings
        self._group = f"tables/{name}/filters"
        self._now = now
        self._chosen: dict[str, Chosen] = {}
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.renew)
        self._restore()

    @property
    def model(self) -> TableModel[Any]:
        """The table that is filtered."""
        return self._model

    def chosen(self, key: str) -> Chosen | None:
        """What a column is filtered by."""
        return self._chosen.get(key)

    def active(self) -> list[tuple[ShownColumn[Any], Chosen]]:
        """The columns that are filtered, in the order in which they are declared."""
        columns = self._model.columns
        return [(each, self._chosen[each.key]) for each in columns if each.key in self._chosen]

    def choose(self, key: str, chosen: Chosen | None) -> None:
        """Filter a column so; None: don't filter it."""
        if chosen == self._chosen.get(key):
            return
        self._put(key, chosen)
        self._apply(self._model.query)
        self._tell(frozenset((key,)))

    def reset(self) -> None:
        """Show all rows; the search is forgotten too."""
        self.show_query(self._model.query.unfiltered())
        self.wasReset.emit()

    def show_query(self, query: TableQuery) -> None:
        """Show what `query` finds, in its order, whatever was filtered before."""
        before, self._chosen = self._chosen, dict(query.filters)
        self._apply(query)
        keys = before.keys() | self._chosen.keys()
        self._tell(frozenset(key for key in keys if before.get(key) != self._chosen.get(key)))

    def renew(self) -> None:
        """Let filters that depend on the day be those of today."""
        self._apply(self._model.query)
        self._wait_for_midnight()

    def _put(self, key: str, chosen: Chosen | None) -> None:
        if chosen is None:
            self._chosen.pop(key, None)
        else:
            self._chosen[key] = chosen

    def _apply(self, query: TableQuery) -> None:
        """Have the model show what `query` finds, with the filters that are chosen."""
        query = replace(query, filters=())
        for key, chosen in self._chosen.items():
            query = query.with_filter(key, self._meant(chosen))
        self._model.set_query(query)

    def _meant(self, chosen: Chosen) -> ColumnFilter:
        return resolve(chosen, self._now()) if isinstance(chosen, DatePreset) else chosen

    def _tell(self, keys: frozenset[str]) -> None:
        self._save()
        self._wait_for_midnight()
        self.changed.emit(keys)

    def _wait_for_midnight(self) -> None:
        if any(isinstance(chosen, DatePreset) for chosen in self._chosen.values()):
            now = self._now()
            left = (next_day(now) - now).total_seconds() * 1000
            self._timer.start(min(_LONGEST_WAIT, int(left) + 1))
        else:
            self._timer.stop()

    def _save(self) -> None:
        if self._settings is not None:
            self._settings.remove(self._group)
            for key, chosen in self._chosen.items():
                self._settings.setValue(f"{self._group}/{key}", to_setting(chosen))

    def _restore(self) -> None:
        if self._settings is None:
            return
        for column in self._model.columns:
            saved = self._settings.value(f"{self._group}/{column.key}")
            self._put(column.key, from_setting(saved, column))
        self._apply(self._model.query)
        self._wait_for_midnight()
