"""The words of HTML: all of them."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from mailadmin.ui.html.words import plain_text


def test_blocks_are_lines(qapp: QApplication) -> None:
    del qapp
    assert plain_text("<h1>Dear <b>Ann</b></h1><p>one &amp; two</p>") == "Dear Ann\none & two"


def test_a_long_word_stays_one(qapp: QApplication) -> None:
    del qapp
    assert plain_text("x" * 5000) == "x" * 5000


def test_deep_html_keeps_its_words(qapp: QApplication) -> None:
    del qapp
    text = plain_text("<style>p{}</style>" + "<div>" * 1000 + "one &amp; two" + "</div>" * 1000)
    assert "one & two" in text
