"""Shutdown has one owner: it stops taking work, wakes, waits a limited time, closes."""

from __future__ import annotations

from contextlib import ExitStack

from PySide6.QtCore import QObject, QTimer, Slot

from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.change_events import ChangeEvents
from mailadmin.ui.threads.sender import Sender
from mailadmin.ui.window.main_window import MainWindow

_SENDER_PATIENCE = 1.9  # seconds; the Deliverer itself needs 1.5
_SENDER_LIMIT = 20.0  # seconds for a disk that does not answer; the window is hidden by then
_BACKGROUND_PATIENCE = 1.0


class Lifetime(QObject):
    """Starts the parts once the window is on the screen and ends them when it closes."""

    def __init__(
        self,
        window: MainWindow,
        *,
        sender: Sender,
        events: ChangeEvents,
        background: Background,
        closing: ExitStack,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._sender = sender
        self._events = events
        self._background = background
        self._closing = closing
        self._ended = False
        window.started.connect(self._start_soon)
        window.closing.connect(self.end)

    @Slot()
    def _start_soon(self) -> None:
        """Start sending after the first paint, which should not have to wait."""
        QTimer.singleShot(0, self, self._start)

    @Slot()
    def _start(self) -> None:
        if not self._ended:
            self._sender.start()

    @Slot()
    def end(self) -> None:
        """End everything in order; a second call does nothing."""
        if self._ended:
            return
        self._ended = True
        self._events.stop()
        if not self._sender.stop(_SENDER_PATIENCE):
            # The store must not be closed, nor the thread destroyed, while the thread runs.
            self._window.hide()
            self._sender.stop(_SENDER_LIMIT)
        self._background.close(_BACKGROUND_PATIENCE)
        self._closing.close()
