"""One step of the welcome: its state, its purpose, and the button that does it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role


class WelcomeStep(QWidget):
    """A mark, a title above a sentence, and a button beside them or, in a narrow panel, below."""

    def __init__(self, icons: Icons, number: int, key: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._shown = (IconName.DOT, Role.MUTED)
        self._title = title
        self.setObjectName(f"{key}Step")
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._heading = _text(self, f"{number}. {title}")
        self._sentence = _text(self, "")
        self._sentence.setObjectName(f"{key}StepText")
        self.button = QPushButton(self)
        self.button.setObjectName(f"{key}StepButton")
        self.button.setAutoDefault(False)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._heading)
        words.addWidget(self._sentence)
        self._narrow: bool | None = None  # until the panel has a width
        self._inner = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._inner.addLayout(words, 1)
        self._inner.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._picture)
        row.addLayout(self._inner, 1)
        icons.changed.connect(self._draw)

    @property
    def sentence(self) -> str:
        """The sentence below the title."""
        return self._sentence.text()

    def name_button(self, text: str, icon: IconName) -> None:
        """Set text and icon of the button."""
        self.button.setText(text)
        self.button.setAccessibleName(text.replace("&", ""))
        self._icons.put(self.button, icon)

    def show_state(self, sentence: str, *, done: bool, now: bool, possible: bool = True) -> None:
        """Show whether the step is done, to be done now, or later."""
        if done:
            self._shown, state = (IconName.SUCCESS, Role.OK), self.tr("done")
        elif now:
            self._shown, state = (IconName.DOT, Role.INFO), self.tr("to be done now")
        else:
            self._shown, state = (IconName.DOT, Role.MUTED), self.tr("to be done later")
        self._sentence.setText(sentence)
        font = self._heading.font()
        font.setBold(now)
        self._heading.setFont(font)
        name = self.tr("{step}: {state}").format(step=self._title, state=state)
        self.setAccessibleName(name)
        self._picture.setAccessibleName(state)
        self._picture.setToolTip(state)
        self.button.setVisible(not done)
        self.button.setEnabled(possible)
        self.button.setAccessibleDescription(f"{name}. {sentence}")
        self._draw()

    def set_narrow(self, narrow: bool) -> None:
        """Put the button below the words, or beside them."""
        if narrow is self._narrow:
            return  # each change asks for a new layout, which asks for the width again
        self._narrow = narrow
        direction = QBoxLayout.Direction
        self._inner.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)
        self._inner.setAlignment(
            self.button,
            Qt.AlignmentFlag.AlignLeft if narrow else Qt.AlignmentFlag.AlignVCenter,
        )

    def _draw(self) -> None:
        icon, role = self._shown
        size = self.fontMetrics().height()
        self._picture.setPixmap(self._icons.pixmap(icon, size, self.devicePixelRatioF(), role))


def _text(parent: QWidget, text: str) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
