"""A bar below the text that finds words in it, as browsers have it."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QWidget,
)

from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons

Searchable = QPlainTextEdit | QTextEdit
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FindBar(QWidget):
    """Hidden until `open`; Esc closes it, Enter finds the next place, Shift+Enter the previous."""

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("findBar")
        self._text: Searchable | None = None
        self._edit = QLineEdit(self)
        self._edit.setObjectName("findEdit")
        self._edit.setAccessibleName(self.tr("Find in this text"))
        self._edit.setPlaceholderText(self.tr("Find in this text"))
        self._edit.setClearButtonEnabled(True)
        self._edit.textChanged.connect(self._search_anew)
        self._told = QLabel(self)
        self._told.setObjectName("findTold")
        back = self._button(icons, IconName.PREVIOUS, self.tr("Find the one before"), "findBack")
        back.clicked.connect(lambda: self._go(backward=True))
        on = self._button(icons, IconName.NEXT, self.tr("Find the next one"), "findOn")
        on.clicked.connect(lambda: self._go(backward=False))
        close = self._button(icons, IconName.CLOSE, self.tr("Close"), "findClose")
        close.clicked.connect(self.close_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._edit, 1)
        row.addWidget(back)
        row.addWidget(on)
        row.addWidget(self._told)
        row.addWidget(close)
        self.hide()

    def search_in(self, text: Searchable | None) -> None:
        """Set the text to search; None: there is nothing to search."""
        self._text = text
        self._told.clear()
        if text is None:
            self.hide()

    def open(self) -> None:
        """Show the bar and take the focus; text that is selected becomes the search."""
        if self._text is None:
            return
        chosen = self._text.textCursor().selectedText()
        if chosen and "\u2029" not in chosen:
            self._edit.setText(chosen)
        self.show()
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.selectAll()

    def close_bar(self) -> None:
        """Hide the bar and give the focus back to the text."""
        self.hide()
        if self._text is not None:
            self._text.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Enter and Esc."""
        if event.key() in _ENTER:
            self._go(backward=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def _button(self, icons: Icons, icon: IconName, name: str, object_name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(object_name)
        button.setAutoRaise(True)
        button.setToolTip(name)
        button.setAccessibleName(name)
        icons.put(button, icon)
        return button

    def _search_anew(self) -> None:
        if self._text is not None:
            cursor = self._text.textCursor()
            cursor.setPosition(cursor.selectionStart())
            self._text.setTextCursor(cursor)
            self._go(backward=False)

    def _go(self, *, backward: bool) -> None:
        if self._text is None:
            return
        words = self._edit.text()
        if not words:
            self._told.clear()
            return
        # A pattern is used because QPlainTextEdit.find and QTextEdit.find ignore case in ASCII
        # alone.
        pattern = QRegularExpression(QRegularExpression.escape(words))
        pattern.setPatternOptions(QRegularExpression.PatternOption.CaseInsensitiveOption)
        flags = QTextDocument.FindFlag(0)
        if backward:
            flags |= QTextDocument.FindFlag.FindBackward
        document = self._text.document()
        found = document.find(pattern, self._text.textCursor(), flags)
        if found.isNull():
            start = QTextCursor(document)
            if backward:
                start.movePosition(QTextCursor.MoveOperation.End)
            found = document.find(pattern, start, flags)
        if found.isNull():
            self._told.setText(self.tr("Not found"))
            return
        self._told.clear()
        self._text.setTextCursor(found)
        self._text.ensureCursorVisible()
