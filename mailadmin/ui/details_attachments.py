"""What is attached to a message, and saving it. Nothing is ever opened or run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

from mailadmin.core.message import AttachmentInfo, attachment_content
from mailadmin.core.whole_file import write_whole
from mailadmin.ui.attachment_files import FileContent, save_all, taken_names
from mailadmin.ui.background import Background
from mailadmin.ui.cell_text import file_size, one_line, plain_tooltip
from mailadmin.ui.file_problems import writing
from mailadmin.ui.icon_names import IconName
from mailadmin.ui.icons import Icons
from mailadmin.ui.inline_message import InlineMessage

_NAMES_TOLD = 5  # in the question whether to replace files


class AttachmentsView(QWidget):
    """Names, types and sizes; the selected ones or all can be saved.

    `read` gives the message's bytes; it is called in a background thread.
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
        self._save_all.clicked.connect(lambda: self._ask_for_folder(range(len(self._attachments))))
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
        """List what is attached to another message."""
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

    def save_to_file(self, number: int, path: Path) -> None:
        """Save one attachment under a name the user chose, and was asked about if it was taken."""

        def write(files: list[FileContent]) -> list[Path]:
            writing(partial(write_whole, path, files[0].content))
            return [path]

        self._save_by(write, [number])

    def save_to_folder(self, numbers: Sequence[int], folder: Path) -> None:
        """Save attachments into a folder; asks if one of their names is taken there."""
        names = [self._attachments[number].name for number in numbers]
        self._background.run_detached(
            partial(taken_names, folder, names),
            lambda taken: self._ask_about(taken, numbers, folder),
            self._message.show_error,
            owner=self,
        )

    # asking -------------------------------------------------------------------------------------

    def _save_selected(self) -> None:
        numbers = sorted(
            self._list.indexOfTopLevelItem(item) for item in self._list.selectedItems()
        )
        if len(numbers) != 1:
            self._ask_for_folder(numbers)
            return
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save attachment"), self._attachments[numbers[0]].name
        )
        if name:
            self.save_to_file(numbers[0], Path(name))

    def _ask_for_folder(self, numbers: Sequence[int]) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Save attachments in"))
        if name:
            self.save_to_folder(list(numbers), Path(name))

    def _ask_about(self, taken: list[str], numbers: Sequence[int], folder: Path) -> None:
        if not taken:
            self._save_files(numbers, folder, replace=False)
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
        replace.clicked.connect(lambda: self._save_files(numbers, folder, replace=True))
        keep.clicked.connect(lambda: self._save_files(numbers, folder, replace=False))
        box.open()

    # saving -------------------------------------------------------------------------------------

    def _save_files(self, numbers: Sequence[int], folder: Path, *, replace: bool) -> None:
        self._save_by(partial(save_all, folder, replace=replace), numbers)

    def _save_by(
        self, write: Callable[[list[FileContent]], list[Path]], numbers: Sequence[int]
    ) -> None:
        """Decode attachments and have `write` write them, each where it keeps nobody waiting."""
        names = [self._attachments[number].name for number in numbers]
        read = self._read

        def decode() -> list[FileContent]:
            content = read()
            return [
                FileContent(name, attachment_content(content, number))
                for name, number in zip(names, numbers, strict=True)
            ]

        def write_beside(files: list[FileContent]) -> None:
            self._background.run_detached(
                partial(write, files), self._tell, self._message.show_error, owner=self
            )

        self._background.run(decode, write_beside, self._message.show_error, owner=self, long=True)

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
