"""The progress of a change of many rows: shown in a message, with Cancel, if it takes long."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction

from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.widgets.progress_line import ProgressLine

_A_WHILE = 500  # milliseconds


class BulkProgress(QObject):
    """The progress of a change of `total` rows. `text` has the places `{done}` and `{total}`."""

    def __init__(
        self,
        message: InlineMessage,
        background: Background,
        text: str,
        total: int,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._message = message
        self._text = text
        self._done, self._total = 0, total
        self._cancelled = threading.Event()
        self._post = background.poster(self)
        self.cancel_action = QAction(self.tr("Cancel"), self)
        self.cancel_action.setObjectName("cancelBulkAction")
        self.cancel_action.triggered.connect(self.cancel)
        self._timer = QTimer(self, singleShot=True, interval=_A_WHILE)
        self._timer.timeout.connect(self._appear)
        self._timer.start()
        self._line: ProgressLine | None = None

    def report(self, done: int, total: int) -> bool:
        """Show how many rows are done; return False to stop. Called in the thread of the change."""
        self._post(lambda: self._progressed(done, total))
        return not self._cancelled.is_set()

    def cancel(self) -> None:
        """Stop after the batch under way, as the user wishes."""
        self.stop()
        self.cancel_action.setEnabled(False)

    def stop(self) -> None:
        """Stop after the batch under way. May be called in any thread, also without a window."""
        self._cancelled.set()

    def end(self) -> None:
        """Remove the progress: the change has ended, in whatever way."""
        self._timer.stop()
        if self._line is not None:
            self._line.end()
        self.deleteLater()

    def _appear(self) -> None:
        self._line = self._message.show_progress(self._sentence(), self.cancel_action)

    def _progressed(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        if self._line is not None:
            self._line.say(self._sentence())

    def _sentence(self) -> str:
        number = self._message.locale().toString
        return self._text.format(done=number(self._done), total=number(self._total))
