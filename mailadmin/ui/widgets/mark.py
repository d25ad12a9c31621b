"""A mark: an icon and a word that say the same."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role


class Mark(QWidget):
    """An icon and a word beside it."""

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._shown: tuple[IconName, Role] | None = None
        self._colored = False
        self.picture = QLabel(self)
        self.word = QLabel(self)
        self.word.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.picture)
        row.addWidget(self.word)
        row.addStretch(1)
        icons.changed.connect(self._draw)

    def show_mark(self, icon: IconName, role: Role, word: str, *, colored: bool = False) -> None:
        """Show an icon with its word; the word in the icon's colour if `colored`."""
        self._shown = (icon, role)
        self.word.setText(word)
        self._colored = colored
        self.setAccessibleName(word)
        self._draw()

    def clear(self) -> None:
        """Show nothing, in the same space."""
        self._shown = None
        self.picture.clear()
        self.word.clear()
        self.setAccessibleName("")

    def _draw(self) -> None:
        if self._shown is None:
            return
        icon, role = self._shown
        size = self.fontMetrics().height()
        self.picture.setPixmap(self._icons.pixmap(icon, size, self.devicePixelRatioF(), role))
        palette = QPalette(self.word.palette())
        palette.setColor(
            QPalette.ColorRole.WindowText, self._icons.color(role if self._colored else Role.PLAIN)
        )
        self.word.setPalette(palette)
