"""The transcript that a person reads."""

from __future__ import annotations

import pytest

from mailadmin.credentials import Secret
from mailadmin.drivers.transcript import Redactor, Transcript


def test_lines_say_who_spoke_and_are_passed_on_as_they_come() -> None:
    heard: list[str] = []
    transcript = Transcript(heard.append)
    transcript.remark("Connected")
    transcript.received("220 hello")
    transcript.sent("EHLO [127.0.0.1]")
    assert heard == transcript.lines == ["* Connected", "< 220 hello", "> EHLO [127.0.0.1]"]
    assert transcript.text == "\n".join(heard)


def test_a_hostile_server_can_not_paint_or_flood() -> None:
    transcript = Transcript()
    transcript.received("220 \x1b[2J\u202eevil\r\n> QUIT")
    assert transcript.lines == ["< 220 �[2J�evil��> QUIT"]
    transcript.received("x" * 100_000)
    assert len(transcript.lines[1]) == 1000
    for _ in range(10_000):
        transcript.received("250-more")
    assert len(transcript.lines) == 2000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bad password hunter2!", "bad password ********"),
        ("bad aHVudGVyMg==", "bad ********"),
        ("bad aHVudGVyMg", "bad ********"),
        ("bad AG1lAGh1bnRlcjI=", "bad ********"),
        ("bad password", "bad password"),
    ],
)
def test_secrets_are_redacted_in_every_form_they_are_sent_in(text: str, shown: str) -> None:
    password = "hunter2!" if "!" in text else "hunter2"
    assert Redactor("me", Secret(password))(text) == shown


def test_a_transcript_without_secrets_is_kept_as_it_is() -> None:
    assert Redactor()("as it is") == "as it is"
    assert Redactor("me", Secret(""))("as it is") == "as it is"
