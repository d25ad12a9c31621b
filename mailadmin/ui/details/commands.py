"""Commands for the message whose details are shown: save it, send it again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from mailadmin.export.whole_file import write_whole
from mailadmin.message import safe_filename
from mailadmin.store import Store
from mailadmin.ui.details.loaded_message import LoadedMessage
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.task import when_alive
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.cell_text import one_line
from mailadmin.ui.words.file_problems import writing

_SUFFIX = ".eml"


class DetailsCommands(QObject):
    """Opens its dialogs over `parent` and shows results in `message`."""

    queueRequested = Signal()  # the Queue should be shown, with what was queued here

    def __init__(
        self,
        store: Store,
        message: InlineMessage,
        *,
        background: Background,
        icons: Icons,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._store = store
        self._message = message
        self._background = background
        self._icons = icons
        self._loaded: LoadedMessage | None = None
        self._show_queue = QAction(self.tr("Show the Queue"), self)
        self._show_queue.setObjectName("showQueueAction")
        self._show_queue.triggered.connect(self.queueRequested)

    def set_message(self, loaded: LoadedMessage | None) -> None:
        """Set the message that the commands act on; None if none can be read."""
        self._loaded = loaded

    def ask_for_file(self) -> None:
        """Ask where to save the message. The system's dialog asks before a file is replaced."""
        loaded = self._loaded  # the dialog waits; another message may be shown meanwhile
        if loaded is None:
            return
        proposed = safe_filename((loaded.subject or loaded.email)[:100], "message")
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            self.tr("Save message"),
            proposed + _SUFFIX,
            self.tr("Email message (*.eml)"),
        )
        if name:
            self._save_as(loaded.stored_id, Path(name))

    def _save_as(self, stored_id: int, path: Path) -> None:
        """Write the exact bytes of a message to a file, replacing a file of that name."""

        def write(content: bytes) -> None:
            self._background.run_detached(
                partial(writing, partial(write_whole, path, content)),
                lambda _: self._message.show_ok(
                    self.tr("Saved as {path}.").format(path=one_line(str(path)))
                ),
                self._message.show_error,
                owner=self,
            )

        read = partial(self._store.messages.content, stored_id)
        self._background.run(
            read,
            write,
            when_alive(self, self._message.show_error),
            owner=self._background,  # it is written also if the details are closed at once
            long=True,
        )

    def send_again(self) -> None:
        """Ask for the addresses and queue the message for them."""
        if self._loaded is None:
            return
        from mailadmin.ui.details.send_again_dialog import SendAgainDialog

        dialog = SendAgainDialog(
            self._store,
            self._loaded.stored_id,
            background=self._background,
            icons=self._icons,
            parent=self._window,
        )
        dialog.queued.connect(self._tell_queued)
        dialog.open()

    def _tell_queued(self, addresses: list[str]) -> None:
        if len(addresses) == 1:
            text = self.tr("Queued for {address}.").format(address=one_line(addresses[0]))
        else:
            text = self.tr("Queued for {count} recipients.").format(
                count=self._window.locale().toString(len(addresses))
            )
        self._icons.put(self._show_queue, IconName.MAIL)
        self._message.show_ok(text, self._show_queue)
