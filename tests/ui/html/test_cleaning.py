"""Cleaned HTML keeps its words, loads nothing and is limited in size."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from mailadmin.ui.html.cleaning import clean_html
from mailadmin.ui.html.document import HtmlDocument
from mailadmin.ui.html.pictures import Picture
from mailadmin.ui.html.styles import clean_declarations, clean_sheet, refers_outside

MANY = 400_000  # characters


def body(html: str) -> str:
    """Return the cleaned `html` without its frame."""
    return clean_html(html).html.removeprefix("<html><body>").removesuffix("</body></html>")


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("a &amp; b < c", "a &amp; b &lt; c"),
        ("<p>one<p>two", "<p>one</p><p>two</p>"),
        ("<b><i>x</b></i>y", "<b><i>x</i></b>y"),
        ("<ul><li>1<li>2</ul>", "<ul><li>1</li><li>2</li></ul>"),
        ("<table><tr><td>1<td>2<tr><th>3</table>", "<table><tr><td>1</td><td>2</td></tr><tr>"
         "<th>3</th></tr></table>"),
        ("<table><tr><td></div>x</table>", "<table><tr><td>x</td></tr></table>"),
        ("<td>x", " x"),
        ("<section>x</section>", "<div>x</div>"),
        ("<o:p>x</o:p><blink>y</blink>", "xy"),
        ("<script>if (a<b) x()</script>y", "y"),
        ("<SCRIPT>x", ""),
        ("<svg><image href=x></svg>y<object data=x>z</object>", "y"),
        ("<!--[if mso]><table><![endif]-->x<!doctype html>", "x"),
        ("<a href='x\"y' onclick=z>w</a>", '<a href="x&quot;y">w</a>'),
        ("<p onclick=x style='color:red;position:fixed'>x", '<p style="color:red">x</p>'),
        ("<td bgcolor=red width=99999 colspan=9999>x", " x"),
        ("<font color=#ff0000 size=+1 face='A,B'>x", '<font color="#ff0000" size="+1" '
         'face="A,B">x</font>'),
        ("<hr><br/>", "<hr><br>"),
        ("x\0\x08\ufffcy", "xy"),
        ("<img src=http://x/y.png alt='Our <logo>'>", "[Our &lt;logo&gt;]"),
        ("<a \"><b", "<a><b></b></a>"),
    ],
)  # fmt: skip
def test_html_is_balanced_and_reduced_to_harmless_elements(html: str, clean: str) -> None:
    assert body(html) == clean


def test_the_colours_of_the_body_stay() -> None:
    page = clean_html("<BODY bgcolor=black text='white' onload=x background=y>x").html
    assert page == '<html><body bgcolor="black" text="white">x</body></html>'


def test_a_picture_has_its_own_size_or_the_width_in_the_html() -> None:
    def find(source: str) -> Picture | None:
        return Picture("cid:0", 600, 300) if source == "cid:logo" else None

    page = clean_html("<img src=cid:logo><img src='cid:logo' width=60><img src=cid:x>", find)
    assert page.html.count("<img") == 2
    assert '<img src="cid:0" width="600" height="300">' in page.html
    assert '<img src="cid:0" width="60" height="30">' in page.html
    assert not page.withheld


@pytest.mark.parametrize(
    "html",
    [
        "<img src=http://example.org/x.png>",
        "<img src=//example.org/x.png>",
        "<img src=x.png>",
        "<img src=file:///etc/x.png>",
        "<img src='\\\\server\\share\\x.png'>",
        "<img src=qrc:/x.png>",
        "<img srcset=x.png>",
        "<link rel=stylesheet href=x.css>",
        "<style>@import 'x.css';</style>",
        "<style>p { background: url(x.png) }</style>",
        "<style>@font-face { src: url('http://x/y.woff') }</style>",
        "<p style='background-image: url(http://x/y.png)'>",
        "<table background=x.png>",
        "<iframe src=x></iframe>",
        "<object data=x></object>",
        "<embed src=x>",
        "<meta http-equiv=Refresh content='0;url=http://x'>",
        "<script src=x></script>",
        "<video poster=x></video>",
    ],
)
def test_elements_that_load_something_are_left_out_and_reported(html: str) -> None:
    page = clean_html(html)
    assert page.withheld
    assert (
        page.html == "<html><body></body></html>"
        or "<p></p>" in page.html
        or "<table>" in page.html
    )


@pytest.mark.parametrize("html", ["<img src=cid:x>", "<p style='color:red'>", "<a href=http://x>y"])
def test_elements_that_load_nothing_are_not_reported(html: str) -> None:
    assert not clean_html(html).withheld


@pytest.mark.parametrize(
    ("css", "clean"),
    [
        ("color: red; BACKGROUND-color:#fff", "color:red;background-color:#fff"),
        ("background: url(x) red", ""),
        ("width: 99999px; padding: 3px 4px", "padding:3px 4px"),
        ("font-size: 0", ""),
        ("font-size: 4000px", ""),
        ("font: bold 12px/1.5 'Arial'", "font:bold 12px/1.5 'Arial'"),
        ("display:none; display: table", "display:none"),
        ("width: expression(alert(1)); margin-left: -500px; position: absolute", ""),
        ("color: r\\65 d", ""),
    ],
)
def test_only_harmless_declarations_of_a_style_are_kept(css: str, clean: str) -> None:
    assert clean_declarations(css) == clean


def test_only_harmless_rules_of_a_style_sheet_are_kept() -> None:
    css = """
        <!-- /* p {x} */ @import url(a.css); @charset "x"; p.x, td > b { color: red; behavior: y }
        @media print { p { display: none } } h1 { font-size: 20px } a[href^="x"] { color: blue } -->
    """
    assert clean_sheet(css) == ("p.x, td > b{color:red}\nh1{font-size:20px}", 2)
    assert refers_outside(css)
    assert not refers_outside("p { background: url(data:image/png;base64,x) } a { color: red }")
    assert clean_sheet("p { color: red")[1] == 1
    assert clean_sheet("@media {" * 1000 + "p{color:red}") == ("", 0)


@given(st.lists(st.sampled_from("<>&;\"' =/!-x1#"), max_size=30).map("".join))
def test_any_text_becomes_balanced_html(text: str) -> None:
    for html in (text, f"<table><tr><td {text}>{text}</td><li>{text}<p>", f"<style>{text}"):
        clean = clean_html(html).html
        assert clean.startswith("<html>")
        for name in ("table", "tr", "td", "p", "li"):
            assert clean.count(f"<{name}>") + clean.count(f"<{name} ") == clean.count(f"</{name}>")


HOSTILE = [
        "<link", "<div>", "<b></x>", "<table><tr><td>", "<table><tr><td>x</td></tr></table>",
        "<!--", "&amp", "<p style='", "<style", "<p>x", "<li>x", "<ul><li>x", "<tr><td>a<td>b",
        "<tr>", "<svg>", "<a '", "<a \"'>", "x", "<b>x</b>", "<img src=x alt=zzz>", "<blockquote>x",
        "<tr><td colspan=60>x</td>", "<td rowspan=60>x</td>", "<h1>x", "<pre>x", "<td>x<br>",
        "<style>a{color:red}</style>", "<p style='font-size:90px'>x ",
    ]  # fmt: skip

LAY_OUT = """
import sys
from PySide6.QtWidgets import QApplication, QTextBrowser
from mailadmin.ui.html.cleaning import clean_html
from mailadmin.ui.html.document import HtmlDocument
from tests.ui.html.test_cleaning import HOSTILE, MANY

