"""A message where its cause is: a banner of icon, sentence and, if it helps, a button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from mailadmin.core.errors import KnownError
from mailadmin.diagnostics.events import note_shown
from mailadmin.ui.errors import explain
from mailadmin.ui.icon_names import IconName
from mailadmin.ui.icons import Icons
from mailadmin.ui.status_colors import Role, banner_color

_ICONS = {
    Role.INFO: IconName.INFO,
    Role.OK: IconName.SUCCESS,
    Role.WARNING: IconName.WARNING,
    Role.BAD: IconName.FAILED,
}


class InlineMessage(QFrame):
    """Hidden until something is shown; a new message replaces the old one.

    The text is plain text, can be selected, and is announced to a screen reader.
    """

    appeared = Signal()  # something is said, perhaps in place of something else
    dismissed = Signal()

    def __init__(
        self, icons: Icons, parent: QWidget | None = None, *, closable: bool = True
    ) -> None:
        super().__init__(parent)
        self._icons = icons
        self._role = Role.INFO
        self._problem: KnownError | None = None
        self.setObjectName("inlineMessage")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._picture = QLabel(self)
        self._label = QLabel(self)
        self._label.setObjectName("inlineMessageText")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._button = QToolButton(self)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setObjectName("inlineMessageAction")
        self._close = QToolButton(self)
        self._close.setObjectName("inlineMessageClose")
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.clicked.connect(self.dismiss)
        self._close.setVisible(closable)
        icons.put(self._close, IconName.CLOSE)
        icons.changed.connect(self._follow_palette)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 4, 4)
        layout.addWidget(self._picture)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown, "" when none is."""
        return "" if self.isHidden() else self._label.text()

    @property
    def role(self) -> Role:
        """What kind of message it is."""
        return self._role

    @property
    def problem(self) -> KnownError | None:
        """The error that is shown, None when none is or it was given as a sentence."""
        return None if self.isHidden() else self._problem

    def show_info(
        self, text: str, action: QAction | None = None, *, seconds: float | None = None
    ) -> None:
        """Say something that needs no reaction, perhaps for `seconds` only."""
        self._show(Role.INFO, text, action, seconds)

    def show_ok(
        self, text: str, action: QAction | None = None, *, seconds: float | None = None
    ) -> None:
        """Say that something went well."""
        self._show(Role.OK, text, action, seconds)

    def show_warning(
        self, text: str, action: QAction | None = None, *, seconds: float | None = None
    ) -> None:
        """Say what deserves a second look."""
        self._show(Role.WARNING, text, action, seconds)

    def show_error(
        self,
        problem: str | KnownError,
        action: QAction | None = None,
        *,
        seconds: float | None = None,
    ) -> None:
        """Say what went wrong and what to do."""
        text = explain(problem) if isinstance(problem, KnownError) else problem
        known = problem if isinstance(problem, KnownError) else None
        if known is not None:
            note_shown(known)
        self._show(Role.BAD, text, action, seconds, known)

    def change_text(self, text: str, action: QAction) -> None:
        """Say how far it is by now, as long as what is shown offers `action`.

        It is not announced again: nobody wants to hear every step.
        """
        offered = not self.isHidden() and not self._button.isHidden()
        if offered and self._button.defaultAction() is action:
            self._label.setText(text)
            self.setAccessibleName(text)

    def dismiss(self) -> None:
        """Take the message away."""
        self._timer.stop()
        if not self.isHidden():
            self.hide()
            self.dismissed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Redraw for another palette, font or language."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._follow_palette()

    def _show(
        self,
        role: Role,
        text: str,
        action: QAction | None,
        seconds: float | None,
        problem: KnownError | None = None,
    ) -> None:
        self._role = role
        self._problem = problem
        self._label.setText(text)
        self._button.setDefaultAction(action) if action else None
        self._button.setVisible(action is not None)
        self.setAccessibleName(text)
        self._follow_palette()
        self.show()
        if seconds is None:
            self._timer.stop()
        else:
            self._timer.start(round(seconds * 1000))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._label, text))
        self.appeared.emit()

    def _follow_palette(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, banner_color(self._icons.palette, self._role))
        self.setPalette(palette)
        size = max(16, self.fontMetrics().height())
        self._close.setIconSize(QSize(size, size))
        self._picture.setPixmap(
            self._icons.pixmap(_ICONS[self._role], size, self.devicePixelRatioF(), self._role)
        )
