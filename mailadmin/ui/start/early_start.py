"""Makes a painted window ready for use: all slow steps come after the first paint."""

from __future__ import annotations

import gc
import sys
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from mailadmin.domain.errors import KnownError
    from mailadmin.drivers.registry import Drivers
    from mailadmin.place.location import Location
    from mailadmin.store import Store
    from mailadmin.ui.start.single_instance import SingleInstance
    from mailadmin.ui.threads.background import Background
    from mailadmin.ui.window.main_window import MainWindow

_PAINT_PATIENCE = 500  # milliseconds; a window that starts minimised is not painted at all
_OPEN_PATIENCE = 1000  # milliseconds until the wait is explained
_BACKGROUND_PATIENCE = 1.0  # seconds for the thread that opens the store, when the window closes


class FirstPaint(QObject):
    """Reports once that a window was painted, with all that is in it."""

    painted = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the paint event; its picture is on the screen when the event loop goes on."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self.painted.emit)
        return False


class EarlyStart(QObject):
    """Opens the store in a thread once `window` is painted, then connects the parts behind it.

    If the store can't be opened, the user is told why and the event loop ends with `exit_code`.
    `begun` is emitted once, when the window was painted and is complete except for its tabs.
    """

    begun = Signal()

    def __init__(self, window: MainWindow, location: Location, instance: SingleInstance) -> None:
        super().__init__(window)
        self.exit_code = 0
        self._window = window
        self._location = location
        self._instance = instance
        self._background: Background | None = None
        window.status.show_opening()
        window.closing.connect(self._closed)
        FirstPaint(window).painted.connect(self._begin)
        QTimer.singleShot(_PAINT_PATIENCE, self, self._begin)

    @Slot()
    def _begin(self) -> None:
        if self._background is not None:
            return
        from mailadmin.ui.start.termination import Termination
        from mailadmin.ui.threads.background import Background
        from mailadmin.ui.threads.emit_guard import guard_constants

        self._background = Background(parent=self)
        if not self._instance.become_first():
            self._window.close()
            return
        self._background.run_detached(
            partial(_open, self._location), self._opened, self._failed, ended=self._ended
        )
        self._instance.listen()
        guard_constants()
        self._window.complete()
        Termination(self._window)
        self.begun.emit()
        QTimer.singleShot(_OPEN_PATIENCE, self, self._explain)

    @Slot()
    def _explain(self) -> None:
        if not self._window.ready and not self.exit_code:
            self._window.banner.show_info(
                self.tr(
                    "The database is being opened. "
                    "The first time after an update this can take some minutes."
                )
            )

    def _opened(self, opened: tuple[Store, Drivers]) -> None:
        from mailadmin.ui.start.assembly import assemble

        store, drivers = opened
        closing = ExitStack()
        closing.callback(store.close)
        assemble(self._window, store, closing=closing, drivers=drivers)
        self._window.banner.dismiss()
        gc.freeze()  # what was imported so far stays: no later collection has to look through it

    def _failed(self, error: KnownError) -> None:
        self.exit_code = 1
        complain(error, self._window)

    def _ended(self) -> None:
        if not self._window.ready:  # also after a bug, which is reported elsewhere
            self.exit_code = 1
            self._window.hide()
            QCoreApplication.exit(self.exit_code)

    @Slot()
    def _closed(self) -> None:
        if self._background is not None:
            self._background.close(_BACKGROUND_PATIENCE)


def complain(error: KnownError, window: QWidget | None = None) -> None:
    """Show why the program can't go on, to the user and on standard error."""
    from PySide6.QtWidgets import QMessageBox

    from mailadmin.diagnostics.events import note_shown
    from mailadmin.ui.words.errors import explain

    print(f"mailadmin: {error}", file=sys.stderr)
    note_shown(error)
    QMessageBox.critical(window, "Mail Admin", explain(error))


def _open(location: Location) -> tuple[Store, Drivers]:
    """Open the store in this thread, and import here what the GUI thread will need next."""
    import mailadmin.ui.start.assembly  # noqa: F401
    from mailadmin.drivers.registry import standard_drivers
    from mailadmin.store import Store

    drivers = standard_drivers()
    store = Store.open(location.path, drivers)
    store.close()  # closes this thread's connection
    return store, drivers
