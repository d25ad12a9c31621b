"""The header fields of a message: decoded, one line each, to be searched and copied."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from mailadmin.message import MessageOverview


class HeadersView(QWidget):
    """Fields as "Name: value", folded lines joined, encoded words decoded."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("detailsHeaders")
        self.text.setAccessibleName(self.tr("Headers of the message"))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._names = _Names(self.text.document())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.text)

    def show_headers(self, overview: MessageOverview | None) -> None:
        """Show the header fields of a message; nothing for None."""
        fields = () if overview is None else overview.headers
        self.text.setPlainText("\n".join(f"{name}: {value}" for name, value in fields))


class _Names(QSyntaxHighlighter):
    """Highlights the names of the fields."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._bold = QTextCharFormat()
        self._bold.setFontWeight(QFont.Weight.Bold)

    def highlightBlock(self, text: str) -> None:
        """Highlight the words before the first colon."""
        self.setFormat(0, text.find(":") + 1, self._bold)
