"""Sends a message again, the same bytes as new mail, to addresses that the user enters."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput, KnownError
from mailadmin.domain.message import NewMessage
from mailadmin.message import parse_recipients
from mailadmin.store import Store
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.form_rows import line_edit, note
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.errors import explain

_WIDTH = 64  # average characters
_SOURCE = "sent again"


class SendAgainDialog(QDialog):
    """Asks for one or several addresses. `queued` carries the addresses that were queued."""

    queued = Signal(list)  # the addresses

    def __init__(
        self,
        store: Store,
        stored_id: int,
        *,
        background: Background,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._stored_id = stored_id
        self._background = background
        self._busy = False
        self.setObjectName("sendAgainDialog")
        self.setWindowTitle(self.tr("Send again to"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._message = InlineMessage(icons, self, closable=False)
        self._problems = FieldProblems(icons, self)
        self._to = line_edit(self, "sendAgainEdit", self.tr("To"))
        self._to.setPlaceholderText(self.tr("Ann <ann@example.org>, bob@example.org"))
        self._to.editingFinished.connect(self._check)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        label = QLabel(self.tr("&To:"), self)
        label.setBuddy(self._to)
        form.addRow(label, self._problems.under("to", self._to))
        explanation = note(self, "sendAgainNote")
        explanation.setText(
            self.tr(
                "The same bytes go to these addresses, with the recipients that stand in the "
                "message unchanged."
            )
        )
        layout = QVBoxLayout(self)
        layout.addWidget(self._message)
        layout.addLayout(form)
        layout.addWidget(explanation)
        layout.addStretch(1)
        layout.addWidget(self._make_buttons(icons))
        self.resize(self.fontMetrics().averageCharWidth() * _WIDTH, self.sizeHint().height())
        self._to.setFocus()

    def _make_buttons(self, icons: Icons) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self._queue = QPushButton(self.tr("&Queue message"), self)
        self._queue.setObjectName("sendAgainQueueButton")
        self._queue.setDefault(True)
        icons.put(self._queue, IconName.SEND_ON)
        buttons.addButton(self._queue, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._start)
        buttons.rejected.connect(self.reject)
        return buttons

    def reject(self) -> None:
        """Close; not while the message is being queued."""
        if not self._busy:
            super().reject()

    def _addresses(self) -> list[str]:
        addresses = parse_recipients(self._to.text(), field="to")
        if not addresses:
            raise InvalidInput(
                "to", QT_TRANSLATE_NOOP("KnownError", "Enter at least one recipient.")
            )
        return addresses

    def _check(self) -> None:
        try:
            parse_recipients(self._to.text(), field="to")
        except InvalidInput as error:
            self._problems.show("to", explain(error))
        else:
            self._problems.clear("to")

    def _start(self) -> None:
        if self._busy:
            return
        self._message.dismiss()
        try:
            addresses = self._addresses()
        except InvalidInput as error:
            self._fail(error)
            return
        self._problems.clear_all()
        self._set_busy(True)
        self._background.write(
            lambda: send_again(self._store, self._stored_id, addresses),
            lambda _: self._finish(addresses),
            self._fail,
            owner=self,
        )

    def _finish(self, addresses: list[str]) -> None:
        self._set_busy(False)
        self.queued.emit(addresses)
        self.accept()

    def _fail(self, error: KnownError) -> None:
        self._set_busy(False)
        if isinstance(error, InvalidInput) and self._problems.show(error.field, explain(error)):
            self._to.setFocus()
            return
        self._message.show_error(error)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._queue.setEnabled(not busy)
        self._to.setEnabled(not busy)


def send_again(store: Store, stored_id: int, addresses: list[str]) -> list[int]:
    """Queue the bytes of a stored message for other recipients; return the queue IDs.

    Raises `NotFound`, `MessageDamaged` and what `enqueue` raises.
    """
    stored = store.messages.get(stored_id)
    message = NewMessage(
        content=store.messages.content(stored_id),
        recipients=tuple(addresses),
        subject=stored.subject,
        message_id=stored.message_id,
        header_from=stored.header_from,
        envelope_from=stored.envelope_from,
        source=_SOURCE,
    )
    (queue_ids,) = store.queue.enqueue([message])
    return queue_ids
