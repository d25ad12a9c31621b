"""Shows what became of a test message: a mark, sentences, the reply, a remedy."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.welcome.trial_words import Remedy, Told
from mailadmin.ui.widgets.form_rows import note
from mailadmin.ui.widgets.mark import Mark

_REPLY_LINES = 4


class TrialResult(QFrame):
    """Hidden before the first result; a screen reader announces each new one."""

    remedyWanted = Signal(Remedy)

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._told: Told | None = None
        self.setObjectName("trialResult")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.mark = Mark(icons, self)
        self.mark.setObjectName("trialMark")
        self.sentence = note(self, "trialSentence")
        self.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._label = QLabel(self.tr("&Reply of the server, word for word"), self)
        self.reply = QPlainTextEdit(self)
        self.reply.setObjectName("trialReply")
        self.reply.setAccessibleName(self.tr("Reply of the server"))
        self.reply.setReadOnly(True)
        self.reply.setTabChangesFocus(True)
        self.reply.setMaximumHeight(self.fontMetrics().lineSpacing() * _REPLY_LINES)
        self._label.setBuddy(self.reply)
        self._button = QPushButton(self)
        self._button.setObjectName("trialRemedyButton")
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._ask)
        row = QHBoxLayout()
        row.addWidget(self._button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(self.mark)
        column.addWidget(self.sentence)
        column.addLayout(row)
        column.addWidget(self._label)
        column.addWidget(self.reply)
        self.hide()

    def tab_order(self) -> list[QWidget]:
        """Return the controls from top to bottom."""
        return [self.sentence, self._button, self.reply]

    def show_told(self, told: Told) -> None:
        """Show a result in place of the previous one."""
        if told == self._told:
            return
        before, self._told = self._told, told
        self.mark.show_mark(told.icon, told.role, told.words, colored=True)
        self.sentence.setText(told.sentence)
        self._label.setVisible(bool(told.reply))
        self.reply.setVisible(bool(told.reply))
        if self.reply.toPlainText() != told.reply:
            self.reply.setPlainText(told.reply)
        self._offer(told.remedy)
        self.show()
        if before is None or before.words != told.words:
            spoken = f"{told.words}. {told.sentence}"
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, spoken))

    def _offer(self, remedy: Remedy | None) -> None:
        self._button.setVisible(remedy is not None)
        if remedy is None:
            return
        text, icon = {
            Remedy.OPEN_PROVIDER: (self.tr("&Open provider…"), IconName.EDIT),
            Remedy.RESUME_SENDING: (self.tr("R&esume sending"), IconName.RESUME),
            Remedy.SHOW_QUEUE: (self.tr("Show the &queue"), IconName.LIST),
        }[remedy]
        self._button.setText(text)
        self._button.setAccessibleName(text.replace("&", ""))
        self._icons.put(self._button, icon)

    def _ask(self) -> None:
        if self._told is not None and self._told.remedy is not None:
            self.remedyWanted.emit(self._told.remedy)
