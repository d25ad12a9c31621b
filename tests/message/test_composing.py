"""Composing: read back with the standard library's parser, which shares no code with the writer."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailadmin.domain.errors import InvalidInput, MessageRefused
from mailadmin.message import Attachment, Mailbox, compose, parse_mailboxes

ANN = Mailbox("ann@example.org", "Ann")
NOW = datetime(2026, 3, 5, 14, 7, 9, tzinfo=UTC)
LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120)


def written(**fields: object) -> EmailMessage:
    """A message to Bob with these fields, parsed; checks what holds for every message."""
    usual: dict[str, Any] = {"sender": ANN, "to": ["bob@example.org"], "subject": "Hi"}
    content = compose(**usual | fields).content
    assert content.isascii()
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not [part.defects for part in message.walk() if part.defects]
    return message


def test_a_simple_message_has_the_usual_fields() -> None:
    composed = compose(
        sender=ANN,
        to=["Bob <bob@example.org>", "carl@example.org, dora@example.org"],
        cc=["bob@EXAMPLE.org"],
        bcc=["eve@example.org"],
        subject="Hello",
        text="Hi\nthere",
        now=NOW,
    )
    assert composed.recipients == (
        "bob@example.org",
        "carl@example.org",
        "dora@example.org",
        "eve@example.org",
    )
    assert b"eve" not in composed.content
    assert b"bcc" not in composed.content.lower()
    assert (composed.subject, composed.source) == ("Hello", "compose")
    assert composed.header_from == "Ann <ann@example.org>"
    assert composed.envelope_from is None
    assert composed.content.decode() == (
        "Date: Thu, 05 Mar 2026 14:07:09 +0000\r\n"
        "From: Ann <ann@example.org>\r\n"
        "To: Bob <bob@example.org>, carl@example.org, dora@example.org\r\n"
        "Cc: bob@EXAMPLE.org\r\n"
        "Subject: Hello\r\n"
        f"Message-ID: {composed.message_id}\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: 7bit\r\n"
        "MIME-Version: 1.0\r\n"
        "\r\nHi\r\nthere\r\n"
    )


def test_a_message_with_bcc_alone_names_undisclosed_recipients() -> None:
    composed = compose(sender=ANN, to=[], bcc=["eve@example.org"], subject="", text="x")
    assert composed.recipients == ("eve@example.org",)
    assert b"To: undisclosed-recipients:;\r\n" in composed.content
    assert b"Subject" not in composed.content


def test_text_html_and_attachments_come_back() -> None:
    files = [
        Attachment("Grüße, \"quoted\" & 50 %.txt", "text/plain", b"a\nb\r\n\xff\0c"),
        Attachment("../../etc/passwd", "not a type", b""),
        Attachment("x" * 300 + ".pdf", "Application/PDF", bytes(range(256)) * 40),
        Attachment("mail.eml", "message/rfc822", b"From: a\n\nb\n"),
    ]  # fmt: skip
    message = written(text="Text ä", html="<p>Hé", attachments=files)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert (plain.get_content(), html.get_content()) == ("Text ä\r\n", "<p>Hé\r\n")
    attached = list(message.iter_attachments())
    assert [part.get_payload(decode=True) for part in attached] == [file.content for file in files]
    assert [part.get_content_type() for part in attached] == [
        "text/plain",
        "application/octet-stream",
        "application/pdf",
        "application/octet-stream",
    ]
    assert [part.get_filename() for part in attached] == [
        "Grüße, _quoted_ & 50 %.txt",
        "passwd",
        "x" * 196 + ".pdf",
        "mail.eml",
    ]


def test_html_alone_is_sent_as_html() -> None:
    message = written(html="<p>Hi")
    assert (message.get_content_type(), message.get_content()) == ("text/html", "<p>Hi\r\n")


@settings(deadline=None)
@given(LINE)
def test_every_subject_comes_back(subject: str) -> None:
    composed = compose(sender=ANN, to=["b@x.org"], subject=subject)
    assert composed.subject == compose(sender=ANN, to=["b@x.org"], subject=composed.subject).subject
    read = written(subject=subject)["Subject"]
    # The parser of Python 3.11 drops what it takes for folding: compare the visible characters.
    assert "".join((read or "").split()) == "".join(subject.split())


@settings(deadline=None)
@given(LINE)
@example("=?utf-8?q?evil?=")
@example('Ann "the boss" \\o/')
@example('", eve@example.org, "')
def test_every_name_comes_back_as_a_name(name: str) -> None:
    composed = compose(sender=Mailbox("ann@example.org", name), to=["b@x.org"], subject="x")
    field = composed.content.split(b"From: ")[1].split(b"\r\nTo: ")[0].replace(b"\r\n", b"")
    (mailbox,) = parse_mailboxes(field.decode())
    assert mailbox.address == "ann@example.org"
    shown = name.translate(dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
    assert "".join(mailbox.name.split()) == "".join(shown.split())
    (address,) = written(sender=Mailbox("ann@example.org", name))["From"].addresses
    assert address.addr_spec == "ann@example.org"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.just("\n"), max_size=2000))
def test_every_text_comes_back(text: str) -> None:
    # In U+2028 and the like the reading library sees line ends, which is its business.
    read = written(text=text).get_payload(decode=True)
    assert isinstance(read, bytes)
    wanted = text if not text or text.endswith("\n") else text + "\n"
    assert read.decode().replace("\r\n", "\n").rstrip("\n") == wanted.rstrip("\n")


def test_long_lines_and_dots_come_back() -> None:
    text = ".\n..\nFrom me\n" + "x" * 5000 + "\n" + "word " * 400 + "\n trailing \t\n"
    assert written(text=text).get_content() == text.replace("\n", "\r\n")


def test_an_address_in_another_script_is_ascii_in_the_header() -> None:
    message = written(sender=Mailbox("ann@bücher.example"), to=["Bö <bo@例え.jp>"])
    assert message["From"] == "ann@xn--bcher-kva.example"
    assert "bo@xn--r8jz45g.jp" in message["To"]


def test_a_local_part_in_another_script_is_kept() -> None:
    composed = compose(sender=ANN, to=["用户@例え.jp"], subject="x")
    assert "To: 用户@例え.jp\r\n".encode() in composed.content
    assert composed.recipients == ("用户@例え.jp",)


@pytest.mark.parametrize("control", ["\r\nBcc: eve@example.org", "\n", "\r", "\0", "\x0b", "\x85"])
@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("sender", lambda c: {"sender": Mailbox("ann@example.org" + c)}),
        ("sender", lambda c: {"sender": Mailbox("ann@example.org", "Ann" + c + "x")}),
        ("to", lambda c: {"to": ["bob@example.org" + c + ", c@example.org"]}),
        ("cc", lambda c: {"cc": [f"Bob{c} <bob@example.org>"]}),
        ("bcc", lambda c: {"bcc": [f'"B{c}b" <bob@example.org>']}),
        ("subject", lambda c: {"subject": "Hi" + c + "x"}),
        ("attachments", lambda c: {"attachments": [Attachment(f"a{c}b", "text/plain", b"")]}),
    ],
)
def test_control_characters_are_refused_by_the_name_of_their_field(
    control: str, field: str, make: Callable[[str], dict[str, object]]
) -> None:
    with pytest.raises(InvalidInput) as problem:
        written(**make(control))
    assert problem.value.field == field


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("to", {"to": []}),
        ("to", {"to": ["  "]}),
        ("to", {"to": ["bob"]}),
        ("sender", {"sender": Mailbox("")}),
        ("subject", {"subject": "half \ud83d"}),
        ("subject", {"subject": "=?utf-8?q?a=0Ab?="}),
        ("text", {"text": "a\0b"}),
        ("text", {"text": "half \ud83d"}),
        ("html", {"html": "\x1b[2J"}),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_field(field: str, fields: dict[str, Any]) -> None:
    if fields == {"subject": "=?utf-8?q?a=0Ab?="}:
        # Typed, it is only text that looks like an encoded word, and arrives as that.
        assert written(**fields)["Subject"] == "=?utf-8?q?a=0Ab?="
        return
    with pytest.raises(InvalidInput) as problem:
        written(**fields)
    assert problem.value.field == field


def test_a_message_over_the_size_limit_is_refused() -> None:
    with pytest.raises(MessageRefused, match="at most 10,000 are accepted"):
        written(attachments=[Attachment("a", "a/b", b"x" * 10_001)], size_limit=10_000)
    with pytest.raises(MessageRefused, match="at most 10,000 are accepted"):
        written(attachments=[Attachment("a", "a/b", b"x" * 9_000)], size_limit=10_000)
