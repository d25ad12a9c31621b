"""The filters of a table's columns: chosen by the user, remembered, and renewed at midnight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal, Slot

from mailadmin.tables.date_presets import DatePreset, next_day, resolve
from mailadmin.tables.query import ColumnFilter
from mailadmin.ui.filters.saved_filters import from_setting, to_setting
from mailadmin.ui.table.column import Column
from mailadmin.ui.table.filter_kinds import Chosen
from mailadmin.ui.table.model import TableModel

# Milliseconds after which the day is looked at again while a filter depends on it. A timer until
# midnight would be late by the time the computer slept, and wrong after its clock was set.
_LONGEST_WAIT = 60_000


class TableFilters(QObject):
    """What the columns of `model` are filtered by; whatever else filters them is taken over.

    Saved in `settings` by column key in the group `name`, as soon as it changes.
    """

    changed = Signal()
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
        self._applied: dict[str, ColumnFilter] = {}  # what it means, as the model has it
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.renew)
        self._restore()
        model.queryChanged.connect(self._follow)

    @property
    def model(self) -> TableModel[Any]:
        """The table that is filtered."""
        return self._model

    def chosen(self, key: str) -> Chosen | None:
        """What a column is filtered by."""
        return self._chosen.get(key)

    def active(self) -> list[tuple[Column[Any], Chosen]]:
        """The columns that are filtered, in the order in which they are declared."""
        columns = self._model.columns
        return [(each, self._chosen[each.key]) for each in columns if each.key in self._chosen]

    def choose(self, key: str, chosen: Chosen | None) -> None:
        """Filter a column so; None: don't filter it."""
        if chosen == self._chosen.get(key):
            return
        self._put(key, chosen)
        self._apply()
        self._tell()

    def reset(self) -> None:
        """Show all rows; the search is forgotten too."""
        self._chosen.clear()
        self._applied = {}
        self._model.reset_filters()
        self._tell()
        self.wasReset.emit()

    def renew(self) -> None:
        """Let filters that depend on the day be those of today."""
        self._apply()
        self._wait_for_midnight()

    def _put(self, key: str, chosen: Chosen | None) -> None:
        if chosen is None:
            self._chosen.pop(key, None)
        else:
            self._chosen[key] = chosen

    def _apply(self) -> None:
        query = replace(self._model.query, filters=())
        for key, chosen in self._chosen.items():
            meant = resolve(chosen, self._now()) if isinstance(chosen, DatePreset) else chosen
            query = query.with_filter(key, meant)
        self._applied = dict(query.filters)
        self._model.set_query(query)

    @Slot()
    def _follow(self) -> None:
        """Take over what others filter the model by, as a link in the status bar does."""
        filters = dict(self._model.query.filters)
        if filters == self._applied:
            return
        for key in self._applied.keys() | filters.keys():
            if self._applied.get(key) != filters.get(key):
                self._put(key, filters.get(key))
        self._applied = filters
        self._tell()

    def _tell(self) -> None:
        self._save()
        self._wait_for_midnight()
        self.changed.emit()

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
            self._put(column.key, from_setting(saved, column.filter))
        self._apply()
        self._wait_for_midnight()
