"""What HTML says, as plain text, without looking at anything it refers to."""

from __future__ import annotations

from mailadmin.ui.html.cleaning import clean_html
from mailadmin.ui.html.document import HtmlDocument


def plain_text(html: str) -> str:
    """The words of `html`, a line for each block. May be called in any thread."""
    document = HtmlDocument({})
    document.setHtml(clean_html(html).html)
    # a place where a long word may be broken is no part of it
    return document.toPlainText().replace("\u200b", "")
