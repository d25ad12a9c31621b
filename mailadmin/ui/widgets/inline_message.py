"""A message beside its cause: a banner with icon, sentence and, if it helps, a button.

Below it there can be progress lines; they stay while messages come and go.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.diagnostics.events import note_shown
from mailadmin.domain.errors import KnownError
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role, banner_color
from mailadmin.ui.widgets.progress_line import ProgressLine
from mailadmin.ui.words.errors import explain

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

    appeared = Signal()  # a message is shown, perhaps in place of another one
    dismissed = Signal()

    def __init__(
        self, icons: Icons, parent: QWidget | None = None, *, closable: bool = True
    ) -> None:
        super().__init__(parent)
        self._icons = icons
        self._role = Role.INFO
        self._problem: KnownError | None = None
        self._lines: list[ProgressLine] = []
        self.setObjectName("inlineMessage")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._message = QWidget(self)  # hidden by itself while there are progress lines below it
        self._picture = QLabel(self._message)
        self._label = QLabel(self._message)
        self._label.setObjectName("inlineMessageText")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._button = QToolButton(self._message)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setObjectName("inlineMessageAction")
        self._close = QToolButton(self._message)
        self._close.setObjectName("inlineMessageClose")
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.clicked.connect(self.dismiss)
        self._close.setVisible(closable)
        icons.put(self._close, IconName.CLOSE)
        icons.changed.connect(self._follow_palette)
        row = QHBoxLayout(self._message)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._picture)
        row.addWidget(self._label, 1)
        row.addWidget(self._button)
        row.addWidget(self._close)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(8, 4, 4, 4)
        self._rows.addWidget(self._message)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        self._message.hide()
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown, "" when none is."""
        return "" if self._message.isHidden() else self._label.text()

    @property
    def role(self) -> Role:
        """The kind of the message."""
        return self._role

    @property
    def problem(self) -> KnownError | None:
        """The error that is shown, None if there is none or it was given as a sentence."""
        return None if self._message.isHidden() else self._problem

    def show_info(
        self, text: str, action: QAction | None = None, *, seconds: float | None = None
    ) -> None:
        """Show a message that needs no reaction, for `seconds` or until it is closed."""
        self._show(Role.INFO, text, action, seconds)

    def show_ok(
        self, text: str, action: QAction | None = None, *, seconds: float | None = None
    ) -> None:
        """Show that something went well."""
        self._show(Role.OK, text, action, seconds)

    def show_warning(
        self, text: str, action: QAction | None = None, *, seconds: float | None = None
    ) -> None:
        """Show a message that deserves a second look."""
        self._show(Role.WARNING, text, action, seconds)

    def show_error(
        self,
        problem: str | KnownError,
        action: QAction | None = None,
        *,
        seconds: float | None = None,
    ) -> None:
        """Show what went wrong and what to do."""
        text = explain(problem) if isinstance(problem, KnownError) else problem
        known = problem if isinstance(problem, KnownError) else None
        if known is not None:
            note_shown(known)
        self._show(Role.BAD, text, action, seconds, known)

    def show_progress(self, text: str, cancel: QAction) -> ProgressLine:
        """Show that something is under way, until `ProgressLine.end` is called."""
        line = ProgressLine(text, cancel, self._icons, self)
        line.ended.connect(lambda: self._remove(line))
        self._lines.append(line)
        self._rows.addWidget(line)
        self._appear()
        return line

    def dismiss(self) -> None:
        """Remove the message."""
        self._timer.stop()
        if not self._message.isHidden():
            self._message.hide()
            self._appear()
            self.dismissed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the message anew for another palette, font or language."""
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
        self._message.show()
        self._appear()
        if seconds is None:
            self._timer.stop()
        else:
            self._timer.start(round(seconds * 1000))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._label, text))
        self.appeared.emit()

    def _remove(self, line: ProgressLine) -> None:
        self._lines.remove(line)
        self._rows.removeWidget(line)
        self._appear()

    def _appear(self) -> None:
        """Be visible as long as there is a message or a progress line."""
        said = self.text or (self._lines[0].text if self._lines else "")
        self.setAccessibleName(said)
        self._follow_palette()
        self.setVisible(bool(said))

    def _follow_palette(self) -> None:
        role = Role.INFO if self._message.isHidden() else self._role
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, banner_color(self._icons.palette, role))
        self.setPalette(palette)
        size = max(16, self.fontMetrics().height())
        self._close.setIconSize(QSize(size, size))
        self._picture.setPixmap(
            self._icons.pixmap(_ICONS[self._role], size, self.devicePixelRatioF(), self._role)
        )
