"""The preview shows the contents of a message and loads nothing from outside."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QUrl
from PySide6.QtGui import QAction, QColor, QGuiApplication, QImage, QImageWriter, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QRadioButton
from pytestqt.qtbot import QtBot

from mailadmin.message import Mailbox, compose
from mailadmin.ui.details.message_body import MessageBody, read_body
from mailadmin.ui.details.preview import HtmlView, PreviewView
from mailadmin.ui.html.document import HtmlDocument
from mailadmin.ui.html.pictures import Pictures
from mailadmin.ui.theme.dark_palette import dark_palette
from tests.ui.finding import child

SENDER = Mailbox("office@example.org", "Office")


def picture(color: str = "#ff0000", size: int = 20) -> bytes:
    """Return a PNG file of one colour."""
    image = QImage(size, size, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return as_file(image, b"PNG")


def as_file(image: QImage, form: bytes) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(form)).write(image)
    return bytes(buffer.data().data())


def message(html: str, text: str = "", pictures: dict[str, bytes] | None = None) -> bytes:
    parts = "".join(
        f"--b\r\nContent-Type: image/png\r\nContent-ID: <{name}>\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(data).decode()}\r\n"
        for name, data in (pictures or {}).items()
    )
    plain = f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n" if text else ""
    return (
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        f"{plain}--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n{parts}--b--\r\n"
    ).encode()


@pytest.fixture
def preview(qtbot: QtBot) -> PreviewView:
    view = PreviewView(None)  # type: ignore[arg-type]
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.show()
    return view


def show(preview: PreviewView, content: bytes) -> MessageBody:
    body = read_body(content)
    preview.show_body(body)
    QApplication.processEvents()
    return body


def colors(preview: PreviewView) -> set[str]:
    """Return the colours of the page."""
    shot = child(preview, HtmlView, "detailsHtml").viewport().grab().toImage()
    return {
        QColor(shot.pixel(x, y)).name()
        for x in range(0, shot.width(), 4)
        for y in range(0, shot.height(), 4)
    }


def note(preview: PreviewView) -> str:
    label = child(preview, QLabel, "detailsNote")
    return label.text() if label.isVisible() else ""


# nothing from outside --------------------------------------------------------------------------


@pytest.fixture
def requests() -> Iterator[tuple[str, list[str]]]:
    """The address of a web server, and the list of requests to it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(picture())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    thread.join()
    server.server_close()


REFERENCES = """
    <img src="{url}/a.png"><img src='{url}/b.png' width=40 height=40>
    <body background="{url}/c.png"><table background="{url}/d.png"><tr><td>x</td></tr></table>
    <p style="background-image: url({url}/e.png)">x</p><p style="background: url('{url}/f.png')">
    <style>@import "{url}/g.css"; @import url({url}/h.css); p {{ background: url({url}/i.png) }}
    @font-face {{ font-family: x; src: url({url}/j.ttf) }} li {{ list-style-image: url({url}/k) }}
    </style><link rel=stylesheet href="{url}/l.css"><link rel=icon href="{url}/m.png">
    <meta http-equiv=refresh content="0; url={url}/n.html"><iframe src="{url}/o.html"></iframe>
    <object data="{url}/p.png"></object><embed src="{url}/q.png"><script src="{url}/r.js"></script>
    <video poster="{url}/s.png" src="{url}/t.mp4"></video><audio src="{url}/u.mp3"></audio>
    <input type=image src="{url}/v.png"><svg><image href="{url}/w.png"/></svg>
    <base href="{url}/"><img src="x.png"><img srcset="{url}/y.png 2x"><a href="{url}/z">link</a>
    <img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>
    <image href='{url}/0.png' width='9' height='9'/></svg>"><ul><li>one</ul>
"""


def test_the_preview_sends_no_request_to_a_server(
    preview: PreviewView, requests: tuple[str, list[str]], qtbot: QtBot
) -> None:
    url, asked = requests
    show(preview, message(REFERENCES.format(url=url)))
    assert "link" in child(preview, HtmlView, "detailsHtml").toPlainText()
    assert note(preview) == "Remote content was not loaded."
    qtbot.wait(300)  # a request would be sent at once; no signal says that none is
    assert asked == []
    assert "#ff0000" not in colors(preview)


