"""Keeps the Health column of the Providers true without asking more often than anybody reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer, Slot

from mailadmin.delivery import ProviderCondition
from mailadmin.domain.health import ProviderHealth
from mailadmin.store import Store
from mailadmin.ui.providers.columns import HEALTH
from mailadmin.ui.providers.standing import ProviderStandings, Standing
from mailadmin.ui.tab.table_tab import TableTab

_INTERVAL = 2000  # milliseconds between two readings


class HealthWatch(QObject):
    """Fills `standings` for the table of `tab`, and reads only while that is visible."""

    def __init__(self, tab: TableTab, standings: ProviderStandings, store: Store) -> None:
        super().__init__(tab)
        self.standings = standings
        self._tab = tab
        self._model = tab.model
        self._store = store
        self._old = True
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.catch_up)
        for signal in (self._model.changesApplied, self._model.totalChanged):
            signal.connect(self._rows_changed)

    def set_conditions(self, conditions: Mapping[int, ProviderCondition]) -> None:
        """What the sender says, by provider ID."""
        with self._anew():
            self.standings.conditions = dict(conditions)

    def refresh(self) -> None:
        """Read the health again, soon after the last time."""
        self._old = True
        if not self._timer.isActive():
            self.catch_up()

    @Slot()
    def catch_up(self) -> None:
        """Read what changed since the last time, if somebody sees it."""
        some = self._model.total or self._model.filtered  # which of them is what is asked
        if not self._old or not self._tab.isVisible() or not some:
            return
        self._old = False
        self._timer.start(_INTERVAL)
        # What can't be read stays as it was; the table itself says why.
        self._tab.background.run(
            self._read,
            self._take,
            lambda _: None,
            key=(HealthWatch, id(self)),
            owner=self,
        )

    @Slot()
    def _rows_changed(self) -> None:
        self._old = True
        self._timer.start(0)

    def _read(self) -> dict[int, ProviderHealth]:
        """Of all providers, also those that a filter leaves out as they stood until now."""
        found = self._store.providers.list()
        return self._store.health.get([each.id for each in found])

    def _take(self, healths: dict[int, ProviderHealth]) -> None:
        with self._anew():
            self.standings.healths = healths

    @contextmanager
    def _anew(self) -> Iterator[None]:
        """Repaint the column, sort and filter by it anew, if what is set inside changes it."""
        before, told_before = self._shown(), self._told()
        yield
        if self._model.query.filter_of(HEALTH) is not None and self._told() != told_before:
            self._model.refresh()
        if self._shown() == before:
            return
        column = [column.key for column in self._model.columns].index(HEALTH)
        last = self._model.rowCount() - 1
        self._model.dataChanged.emit(self._model.index(0, column), self._model.index(last, column))
        if self._model.query.sort == HEALTH:
            self._model.refresh()

    def _told(self) -> tuple[object, ...]:
        standings = self.standings
        return (standings.healths, standings.conditions)

    def _shown(self) -> list[Standing]:
        providers = [self._model.value_at(row) for row in range(self._model.rowCount())]
        return [self.standings.of(provider) for provider in providers if provider is not None]
