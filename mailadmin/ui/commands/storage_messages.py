"""Removes the message "the database is locked" once that is over."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Slot

from mailadmin.domain.errors import StorageBusy
from mailadmin.store import Store
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage

_INTERVAL = 1000  # milliseconds between two attempts


class StorageMessages(QObject):
    """Watches `messages` for "is locked" and removes it when the database can be changed again.

    It tries the database only while such a message is shown.
    """

    def __init__(
        self,
        messages: Sequence[InlineMessage],
        store: Store,
        background: Background,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._messages = messages
        self._store = store
        self._background = background
        self._looking = False
        self._timer = QTimer(self, singleShot=True, interval=_INTERVAL)
        self._timer.timeout.connect(self.look)
        for message in messages:
            message.appeared.connect(self._shown)

    @Slot()
    def _shown(self) -> None:
        if self._locked() and not self._timer.isActive():
            self._timer.start()

    def _locked(self) -> list[InlineMessage]:
        return [m for m in self._messages if isinstance(m.problem, StorageBusy)]

    @Slot()
    def look(self) -> None:
        """Try now whether the database can be changed again."""
        if self._looking or not self._locked():
            return
        self._looking = True
        self._background.write(
            self._store.require_unlocked, self._free, lambda _: None, owner=self, ended=self._ended
        )

    def _free(self, _: None) -> None:
        for message in self._locked():
            message.dismiss()

    def _ended(self) -> None:
        self._looking = False
        self._shown()
