"""Reports changes of the database: at once for this process, by `data_version` for others."""

from __future__ import annotations

import threading
from contextlib import suppress

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from mailadmin.domain.errors import KnownError
from mailadmin.domain.topic import Topic
from mailadmin.store import Store
from mailadmin.ui.threads.background import Background

_GATHER = 100  # milliseconds during which changes are gathered into one signal for each topic
_POLL = 1000  # milliseconds between checks for commits of other programs
_IN_DATABASE = (Topic.PROVIDERS, Topic.QUEUE, Topic.LOG)


class ChangeEvents(QObject):
    """Gathers the commits of all threads into a few signals in the GUI thread."""

    changed = Signal(object)  # Topic
    _woken = Signal()

    def __init__(self, store: Store, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._background = background
        self._lock = threading.Lock()
        self._topics: set[Topic] = set()
        self._version: int | None = None
        self._gather = QTimer(self, interval=_GATHER, singleShot=True)
        self._gather.timeout.connect(self._tell)
        self._woken.connect(self._gather.start)
        self._poll = QTimer(self, interval=_POLL)
        self._poll.timeout.connect(self._look)
        self._unsubscribe = store.subscribe(self._heard)

    def start(self) -> None:
        """Begin to check for the commits of other programs.

        To be called before the first reading of a table: what another program commits after that
        reading must differ from the version that is noted now.
        """
        self._look()
        self._poll.start()

    def stop(self) -> None:
        """Stop: no signal comes from now on."""
        self._unsubscribe()
        self._poll.stop()
        self._gather.stop()

    def _heard(self, topic: Topic) -> None:
        """Note a change; called in the thread that committed it."""
        with self._lock:
            first = not self._topics
            self._topics.add(topic)
        if first:
            with suppress(RuntimeError):  # Qt has deleted this object: nothing listens any more
                self._woken.emit()

    @Slot()
    def _tell(self) -> None:
        with self._lock:
            topics, self._topics = self._topics, set()
        for topic in Topic:
            if topic in topics:
                self.changed.emit(topic)

    @Slot()
    def _look(self) -> None:
        self._background.run(
            self._store.data_version, self._compare, self._failed, key=self._look.__name__
        )

    def _compare(self, version: int) -> None:
        # The reading thread's connection counts this process's commits too: one reading more.
        if self._version not in {None, version}:
            for topic in _IN_DATABASE:
                self._heard(topic)
        self._version = version

    def _failed(self, error: KnownError) -> None:
        """Do nothing: the sender reports the same trouble in the status bar."""
