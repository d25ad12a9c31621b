"""The New message dialog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.errors import InvalidInput, KnownError
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Provider
from mailadmin.message import DEFAULT_SIZE_LIMIT, parse_recipients
from mailadmin.store import Store
from mailadmin.ui.compose.attachment_list import AttachmentList, dropped_files
from mailadmin.ui.compose.draft import Draft, compose_draft, estimated_size, file_sizes, sender_of
from mailadmin.ui.compose.message_options import MessageOptions
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.cell_text import file_size, one_line
from mailadmin.ui.words.errors import explain

_WIDTH, _HEIGHT = 84, 32  # average characters, lines


class ComposeDialog(QDialog):
    """Writes one message and queues it. After any failure the fields keep their content.

    `queued` carries the queue IDs, one for each recipient.
    """

    queued = Signal(list)

    def __init__(
        self,
        store: Store,
        background: Background,
        *,
        icons: Icons,
        size_limit: int = DEFAULT_SIZE_LIMIT,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._background = background
        self._icons = icons
        self._size_limit = size_limit
        self._busy = False
        self.setObjectName("composeDialog")
        self.setWindowTitle(self.tr("New message"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self._build()
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * _WIDTH, metrics.lineSpacing() * _HEIGHT)
        self._show_size()
        self._background.run(store.providers.list, self._offer_senders, self._fail, owner=self)

    # construction -------------------------------------------------------------------------------

    def _build(self) -> None:
        self.message = InlineMessage(self._icons, self)
        self.message.setObjectName("composeMessage")
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._problems = FieldProblems(self._icons, self)
        self._from = QComboBox(self)
        self._from.setObjectName("fromCombo")
        self._from.setAccessibleName(self.tr("From"))
        self._from.setToolTip(self.tr("The senders of the enabled providers"))
        form.addRow(self.tr("&From:"), self._problems.under("sender", self._from))
        addresses = self.tr("Ann <ann@example.org>, bob@example.org")
        self._to = self._line(form, "to", self.tr("&To:"), self.tr("To"), addresses)
        self._cc = self._line(form, "cc", self.tr("&Cc:"), self.tr("Cc"))
        self._bcc = self._line(form, "bcc", self.tr("&Bcc:"), self.tr("Bcc"))
        self._bcc.setToolTip(self.tr("They get the message and stand nowhere in it"))
        self._subject = self._line(form, "subject", self.tr("&Subject:"), self.tr("Subject"))
        for name, field in (("to", self._to), ("cc", self._cc), ("bcc", self._bcc)):
            field.editingFinished.connect(partial(self._check_addresses, name, field))
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("textEdit")
        self._text.setAccessibleName(self.tr("Text of the message"))
        self._text.setTabChangesFocus(True)
        self._text.setPlaceholderText(self.tr("Plain text"))
        self._text.textChanged.connect(self._show_size)
        layout = QVBoxLayout(self)
        layout.addWidget(self.message)
        layout.addLayout(form)
        layout.addWidget(self._problems.under("text", self._text), 1)
        layout.addWidget(self._problems.under("attachments", self._make_attachments()))
        self._options = MessageOptions(self)
        layout.addWidget(self._problems.under("options", self._options))
        layout.addWidget(self._make_buttons())
        self._to.setFocus()

    def _line(
        self, form: QFormLayout, name: str, label: str, accessible_name: str, example: str = ""
    ) -> QLineEdit:
        field = QLineEdit(self)
        field.setObjectName(f"{name}Edit")
        field.setAccessibleName(accessible_name)
        field.setPlaceholderText(example)
        title = QLabel(label, self)
        title.setBuddy(field)
        form.addRow(title, self._problems.under(name, field))
        return field

    def _make_attachments(self) -> QWidget:
        area = QWidget(self)
        self._files = AttachmentList(self._icons, area)
        self._files.setMaximumHeight(self.fontMetrics().lineSpacing() * 5)
        self._files.changed.connect(self._show_size)
        self._files.filesDropped.connect(self.attach)
        add = QPushButton(self.tr("&Attach files…"), area)
        add.setObjectName("addAttachmentButton")
        self._icons.put(add, IconName.ATTACHMENT)
        add.clicked.connect(self._choose_files)
        self._remove = QPushButton(self.tr("&Remove"), area)
        self._remove.setObjectName("removeAttachmentButton")
        self._remove.clicked.connect(self._files.remove_selected)
        self._remove.setEnabled(False)
        self._files.itemSelectionChanged.connect(
            lambda: self._remove.setEnabled(bool(self._files.selectedItems()))
        )
        self._size = QLabel(area)
        self._size.setObjectName("sizeLabel")
        self._size.setTextFormat(Qt.TextFormat.PlainText)
        side = QVBoxLayout()
        side.addWidget(add)
        side.addWidget(self._remove)
        side.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._files, 1)
        row.addLayout(side)
        column = QVBoxLayout(area)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self._size)
        return area

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self._queue = QPushButton(self.tr("&Queue message"), self)
        self._queue.setObjectName("queueMessageButton")
        self._queue.setShortcut(QKeySequence("Ctrl+Return"))
        self._queue.setDefault(True)
        self._queue.setEnabled(False)
        self._icons.put(self._queue, IconName.NEW_MESSAGE)
        buttons.addButton(self._queue, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._start)
        buttons.rejected.connect(self.reject)
        return buttons

    # the sender ---------------------------------------------------------------------------------

    def _offer_senders(self, providers: Sequence[Provider]) -> None:
        for provider in providers:
            if provider.enabled:
                sender = sender_of(provider)
                shown = f"{sender.name} <{sender.address}>" if sender.name else sender.address
                caption = one_line(provider.caption)
                self._from.addItem(one_line(f"{shown} – {caption}"), sender)
        self._queue.setEnabled(self._from.count() > 0)
        if self._from.count() == 0:
            self.message.show_warning(
                self.tr("There is no enabled provider to send this. Add or enable one first.")
            )

    # attachments --------------------------------------------------------------------------------

    def attach(self, paths: Sequence[Path]) -> None:
        """Add files to the message."""
        self._problems.clear("attachments")
        # not in the store's thread: a file may lie on a server that does not answer
        self._background.run_detached(
            partial(file_sizes, list(paths)), self._files.add, self._fail, owner=self
        )

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, self.tr("Attach files"))
        if names:
            self.attach([Path(name) for name in names])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files anywhere on the dialog."""
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Attach the dropped files."""
        event.acceptProposedAction()
        self.attach(dropped_files(event.mimeData()))

    def _show_size(self) -> None:
        size = estimated_size(self._text.toPlainText(), self._files.files())
        self._size.setText(
            self.tr("About {size} of at most {limit}").format(
                size=file_size(size), limit=file_size(self._size_limit)
            )
        )
        if size > self._size_limit:
            self._problems.show(
                "attachments",
                self.tr("The message is too large. Remove a file, or send a link to it instead."),
            )
        else:
            self._problems.clear("attachments")

    # queueing -----------------------------------------------------------------------------------

    def _check_addresses(self, name: str, field: QLineEdit) -> None:
        try:
            parse_recipients(field.text(), field=name)
        except InvalidInput as error:
            self._problems.show(name, explain(error))
        else:
            self._problems.clear(name)

    def _draft(self) -> Draft:
        return Draft(
            sender=self._from.currentData(),
            to=self._to.text(),
            cc=self._cc.text(),
            bcc=self._bcc.text(),
            subject=self._subject.text(),
            text=self._text.toPlainText(),
            files=tuple(path for path, _ in self._files.files()),
        )

    def _start(self) -> None:
        if self._busy or self._from.count() == 0:
            return
        self._problems.clear_all()
        self.message.dismiss()
        try:
            schedule = self._options.schedule()
        except InvalidInput as error:
            self._fail(error)
            return
        self._set_busy(True)
        self._background.run_detached(
            partial(compose_draft, self._draft(), self._size_limit),
            lambda message: self._enqueue(
                replace(
                    message,
                    priority=schedule.priority,
                    not_before=schedule.not_before,
                    expires_at=schedule.expires_at,
                )
            ),
            self._fail,
            owner=self,
        )

    def _enqueue(self, message: NewMessage) -> None:
        self._background.write(
            lambda: self._store.queue.enqueue([message]), self._finish, self._fail, owner=self
        )

    def _finish(self, queue_ids: list[list[int]]) -> None:
        self._set_busy(False)
        self.queued.emit(queue_ids[0])
        self.accept()

    def _fail(self, error: KnownError) -> None:
        self._set_busy(False)
        if isinstance(error, InvalidInput) and self._problems.show(error.field, explain(error)):
            return
        self.message.show_error(error)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._queue.setEnabled(not busy and self._from.count() > 0)

    # closing ------------------------------------------------------------------------------------

    def has_changes(self) -> bool:
        """Whether closing the dialog would lose entered content."""
        lines = (self._to, self._cc, self._bcc, self._subject)
        return (
            any(line.text().strip() for line in lines)
            or bool(self._text.toPlainText().strip())
            or self._files.count() > 0
            or self._options.changed
        )

    def reject(self) -> None:
        """Close, after a question if there is content; not while the message is being queued."""
        if self._busy:
            return
        if not self.has_changes():
            super().reject()
            return
        box = QMessageBox(self)
        box.setObjectName("discardDialog")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("New message"))
        box.setText(self.tr("Discard this message?"))
        box.setInformativeText(self.tr("It was not queued. What you wrote will be lost."))
        discard = box.addButton(self.tr("&Discard"), QMessageBox.ButtonRole.DestructiveRole)
        discard.setObjectName("discardButton")
        keep = box.addButton(self.tr("&Keep writing"), QMessageBox.ButtonRole.RejectRole)
        keep.setObjectName("keepButton")
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        discard.clicked.connect(self._discard)
        box.open()

    def _discard(self) -> None:
        super().reject()