@pytest.mark.parametrize("form", ["file://{path}", "{path}", "file:{path}", "//localhost{path}"])
def test_the_preview_reads_no_local_file(preview: PreviewView, tmp_path: Path, form: str) -> None:
    names = [f"{letter}.png" for letter in "abcdef"] + ["x.png", "y.png"]
    for name in names:
        (tmp_path / name).write_bytes(picture())
    (tmp_path / "g.css").write_text("body { background-color: #ff0000 }", encoding="utf-8")
    show(preview, message(REFERENCES.format(url=form.format(path=tmp_path))))
    assert note(preview) == "Remote content was not loaded."
    assert "#ff0000" not in colors(preview)


def test_a_document_reads_no_picture_from_a_file(tmp_path: Path, qapp: QApplication) -> None:
    """Even uncleaned HTML must not: Qt takes the name of an unknown picture for a file's."""
    path = tmp_path / "canary.png"
    path.write_bytes(picture())
    for source in (str(path), f"file://{path}", "qrc:/x.png", ":/x.png", r"\\server\share\x.png"):
        view = HtmlView(None)  # type: ignore[arg-type]
        page = HtmlDocument({})
        page.setHtml(f"<img src='{source}' width=200 height=200><link rel=stylesheet href=x.css>")
        view.show_page(page)
        view.resize(300, 300)
        view.show()
        qapp.processEvents()
        shot = view.viewport().grab().toImage()
        assert QColor(shot.pixel(100, 100)).name() == "#ffffff", source
        view.close()


