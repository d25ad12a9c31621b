"""The progress of a long action with its Cancel button: a line of an inline message."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role


class ProgressLine(QWidget):
    """Stays until `end`: the user can't close it, which would take `cancel` away.

    A screen reader announces it when it appears, and not at every step.
    """

    ended = Signal()

    def __init__(self, text: str, cancel: QAction, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._picture = QLabel(self)
        self._label = QLabel(self)
        self._label.setObjectName("progressText")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        button = QToolButton(self)
        button.setObjectName("progressCancel")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setDefaultAction(cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._picture)
        layout.addWidget(self._label, 1)
        layout.addWidget(button)
        icons.changed.connect(self._follow_palette)
        self._follow_palette()
        self.say(text)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._label, text))

    @property
    def text(self) -> str:
        """The text that is shown."""
        return self._label.text()

    def say(self, text: str) -> None:
        """Show the progress made so far."""
        self._label.setText(text)
        self.setAccessibleName(text)

    def end(self) -> None:
        """Remove the line: the action has ended, in whatever way."""
        self.hide()
        self.ended.emit()
        self.deleteLater()

    def _follow_palette(self) -> None:
        size = max(16, self.fontMetrics().height())
        ratio = self.devicePixelRatioF()
        self._picture.setPixmap(self._icons.pixmap(IconName.INFO, size, ratio, Role.INFO))
