"""Which providers may be disabled and deleted now, and whether mail can be sent at all."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from mailadmin.domain.errors import KnownError
from mailadmin.domain.provider import StoredProvider
from mailadmin.store import Store
from mailadmin.ui.threads.background import Background

_Reasons = tuple[KnownError | None, KnownError | None]


class ProviderRules(QObject):
    """What was last read of all providers, those that a filter leaves out too.

    When the store can't be read the table says so, and each action asks again by itself.
    """

    changed = Signal()

    def __init__(self, store: Store, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._background = background
        self._reasons: dict[int, _Reasons] = {}
        self.some_enabled = False

    def against_disabling(self, provider: StoredProvider) -> KnownError | None:
        """Why it must stay enabled; None if it may be disabled, as far as is known."""
        return self._reasons.get(provider.id, (None, None))[0]

    def against_removal(self, provider: StoredProvider) -> KnownError | None:
        """Why it must stay; None if it may be deleted, as far as is known."""
        return self._reasons.get(provider.id, (None, None))[1]

    def read(self) -> None:
        """Ask again, in the reading thread. Cheap to call often."""
        self._background.run(
            self._read, self._take, lambda _: None, key=(ProviderRules, id(self)), owner=self
        )

    def _read(self) -> tuple[dict[int, _Reasons], bool]:
        found = self._store.providers.list()
        reasons: dict[int, _Reasons] = {
            provider.id: (
                self._store.providers.may_disable(provider),
                self._store.providers.may_remove(provider),
            )
            for provider in found
        }
        return reasons, any(provider.enabled for provider in found)

    def _take(self, read: tuple[dict[int, _Reasons], bool]) -> None:
        self._reasons, self.some_enabled = read
        self.changed.emit()