def test_a_click_on_a_link_shows_its_target_without_following_it(
    preview: PreviewView, requests: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = requests
    show(preview, message(f"<a href='{url}/pay?a=1&amp;b=2'>Pay</a>"))
    view = child(preview, HtmlView, "detailsHtml")
    before = view.toHtml()
    view.anchorClicked.emit(QUrl(f"{url}/pay?a=1&b=2"))
    assert child(preview, QLabel, "detailsLinkTarget").text() == f"{url}/pay?a=1&b=2"
    assert url.split(":")[1] in view.toolTip()
    assert view.toHtml() == before
    assert view.source().isEmpty()
    menu = view.context_menu(f"{url}/pay")
    child(menu, QAction, "copyLinkAction").trigger()
    menu.deleteLater()
    assert QGuiApplication.clipboard().text() == f"{url}/pay"
    assert asked == []


# pictures of the message ------------------------------------------------------------------------


def test_pictures_carried_by_the_message_are_shown(preview: PreviewView) -> None:
    inside = base64.b64encode(picture("#00ff00", 60)).decode()
    html = f"<img src='cid:logo@x'><img src='data:image/png;base64,{inside}'><img src='cid:no'>"
    body = show(preview, message(html, pictures={"logo@x": picture("#0000ff", 60)}))
    assert len(body.images) == 2
    assert {"#00ff00", "#0000ff"} <= colors(preview)
    assert note(preview) == ""


def bomb(width: int, height: int) -> bytes:
    """Return a PNG whose header claims a larger size."""
    data = bytearray(picture())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return bytes(data)


def test_pictures_that_are_huge_or_of_unknown_format_are_left_out() -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    pictures = Pictures(
        {
            "bomb": bomb(50_000, 50_000),
            "wide": bomb(1 << 30, 1),
            "svg": svg,
            "none": b"",
            "x": b"BM",
        }
    )
    for name in ("bomb", "wide", "svg", "none", "x", "missing"):
        assert pictures.find(f"cid:{name}") is None
    assert pictures.find("http://example.org/x.png") is None
    assert pictures.find("data:image/png;base64,%%%") is None
    assert pictures.images == {}


def test_all_pictures_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailadmin.ui.html.pictures._ALL_TOGETHER", 1000)
    pictures = Pictures({"a": picture(), "b": picture(), "c": picture()})  # 400 pixels each
    assert pictures.find("cid:a") is not None
    assert pictures.find("cid:b") is not None
    assert pictures.find("cid:c") is None
    assert pictures.find("cid:a") is not None


def test_a_wide_picture_is_made_smaller() -> None:
    image = QImage(2000, 100, QImage.Format.Format_RGB32)
    found = Pictures({"x": as_file(image, b"JPG")}).find("cid:x")
    assert found is not None
    assert (found.width, found.height) == (700, 35)


# what is shown ----------------------------------------------------------------------------------


def test_the_preview_switches_between_html_and_text(preview: PreviewView) -> None:
    show(preview, message("<p>as <b>HTML</b>", text="as text"))
    html = child(preview, HtmlView, "detailsHtml")
    text = child(preview, QPlainTextEdit, "detailsText")
    assert html.isVisible()
    assert preview.searchable() is html
    child(preview, QRadioButton, "showTextButton").click()
    assert text.isVisible()
    assert text.toPlainText().strip() == "as text"
    assert preview.searchable() is text
    show(preview, message("<p>another", text="one"))  # the choice of the user stays
    assert text.isVisible()
    show(preview, compose(sender=SENDER, to=["a@x.org"], subject="x", text="y").content)
    assert text.isVisible()
    assert not child(preview, QRadioButton, "showTextButton").isVisible()
    child(preview, QRadioButton, "showHtmlButton").click()
    show(preview, message("<p>more"))
    assert html.isVisible()


def test_a_message_without_plain_text_shows_the_words_of_its_html(preview: PreviewView) -> None:
    show(preview, message("<style>p{color:red}</style><p>Dear <b>Ann</b></p><img src=x alt=Logo>"))
    assert note(preview) == "Remote content was not loaded."
    child(preview, QRadioButton, "showTextButton").click()
    assert child(preview, QPlainTextEdit, "detailsText").toPlainText().strip() == "Dear Ann\n[Logo]"
    assert "no plain text" in note(preview)


def test_the_preview_says_that_a_long_message_is_cut(preview: PreviewView) -> None:
    show(preview, message("<p>" + "word " * 50_000))
    assert "too large to be shown whole" in note(preview)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_html_page_is_light_in_light_and_dark_windows(
    preview: PreviewView, qapp: QApplication, scheme: str
) -> None:
    before = qapp.palette()
    if scheme == "dark":
        qapp.setPalette(dark_palette())
    try:
        show(preview, message("<p>text <a href=x>link</a>"))
        shown = colors(preview)
        assert "#ffffff" in shown
        view = child(preview, HtmlView, "detailsHtml")
        assert view.palette().color(QPalette.ColorRole.Text).name() == "#000000"
        assert "color:#0000d0" in view.toHtml()
    finally:
        qapp.setPalette(before)


def test_sample_mail_is_shown(
    preview: PreviewView, shared_mail: Path, subtests: pytest.Subtests
) -> None:
    with_html = 0
    for path in sorted(shared_mail.glob("*/*.eml")):
        with subtests.test(path.name):
            body = show(preview, path.read_bytes())
            with_html += body.html is not None
            shown = preview.searchable().toPlainText()
            assert shown.strip() or not (body.overview.text.strip() or body.overview.html.strip())
            if body.html is not None and body.overview.text.strip() == "":
                assert body.text_is_from_html
    assert with_html >= 5


def test_long_lines_are_divided_for_display(preview: PreviewView) -> None:
    body = show(preview, b"Subject: x\r\n\r\n" + b"x" * 1_000_000)
    assert max(map(len, body.text.split("\n"))) <= 10_000
    assert max(map(len, body.source.split("\n"))) <= 10_000
    assert body.text.replace("\n", "") == "x" * 1_000_000


def test_the_source_shows_every_byte_and_replaces_control_characters(preview: PreviewView) -> None:
    del preview
    body = read_body(b"A: b\r\n\r\nGr\xfc\xdfe\0\x1b\xe2\r\n\r\nend")
    assert body.source == "A: b\n\nGrüße\ufffd\ufffdâ\n\nend"
    assert read_body("A: é\u202e\r\n\r\n€".encode()).source == "A: é\ufffd\n\n€"
    long = read_body(b"A: b\r\n\r\n" + b"line\r\n" * 300_000)
    assert long.source_is_cut
    assert len(long.source) < 1024 * 1024
