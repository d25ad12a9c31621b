"""The preview of a message: its text, or its HTML with nothing loaded from outside."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QRadioButton,
    QStackedWidget,
    QTextBrowser,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from mailadmin.ui.details.message_body import MessageBody
from mailadmin.ui.html.document import HtmlDocument
from mailadmin.ui.words.cell_text import one_line, plain_tooltip

# The page of HTML is light in a dark window too: its authors choose dark text for a light page, and
# give colours only for parts of it.
_PAGE = {
    QPalette.ColorRole.Base: "#ffffff",
    QPalette.ColorRole.Text: "#000000",
    QPalette.ColorRole.Highlight: "#2a6fb0",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.PlaceholderText: "#666666",
}
_LINKS = "a { color: #0000d0 }"  # otherwise the application's colour, for its own background


class HtmlView(QTextBrowser):
    """Shows an `HtmlDocument`; follows no link and fetches nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("detailsHtml")
        self.setAccessibleName(self.tr("Message as HTML"))
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setTabChangesFocus(False)  # the Tab key goes from link to link
        palette = QPalette(self.palette())
        for role, color in _PAGE.items():
            palette.setColor(role, QColor(color))
        self.setPalette(palette)
        self._page = HtmlDocument({})
        self.show_page(self._page)

    def show_page(self, page: HtmlDocument) -> None:
        """Show another page from its top."""
        before, self._page = self._page, page
        page.setParent(self)
        self.setDocument(page)
        if before is not page:
            before.deleteLater()

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return what the page's document holds under this name."""
        return self._page.loadResource(kind, name)

    def context_menu(self, link: str) -> QMenu:
        """Return the menu for a place with this link, "" for none."""
        menu = QMenu(self)
        copy = menu.addAction(self.tr("&Copy"), self.copy)
        copy.setEnabled(self.textCursor().hasSelection())
        copy_link = QAction(self.tr("Copy &link"), menu)
        copy_link.setObjectName("copyLinkAction")
        copy_link.setEnabled(bool(link))
        copy_link.triggered.connect(lambda: QGuiApplication.clipboard().setText(link))
        menu.addAction(copy_link)
        menu.addSeparator()
        menu.addAction(self.tr("Select &all"), self.selectAll)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy a link's target: the link under the mouse, or the one with the focus."""
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        link = self.anchorAt(event.pos()) if by_mouse else ""
        menu = self.context_menu(link or self.textCursor().charFormat().anchorHref())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())


class PreviewView(QWidget):
    """Shows HTML or plain text, whichever there is, with a switch if there are both."""

    switched = Signal()  # the other text is in front now

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._html_button = QRadioButton(self.tr("HTM&L"), self)
        self._html_button.setObjectName("showHtmlButton")
        self._text_button = QRadioButton(self.tr("&Plain text"), self)
        self._text_button.setObjectName("showTextButton")
        self._text_button.setChecked(True)
        group = QButtonGroup(self)
        for button in (self._html_button, self._text_button):
            group.addButton(button)
        self._html_button.toggled.connect(self._switch)
        self._prefers_html = True
        self._html_button.clicked.connect(lambda: self._prefer(html=True))
        self._text_button.clicked.connect(lambda: self._prefer(html=False))
        self._note = QLabel(self)
        self._note.setObjectName("detailsNote")
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._html = HtmlView(self)
        self._html.highlighted.connect(self._show_target)
        self._html.anchorClicked.connect(self._show_target)
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("detailsText")
        self._text.setAccessibleName(self.tr("Text of the message"))
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._target = QLabel(self)
        self._target.setObjectName("detailsLinkTarget")
        self._target.setTextFormat(Qt.TextFormat.PlainText)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._html)
        self._stack.addWidget(self._text)
        self._stack.setCurrentWidget(self._text)
        row = QHBoxLayout()
        row.addWidget(self._html_button)
        row.addWidget(self._text_button)
        row.addWidget(self._note, 1)
        row.addStretch()  # where there is no note
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(row)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._target)
        self._page: MessageBody | None = None
        self.show_body(None)

    def searchable(self) -> QTextEdit | QPlainTextEdit:
        """The text in front."""
        return self._html if self._html_button.isChecked() else self._text

    def show_body(self, body: MessageBody | None) -> None:
        """Show the contents of a message; nothing for None."""
        self._page = body
        has_html = body is not None and body.html is not None
        self._text.setPlainText("" if body is None else body.text)
        page = HtmlDocument({} if body is None else body.images)
        if body is not None and body.html is not None:
            page.setDefaultFont(self._html.font())
            page.setDefaultStyleSheet(_LINKS)
            page.setHtml(body.html.html)
        self._html.show_page(page)
        for button in (self._html_button, self._text_button):
            button.setVisible(has_html)
        html_first = has_html and self._prefers_html
        (self._html_button if html_first else self._text_button).setChecked(True)
        self._switch()

    def show_waiting(self) -> None:
        """Say that the contents are being read."""
        self.show_body(None)
        self._note.setText(self.tr("Reading…"))
        self._note.show()

    def _prefer(self, *, html: bool) -> None:
        self._prefers_html = html

    def _switch(self) -> None:
        as_html = self._html_button.isChecked()
        self._stack.setCurrentWidget(self._html if as_html else self._text)
        self._target.setVisible(as_html)
        self._target.clear()
        self._note.setText(" ".join(self._notes(as_html=as_html)))
        self._note.setVisible(bool(self._note.text()))
        self.switched.emit()

    def _notes(self, *, as_html: bool) -> list[str]:
        notes: list[str] = []
        if self._page is None or self._page.html is None:
            return notes
        if not as_html and self._page.text_is_from_html:
            notes.append(self.tr("The message has no plain text; these are the words of its HTML."))
        if as_html and self._page.html.withheld:
            notes.append(self.tr("Remote content was not loaded."))
        if as_html and self._page.html.shortened:
            notes.append(self.tr("It is too large to be shown whole; its source has all of it."))
        return notes

    def _show_target(self, url: QUrl) -> None:
        """Show where a link leads. It is not followed."""
        target = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        metrics = self._target.fontMetrics()
        shown = metrics.elidedText(
            one_line(target), Qt.TextElideMode.ElideMiddle, max(100, self._stack.width())
        )
        self._target.setText(shown)
        self._html.setToolTip(plain_tooltip(target) if target else "")
