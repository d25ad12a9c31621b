"""The words of HTML: all of them, and nothing it refers to."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from mailadmin.ui import html_words
from mailadmin.ui.html_words import plain_text

STYLE = "p { display: none }"


def test_blocks_are_lines(qapp: QApplication) -> None:
    del qapp
    assert plain_text("<h1>Dear <b>Ann</b></h1><p>one &amp; two</p>") == "Dear Ann\none & two"


@pytest.mark.parametrize(
    "html",
    [
        "<link rel='stylesheet' href='{url}'><p>still here</p>",
        "<html><head><LINK rel=stylesheet href={url}></head><body><p>still here</p></body></html>",
        "<style>@import url('{url}');</style><p>still here</p>",
        "<p>still here</p><img src='{url}'>",
        "<body background='{url}'><p>still here</p></body>",
        "<style>p {{ background-image: url('{url}') }}</style><p>still here</p>",
    ],
)
def test_nothing_is_loaded(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, html: str
) -> None:
    del qapp
    (tmp_path / "style.css").write_text(STYLE, encoding="utf-8")
    given: list[object] = []
    refuse = html_words._Words.loadResource

    def watch(document: html_words._Words, kind: int, name: str) -> object:
        given.append(refuse(document, kind, name))
        return given[-1]

    monkeypatch.setattr(html_words._Words, "loadResource", watch)
    assert plain_text(html.format(url=f"file://{tmp_path}/style.css")).strip() == "still here"
    assert set(given) <= {None}


@pytest.mark.parametrize(
    "part",
    [
        "<link",
        "<div>",
        "<b></x>",
        "<table><tr><td>",
        "<!--",
        "&amp",
        "<p style='",
        "<style",
        "<b><b><b></b></b>",
        "<p>x",
    ],
)
def test_hostile_html_takes_little_time(qapp: QApplication, part: str) -> None:
    del qapp
    started = time.monotonic()
    plain_text(part * (1_000_000 // len(part)))
    assert time.monotonic() - started < 10


def test_deep_html_keeps_its_words(qapp: QApplication) -> None:
    del qapp
    text = plain_text("<style>p{}</style>" + "<div>" * 1000 + "one &amp; two" + "</div>" * 1000)
    assert "one & two" in text
