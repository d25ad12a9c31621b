"""The attachments of a message, and saving them. None is ever opened or run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mailadmin.export.whole_file import write_whole
from mailadmin.message import AttachmentInfo, attachment_contents
from mailadmin.ui.details.attachment_files import FileContent, save_all, taken_names
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.task import when_alive
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.cell_text import file_size, one_line, plain_tooltip
from mailadmin.ui.words.file_problems import writing

_NAMES_TOLD = 5  # names in the question whether to replace files


@dataclass(frozen=True, slots=True)
class Chosen:
    """Attachments to be saved. `read` returns the bytes of their message, in another thread."""

    names: tuple[str, ...]
    numbers: tuple[int, ...]
    read: Callable[[], bytes]

    def decode(self) -> list[FileContent]:
        """Return names and contents. Raises what `read` raises."""
        contents = attachment_contents(self.read(), self.numbers)
        return [FileContent(name, data) for name, data in zip(self.names, contents, strict=True)]


class AttachmentsView(QWidget):
    """Lists names, types and sizes; the selected attachments or all can be saved.

    `read` returns the message's bytes; it is called in a background thread.
    """

    def __init__(
        self, message: InlineMessage, *, background: Background, icons: Icons, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._message = message
        self._background = background
        self._attachments: tuple[AttachmentInfo, ...] = ()
        self._read: Callable[[], bytes] = bytes
        self._list = QTreeWidget(self)
        self._list.setObjectName("detailsAttachments")
        self._list.setAccessibleName(self.tr("Attachments"))
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHeaderLabels([self.tr("Name"), self.tr("Type"), self.tr("Size")])
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._list.headerItem().setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
        self._list.itemSelectionChanged.connect(self._enable)
        self._save = QPushButton(self.tr("Save se&lected…"), self)
        self._save.setObjectName("saveAttachmentButton")
        icons.put(self._save, IconName.SAVE)
        self._save.clicked.connect(self._save_selected)
        self._save_all = QPushButton(self.tr("Save all &files…"), self)
        self._save_all.setObjectName("saveAllAttachmentsButton")
        self._save_all.clicked.connect(self._save_every)
        for button in (self._save, self._save_all):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(self._save)
        row.addWidget(self._save_all)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self._list, 1)
        layout.addLayout(row)
        self._enable()

    def show_attachments(
        self, attachments: Sequence[AttachmentInfo], read: Callable[[], bytes]
    ) -> None:
        """List the attachments of another message."""
        self._attachments = tuple(attachments)
        self._read = read
        self._list.clear()
        for attachment in attachments:
            name = one_line(attachment.name)
            item = QTreeWidgetItem(
                [name, one_line(attachment.content_type), file_size(attachment.size)]
            )
            item.setToolTip(0, plain_tooltip(name))
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._list.addTopLevelItem(item)
        self._enable()

    def save_to_file(self, chosen: Chosen, path: Path) -> None:
        """Save one attachment to a path that the user chose, and confirmed if the file exists."""

        def write(files: list[FileContent]) -> list[Path]:
            writing(partial(write_whole, path, files[0].content))
            return [path]

        self._save_by(write, chosen)

    def save_to_folder(self, chosen: Chosen, folder: Path) -> None:
        """Save attachments into a folder; ask first if it has files of their names."""
        self._background.run_detached(
            partial(taken_names, folder, chosen.names),
            lambda taken: self._ask_about(taken, chosen, folder),
            self._message.show_error,
            owner=self,
        )

    def choose(self, numbers: Sequence[int]) -> Chosen:
        """Return attachments of the present message; they stay those when another one is shown."""
        names = tuple(self._attachments[number].name for number in numbers)
        return Chosen(names, tuple(numbers), self._read)

    # asking -------------------------------------------------------------------------------------

    def _save_selected(self) -> None:
        items = self._list.selectedItems()
        chosen = self.choose(sorted(self._list.indexOfTopLevelItem(item) for item in items))
        if len(items) != 1:
            self._ask_for_folder(chosen)
            return
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save attachment"), chosen.names[0])
        if name:
            self.save_to_file(chosen, Path(name))

    def _save_every(self) -> None:
        self._ask_for_folder(self.choose(range(len(self._attachments))))

    def _ask_for_folder(self, chosen: Chosen) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Save attachments in"))
        if name:
            self.save_to_folder(chosen, Path(name))

    def _ask_about(self, taken: list[str], chosen: Chosen, folder: Path) -> None:
        if not taken:
            self._save_by(partial(save_all, folder, replace=False), chosen)
            return
        box = QMessageBox(self)
        box.setObjectName("replaceFilesDialog")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Save attachments"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(
            self.tr("This file is in the folder already. Replace it?")
            if len(taken) == 1
            else self.tr("{count} of these files are in the folder already. Replace them?").format(
                count=self.locale().toString(len(taken))
            )
        )
        more = ["…"] if len(taken) > _NAMES_TOLD else []
        box.setInformativeText("\n".join([*map(one_line, taken[:_NAMES_TOLD]), *more]))
        replace = box.addButton(self.tr("&Replace"), QMessageBox.ButtonRole.DestructiveRole)
        replace.setObjectName("replaceButton")
        keep = box.addButton(self.tr("&Keep both"), QMessageBox.ButtonRole.AcceptRole)
        keep.setObjectName("keepBothButton")
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(keep)
        box.setEscapeButton(cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        into = partial(save_all, folder)
        replace.clicked.connect(lambda: self._save_by(partial(into, replace=True), chosen))
        keep.clicked.connect(lambda: self._save_by(partial(into, replace=False), chosen))
        box.open()

    # saving -------------------------------------------------------------------------------------

    def _save_by(self, write: Callable[[list[FileContent]], list[Path]], chosen: Chosen) -> None:
        """Decode attachments and have `write` write them, in threads that delay no other work."""

        def write_beside(files: list[FileContent]) -> None:
            self._background.run_detached(
                partial(write, files), self._tell, self._message.show_error, owner=self
            )

        self._background.run(
            chosen.decode,
            write_beside,
            when_alive(self, self._message.show_error),
            owner=self._background,  # it is written also if the details are closed at once
            long=True,
        )

    def _tell(self, paths: list[Path]) -> None:
        if len(paths) == 1:
            text = self.tr("Saved as {path}.").format(path=one_line(str(paths[0])))
        else:
            text = self.tr("{count} files were saved in {folder}.").format(
                count=self.locale().toString(len(paths)), folder=one_line(str(paths[0].parent))
            )
        self._message.show_ok(text)

    def _enable(self) -> None:
        self._save.setEnabled(bool(self._list.selectedItems()))
        self._save_all.setEnabled(bool(self._attachments))
