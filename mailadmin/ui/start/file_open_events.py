"""Documents that macOS asks the running application to open.

macOS names them in events rather than on the command line, also those that the application is
started with: these come as soon as the event loop runs.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent

_FILE_OPEN = QEvent.Type.FileOpen


class FileOpenEvents(QObject):
    """Reports which files the user opened. Make it before the event loop runs, on macOS only.

    Qt calls it for every event of the application, which on other systems would be a waste.
    """

    filesOpened = Signal(list)
    """Paths (`Path`), in the order in which they came; a selection of several comes as a whole."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self._waiting: list[Path] = []
        self._together = QTimer(self, singleShot=True, interval=0)
        self._together.timeout.connect(self._tell)
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the events that name a file; those that name a URL (`mailto:`) are not handled."""
        if event.type() != _FILE_OPEN or not isinstance(event, QFileOpenEvent):
            return False
        if not event.file():
            return False
        self._waiting.append(Path(event.file()))
        self._together.start()  # a selection of several files is one event for each
        return True

    def _tell(self) -> None:
        paths, self._waiting = self._waiting, []
        self.filesOpened.emit(paths)
