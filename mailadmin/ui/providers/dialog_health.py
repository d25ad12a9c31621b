"""Keeps the Health group of an open provider dialog up to date."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from mailadmin.domain.health import ProviderHealth
from mailadmin.domain.provider import StoredProvider
from mailadmin.store import Store
from mailadmin.ui.providers.health_group import HealthGroup
from mailadmin.ui.providers.standing import ProviderStandings
from mailadmin.ui.threads.background import Background

_INTERVAL = 2000  # milliseconds between two readings


class DialogHealth(QObject):
    """Reads a stored provider and its health while `group` is there, and ends a pause."""

    pauseRead = Signal(object)  # the ProviderPause that is in force, or None
    failed = Signal(object)  # the KnownError that kept a pause from ending

    def __init__(
        self,
        provider: StoredProvider,
        group: HealthGroup,
        store: Store,
        background: Background,
        standings: ProviderStandings,
    ) -> None:
        super().__init__(group)
        self._id = provider.id
        self._group = group
        self._store = store
        self._background = background
        self._standings = standings
        self._timer = QTimer(self, interval=_INTERVAL)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        group.resumeWanted.connect(self._resume)
        self._show((provider, ProviderHealth(self._id)))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read how the provider stands now."""
        self._background.run(
            partial(_read, self._store, self._id),
            self._show,
            lambda _: None,  # deleted, or the database is in trouble: saving will say so
            key=(DialogHealth, id(self)),
            owner=self,
        )

    def _show(self, read: tuple[StoredProvider, ProviderHealth]) -> None:
        provider, health = read
        standing = self._standings.with_health(provider, health)
        self._group.tell(standing, health, paused=provider.pause is not None)
        self.pauseRead.emit(provider.pause)

    @Slot()
    def _resume(self) -> None:
        self._background.write(
            partial(self._store.providers.resume, self._id),
            lambda _: self.refresh(),
            self.failed.emit,
            owner=self,
        )


def _read(store: Store, provider_id: int) -> tuple[StoredProvider, ProviderHealth]:
    found = store.health.get([provider_id]).get(provider_id) or ProviderHealth(provider_id)
    return store.providers.get(provider_id), found
