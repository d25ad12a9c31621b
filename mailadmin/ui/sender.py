"""The sender's QThread. The Deliverer knows no Qt; its news leave here as signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QThread, Signal

from mailadmin.core.delivery import Notice, SenderState


class Delivers(Protocol):
    """What is run in the thread: a `Deliverer`."""

    def run(self) -> object: ...

    def stop(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def wake(self) -> None: ...

    def credentials_changed(self) -> None: ...


MakeDeliverer = Callable[[Callable[[SenderState], None], Callable[[Notice], None]], Delivers]


class _Thread(QThread):
    def __init__(self, deliverer: Delivers, parent: QObject) -> None:
        super().__init__(parent)
        self._deliverer = deliverer

    def run(self) -> None:
        """Send until the Deliverer is stopped."""
        self._deliverer.run()


class Sender(QObject):
    """Starts, pauses and stops the sending thread; its signals arrive in the GUI thread."""

    stateChanged = Signal(object)  # SenderState
    noticed = Signal(object)  # Notice

    def __init__(self, make: MakeDeliverer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._deliverer = make(self.stateChanged.emit, self.noticed.emit)
        self._thread = _Thread(self._deliverer, self)
        self._thread.setObjectName("mailadmin-sender")

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def set_paused(self, paused: bool) -> None:
        """Claim nothing more, or go on."""
        if paused:
            self._deliverer.pause()
        else:
            self._deliverer.resume()

    def wake(self) -> None:
        """Look at the queue now."""
        self._deliverer.wake()

    def credentials_changed(self) -> None:
        """Look the passwords up again."""
        self._deliverer.credentials_changed()

    def stop(self, timeout: float = 2.0) -> bool:
        """Stop sending; gives whether the thread ended within `timeout` seconds."""
        self._deliverer.stop()
        return self._thread.wait(int(timeout * 1000))
