"""The row of buttons below the details, with their keys."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QWidget,
)

from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons


class DetailsButtons(QWidget):
    """Buttons to the previous and next message, Save, Send again, History and Close."""

    stepped = Signal(int)  # -1: the row above, 1: the row below
    saveRequested = Signal()
    sendRequested = Signal()
    historyRequested = Signal()
    closeRequested = Signal()

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._before = self._step_action(
            -1, "previousMessageAction", self.tr("Previous message"), IconName.PREVIOUS
        )
        self._after = self._step_action(
            1, "nextMessageAction", self.tr("Next message"), IconName.NEXT
        )
        self._before.setShortcuts([QKeySequence("Alt+Up"), QKeySequence("Ctrl+PgUp")])
        self._after.setShortcuts([QKeySequence("Alt+Down"), QKeySequence("Ctrl+PgDown")])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for action in (self._before, self._after):
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{action.text()} ({keys})")
            arrow = QToolButton(self)
            arrow.setDefaultAction(action)
            arrow.setAccessibleName(action.text())
            row.addWidget(arrow)
        self.of_message = QWidget(self)  # the buttons that act on the message shown
        self._save = self._button(self.tr("Sa&ve as .eml…"), "saveMessageButton", IconName.SAVE)
        self._save.clicked.connect(self.saveRequested)
        self._send = self._button(self.tr("Send a&gain to…"), "sendAgainButton", IconName.SEND_ON)
        self._send.clicked.connect(self.sendRequested)
        self._history = self._button(
            self.tr("Histor&y of this address"), "detailsHistoryButton", IconName.HISTORY
        )
        self._history.clicked.connect(self.historyRequested)
        wide = QHBoxLayout(self.of_message)
        wide.setContentsMargins(0, 0, 0, 0)
        for button in (self._save, self._send, self._history):
            wide.addWidget(button)
        row.addWidget(self.of_message)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.closeRequested)
        row.addStretch(1)
        row.addWidget(buttons)
        self.enable_message(known=False, readable=False)

    def enable_steps(self, *, before: bool, after: bool) -> None:
        """Enable the buttons for which there is a message above or below."""
        self._before.setEnabled(before)
        self._after.setEnabled(after)

    def enable_message(self, *, known: bool, readable: bool) -> None:
        """Enable what acts on the message: it is `known`, and its bytes are `readable`."""
        self._save.setEnabled(readable)
        self._send.setEnabled(readable)
        self._history.setEnabled(known)

    def _step_action(self, step: int, name: str, text: str, icon: IconName) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        self._icons.put(action, icon)
        action.triggered.connect(lambda: self.stepped.emit(step))
        self.window().addAction(action)  # its keys work wherever the focus is
        return action

    def _button(self, text: str, name: str, icon: IconName) -> QPushButton:
        button = QPushButton(text, self.of_message)
        button.setObjectName(name)
        button.setAutoDefault(False)
        self._icons.put(button, icon)
        return button