app = QApplication([])
step = int(sys.argv[1])
for number, part in enumerate(HOSTILE):
    many = part * (MANY // len(part))
    pages = [many, f"<table><tr><td>{many}", "<table><tr>" * 20 + f"<td>x</td><td>{many}"]
    for html in pages[number % step :: step]:
        browser = QTextBrowser()
        browser.resize(800, 600)
        browser.show()
        document = HtmlDocument({})
        document.setHtml(clean_html(html).html)
        browser.setDocument(document)
        document.size()
        browser.close()
print("laid out")
"""


@pytest.mark.timeout(500)
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(3, id="one-page-of-each"),
        pytest.param(1, id="every", marks=pytest.mark.thorough),
    ],
)
def test_hostile_html_is_laid_out_in_seconds(step: int) -> None:
    """Uncleaned, some of it takes Qt minutes or for ever; cleaned, all of it takes seconds."""
    run = subprocess.run(
        [sys.executable, "-c", LAY_OUT, str(step)],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,  # some 50 seconds of processor time, on a machine that others use too
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (run.returncode, run.stdout.strip()) == (0, "laid out"), run.stderr


def test_a_table_that_is_too_wide_or_too_deep_keeps_its_words(qapp: QApplication) -> None:
    del qapp
    wide = "<table><tr>" + "".join(f"<td>w{number}</td>" for number in range(1000))
    deep = "".join(f"<table><tr><td>w{number}" for number in range(1000))
    spans = "<table><tr><td colspan=10000>w0</td></tr>" + "<tr><td>x</td></tr>" * 50
    for html in (wide, deep, spans):
        document = HtmlDocument({})
        document.setHtml(clean_html(html).html)
        words = document.toPlainText().split()
        assert {f"w{number}" for number in range(html.count(">w"))} <= set(words)
