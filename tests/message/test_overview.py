"""The overview for the details dialogs: readable, bounded, and never an exception."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.message import (
    Attachment,
    AttachmentInfo,
    Mailbox,
    compose,
    read_overview,
    safe_filename,
)


def test_a_composed_message_is_shown_as_it_was_written() -> None:
    composed = compose(
        sender=Mailbox("ann@example.org", "Änn"),
        to=["bob@example.org"],
        subject="Grüße 😀",
        text="Hällo\nBob",
        html="<p>Hällo",
        attachments=[Attachment("bücher.pdf", "application/pdf", b"x" * 1000)],
    )
    overview = read_overview(composed.content)
    headers = dict(overview.headers)
    assert headers["From"] == "Änn <ann@example.org>"
    assert headers["Subject"] == "Grüße 😀"
    assert (overview.text, overview.html) == ("Hällo\nBob\n", "<p>Hällo\n")
    assert overview.attachments == (AttachmentInfo("bücher.pdf", "application/pdf", 1000),)
    assert overview.defects == ()


SAMPLES = {
    "japanese_attachment.eml": ("testing", ["てすと.txt"]),
    "japanese_attachment_long_name.eml": ("", ["かきくけこ" * 5 + ".txt"]),
    "japanese_shift_jis.eml": ("あいうえお", []),
    "attachment_with_quoted_filename.eml": ("", ["Eelanalüüsi päring.jpg"]),
    "attachment_with_unquoted_name.eml": ("This is the first", ["This is a test.txt"]),
    "attachment_message_rfc822.eml": ("This is the first", ["ForwardedMessage.eml"]),
    "raw_email7.eml": ("This is the first", ["test.rb", "test.pdf", "smime.p7s"]),
    "email_with_similar_boundaries.eml": ("Test", ["LOGO.png"]),
    "raw_email.eml": ("대부분의 마찬가지로", []),
    "raw_email_with_illegal_boundary.eml": ("Hello\nThis is an outlook", []),
}


def test_every_sample_has_an_overview(shared_mail: Path, subtests: pytest.Subtests) -> None:
    for path in sorted(shared_mail.glob("*/*.eml")):
        with subtests.test(path.name):
            overview = read_overview(path.read_bytes())
            assert overview.headers
            assert overview.text or overview.html or overview.attachments
            if path.name in SAMPLES:
                text, names = SAMPLES[path.name]
                assert overview.text.startswith(text)
                assert [attachment.name for attachment in overview.attachments] == names


HEADER = b"From: a@x.org\r\nTo: b@y.org\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number)
    for number in range(5000)
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\xff" * 1000,
        b"\r\n\r\n",
        b" x: y\n",
        HEADER + NESTED,
        HEADER + MIXED + b"--b\r\n" * 100_000,
        HEADER + MIXED + b"--b\r\n\r\nx\r\n" * 100_000,
        HEADER + MIXED + b"--b\r\nContent-Type: a/b\r\n\r\nx\r\n" * 10_000,
        HEADER + b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n--\r\n",
        HEADER + b"Content-Type: multipart/mixed\r\n\r\nx",
        HEADER + b'Content-Type: a/b; boundary="' + b"x" * 100_000 + b"\r\n\r\n",
        HEADER + b"Content-Type: " + b'a/b; x="' * 50_000 + b"\r\n\r\n",
        HEADER + b"Subject: " + b"\r\n ".join([b"=?utf-8?q?=C3=A4?="] * 15_000) + b"\r\n\r\n",
        HEADER + b"Subject: " + b"=?a?q?" * 100_000 + b"\r\n\r\n",
        HEADER + b"a:\r\n" * 100_000 + b"\r\n",
        HEADER + b"Content-Type: text/plain; charset=idna\r\n\r\n" + b"xn--a" * 10_000,
        HEADER + b"Content-Type: text/plain; charset=no\0ne\r\n\r\nx",
        HEADER + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A===\r\n" * 100_000,
        HEADER + b"Content-Type: text/plain\r\n\r\n" + b"x" * 5_000_000,
    ],
)
def test_hostile_messages_are_read_in_bounded_time(content: bytes) -> None:
    started = time.process_time()
    overview = read_overview(content)
    assert time.process_time() - started < 10  # about 1; without bounds, minutes
    assert len(overview.headers) <= 1000
    assert len(overview.text) <= 1_000_000
    assert len(overview.attachments) <= 1000


def test_defects_tell_what_was_left_out() -> None:
    assert "too deeply" in read_overview(HEADER + NESTED).defects[-1]
    assert "no end mark" in read_overview(HEADER + MIXED + b"--b\r\n\r\nHi").defects[-1]
    many = HEADER + MIXED + b"--b\r\n\r\nx\r\n" * 2000 + b"--b--\r\n"
    assert "too many parts" in read_overview(many).defects[-1]
    assert "does not say" in read_overview(HEADER + b"Content-Type: multipart/x\r\n\r\n").defects[0]
    assert "not a header field" in read_overview(b"nonsense\r\n" + HEADER).defects[0]
    assert "first 1000" in read_overview(HEADER + b"a: b\r\n" * 2000 + b"\r\n").defects[0]


@settings(deadline=None)
@given(
    st.binary(max_size=200),
    st.lists(st.sampled_from([b"--b\r\n", b"--b--\r\n", MIXED, b"\r\n", b"x\n"]), max_size=12),
)
def test_no_message_makes_the_overview_fail(start: bytes, pieces: list[bytes]) -> None:
    for content in (start, HEADER + MIXED + b"".join(pieces) + start):
        overview = read_overview(content)
        shown = "".join(name + value for name, value in overview.headers)
        assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in shown)
        assert all(safe_filename(part.name) == part.name for part in overview.attachments)


def test_headers_are_one_clean_line() -> None:
    content = b"Subject: =?utf-8?q?a=0D=0Ab=00c=E2=80=AEd?=\r\nX: \xe4\x07\r\n\r\n"
    assert read_overview(content).headers == (("Subject", "a  b\ufffdcd"), ("X", "ä\ufffd"))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Grüße 2026.txt", "Grüße 2026.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Windows\\x.dll", "x.dll"),
        ("C:evil.exe", "C_evil.exe"),
        ("file.txt:stream", "file.txt_stream"),
        ("/", "attachment"),
        ("..", "attachment"),
        ("", "attachment"),
        (" . ", "attachment"),
        (".bashrc", "bashrc"),
        ("a. . ", "a"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("LPT¹", "_LPT¹"),
        ("console.txt", "console.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nb\0c\x7f.txt", "abc.txt"),
        ("a\u200bb\ufeff.txt", "ab.txt"),
        ("e\u0301.txt", "é.txt"),
        ("half\ud800.txt", "half.txt"),
        ("COM1 .tar.gz", "_COM1 .tar.gz"),
        ("nul \u3000 .a.b", "_nul .a.b"),
        ("com1 a.txt", "com1 a.txt"),
        ('<a>|"b"?*.txt', "_a___b___.txt"),
        ("ä" * 300 + ".pdf", "ä" * 98 + ".pdf"),
        ("x" * 300, "x" * 200),
        ("x." + "y" * 300, "x." + "y" * 198),
    ],
)
def test_dangerous_file_names_become_safe(name: str, safe: str) -> None:
    assert safe_filename(name) == safe
    assert safe_filename(safe) == safe


@given(st.text(max_size=300))
def test_any_name_becomes_a_safe_one(name: str) -> None:
    safe = safe_filename(name)
    assert Path("/folder", safe).resolve() == Path("/folder", safe)
    assert Path(safe).name == safe
    assert 0 < len(safe.encode()) <= 201
    assert safe_filename(safe) == safe
