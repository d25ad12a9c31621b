"""The sender's QThread: it runs the Deliverer, which knows no Qt, and emits its news as signals."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QThread, Signal

from mailadmin.delivery import Notice, SenderState
from mailadmin.diagnostics.crash_report import SENDER_THREAD


class Delivers(Protocol):
    """The interface of a `Deliverer`, which runs in the thread."""

    def run(self) -> object: ...

    def stop(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...


MakeDeliverer = Callable[[Callable[[SenderState], None], Callable[[Notice], None]], Delivers]


class _Thread(QThread):
    def __init__(self, make: Callable[[], Delivers], parent: QObject) -> None:
        super().__init__(parent)
        self._make = make

    def run(self) -> None:
        """Send until the Deliverer is stopped."""
        threading.current_thread().name = SENDER_THREAD  # otherwise Python names it "Dummy"
        self._make().run()


class Sender(QObject):
    """Starts, pauses and stops the sending thread; its signals arrive in the GUI thread.

    `make` is called in that thread; requests made before it has returned are passed on then.
    """

    stateChanged = Signal(object)  # SenderState
    noticed = Signal(object)  # Notice

    def __init__(self, make: MakeDeliverer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._lock = threading.Lock()  # guards the fields below
        self._deliverer: Delivers | None = None
        self._paused: bool | None = None  # None: nobody asked for either
        self._stopped = False
        self._thread = _Thread(self._make_deliverer, self)
        self._thread.setObjectName(SENDER_THREAD)

    def _make_deliverer(self) -> Delivers:
        deliverer = self._make(self.stateChanged.emit, self.noticed.emit)
        with self._lock:
            self._deliverer = deliverer
            if self._paused is not None:
                _set_paused(deliverer, self._paused)
            if self._stopped:
                deliverer.stop()
        return deliverer

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def set_paused(self, paused: bool) -> None:
        """Stop claiming mail, or go on; and have that stored for every sender."""
        with self._lock:
            self._paused = paused
            if self._deliverer is not None:
                _set_paused(self._deliverer, paused)

    def stop(self, timeout: float = 2.0) -> bool:
        """Stop sending; return whether the thread ended within `timeout` seconds."""
        with self._lock:
            self._stopped = True
            if self._deliverer is not None:
                self._deliverer.stop()
        return self._thread.wait(int(timeout * 1000))


def _set_paused(deliverer: Delivers, paused: bool) -> None:
    if paused:
        deliverer.pause()
    else:
        deliverer.resume()
