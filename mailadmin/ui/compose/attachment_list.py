"""The list of attachments of a new message."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
)
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.words.cell_text import file_size, one_line, plain_tooltip

_PATH = int(Qt.ItemDataRole.UserRole)
_SIZE = int(Qt.ItemDataRole.UserRole) + 1


class AttachmentList(QListWidget):
    """Lists names and sizes of files; takes dropped files, and Delete removes the selected ones.

    It knows only paths and sizes: the files are read when the message is made.
    """

    changed = Signal()
    filesDropped = Signal(list)  # list[Path]; the receiver reads their sizes and adds them

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self.setObjectName("attachmentsList")
        self.setAccessibleName(self.tr("Attachments"))
        self.setAcceptDrops(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(True)
        line = self.fontMetrics().height()
        self.setIconSize(QSize(line, line))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def add(self, files: Iterable[tuple[Path, int]]) -> None:
        """Add files with their sizes in bytes; a file that is listed already is not added again."""
        there = {path for path, _ in self.files()}
        for path, size in files:
            if path in there:
                continue
            there.add(path)
            item = QListWidgetItem(f"{one_line(path.name)}  ({file_size(size)})")
            item.setIcon(self._icons.icon(IconName.ATTACHMENT))
            item.setToolTip(plain_tooltip(str(path)))
            item.setData(_PATH, str(path))
            item.setData(_SIZE, size)
            self.addItem(item)
        self.changed.emit()

    def files(self) -> list[tuple[Path, int]]:
        """Return paths and sizes in bytes."""
        items = (self.item(row) for row in range(self.count()))
        return [(Path(item.data(_PATH)), int(item.data(_SIZE))) for item in items]

    def remove_selected(self) -> None:
        """Remove the selected files from the list."""
        for item in self.selectedItems():
            self.takeItem(self.row(item))
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove the selected files at the Delete key."""
        if event.matches(QKeySequence.StandardKey.Delete):
            self.remove_selected()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept dragged files."""
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Accept dragged files anywhere in the list."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Report the dropped files."""
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.filesDropped.emit(files)


def dropped_files(data: QMimeData) -> list[Path]:
    """Return the paths of local files in dragged or pasted data."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
