"""Conversion of HTML to plain text; nothing that the HTML refers to is loaded."""

from __future__ import annotations

from mailadmin.ui.html.cleaning import clean_html
from mailadmin.ui.html.document import HtmlDocument


def plain_text(html: str) -> str:
    """Return the words of `html`, a line for each block. May be called in any thread."""
    document = HtmlDocument({})
    document.setHtml(clean_html(html).html)
    # the zero-width spaces that `clean_html` puts into long words are no part of the text
    return document.toPlainText().replace("\u200b", "")
