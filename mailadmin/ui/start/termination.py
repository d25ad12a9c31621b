"""Closes the window properly at Ctrl+C in the terminal and at a service manager's SIGTERM."""

from __future__ import annotations

import signal
import socket
import sys
from contextlib import suppress

from PySide6.QtCore import QSocketNotifier, Qt
from PySide6.QtWidgets import QMainWindow


class Termination(QSocketNotifier):
    """Wakes Qt's event loop at a signal, which Python handles only when its own code runs next."""

    def __init__(self, window: QMainWindow) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        super().__init__(self._reader.fileno(), QSocketNotifier.Type.Read, window)
        self._window = window
        self.activated.connect(self._close, Qt.ConnectionType.QueuedConnection)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        if sys.platform == "win32":
            signal.signal(signal.SIGBREAK, lambda *_: None)

    def _close(self) -> None:
        with suppress(BlockingIOError):  # the notifier fired twice for one signal
            if self._reader.recv(64):
                self._window.close()
