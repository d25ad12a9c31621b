"""The most important facts about an email: address, subject, status, size, hash."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from mailadmin.domain.domain_names import both_forms
from mailadmin.domain.message import StoredMessage
from mailadmin.ui.details.loaded_message import EmailState
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.words.cell_text import exact_date, file_size, one_line, plain_tooltip
from mailadmin.ui.words.status_words import status_icon, status_meaning, status_word


class DetailsFacts(QWidget):
    """Labels beside values that can be selected and copied."""

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._state: EmailState | None = None
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self._email = self._fact(self.tr("Email:"), "detailsEmail")
        self._subject = self._fact(self.tr("Subject:"), "detailsSubject")
        self._status_icon = QLabel(self)
        self._status = QLabel(self.tr("Reading…"), self)
        self._status.setObjectName("detailsStatus")
        self._status.setTextFormat(Qt.TextFormat.PlainText)
        self._status.setWordWrap(True)
        status = QHBoxLayout()
        status.addWidget(self._status_icon)
        status.addWidget(self._status, 1)
        self._form.addRow(self.tr("Status:"), status)
        self._size = self._fact(self.tr("Size:"), "detailsSize")
        self._digest = QLineEdit(self)  # scrolls where a label would be cut off
        self._digest.setObjectName("detailsSha256")
        self._digest.setAccessibleName("SHA-256")
        self._digest.setReadOnly(True)
        self._digest.setFrame(False)
        self._form.addRow("SHA-256:", self._digest)
        icons.changed.connect(self._follow_palette)
        self._follow_palette()

    def show_email(self, email: str, subject: str, stored: StoredMessage | None) -> None:
        """Show the facts that do not change."""
        self._email.setText(both_forms(one_line(email)))
        self._subject.setText(one_line(subject))
        self._size.setText("" if stored is None else file_size(stored.size))
        self._digest.setText("" if stored is None else stored.sha256)
        self._digest.setCursorPosition(0)

    def show_state(self, state: EmailState | None) -> None:
        """Show the email's status and next attempt; None: they are not known."""
        self._state = state
        self._status_icon.setVisible(state is not None)
        if state is None:
            self._status.clear()
            return
        height = self.fontMetrics().height()
        name, role = status_icon(state.status)
        self._status_icon.setPixmap(
            self._icons.pixmap(name, height, self.devicePixelRatioF(), role)
        )
        words = [status_word(state.status)]
        if state.next_attempt_date is not None:
            words.append(
                self.tr("next attempt {date}").format(date=exact_date(state.next_attempt_date))
            )
        if state.reason and not state.attempts:
            words.append(one_line(state.reason))  # for example the limit it waits for
        self._status.setText(" · ".join(words))
        self._status.setToolTip(plain_tooltip(status_meaning(state.status)))

    def _follow_palette(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, palette.color(QPalette.ColorRole.Window))
        self._digest.setPalette(palette)
        if self._state is not None:
            self.show_state(self._state)

    def _fact(self, label: str, name: str) -> QLabel:
        value = QLabel(self)
        value.setObjectName(name)
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setWordWrap(True)
        value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        value.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        value.setAccessibleName(label.rstrip(":"))
        self._form.addRow(label, value)
        return value
