"""The source of a message, byte for byte, as far as bytes can be shown as text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from mailadmin.ui.details.message_body import LONGEST_SOURCE, MessageBody
from mailadmin.ui.words.cell_text import file_size


class SourceView(QWidget):
    """Shows the source without wrapping, so that its lines are those of the message."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("detailsSource")
        self.text.setAccessibleName(self.tr("Source of the message"))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # whatever the window's is
        self._cut = QLabel(self)
        self._cut.setObjectName("detailsSourceCut")
        self._cut.setTextFormat(Qt.TextFormat.PlainText)
        self._cut.setWordWrap(True)
        self._cut.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.text, 1)
        layout.addWidget(self._cut)

    def show_source(self, body: MessageBody | None, size: int) -> None:
        """Show the source of a message of `size` bytes; nothing for None."""
        self.text.setPlainText("" if body is None else body.source)
        self._cut.setVisible(body is not None and body.source_is_cut)
        self._cut.setText(
            self.tr("The first {shown} of {size} are shown. “Save as .eml” writes all.").format(
                shown=file_size(LONGEST_SOURCE), size=file_size(size)
            )
        )
