"""Plain text has all the words of the HTML."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from mailadmin.ui.html.words import plain_text


def test_each_block_is_a_line(qapp: QApplication) -> None:
    del qapp
    assert plain_text("<h1>Dear <b>Ann</b></h1><p>one &amp; two</p>") == "Dear Ann\none & two"


def test_a_long_word_is_not_divided(qapp: QApplication) -> None:
    del qapp
    assert plain_text("x" * 5000) == "x" * 5000


def test_deeply_nested_html_keeps_its_words(qapp: QApplication) -> None:
    del qapp
    text = plain_text("<style>p{}</style>" + "<div>" * 1000 + "one &amp; two" + "</div>" * 1000)
    assert "one & two" in text
