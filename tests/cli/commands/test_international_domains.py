"""Mail to domains in other scripts, from the file to the server and to what is shown of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.servers.scripted_server import PIPELINING, Answers, scripted_server

LETTER = (
    "From: ann@example.org\nTo: {to}\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n"
    "Message-ID: <01@example.org>\nMIME-Version: 1.0\nSubject: two domains\n\nx\n"
)
WITHOUT_SMTPUTF8: Answers = {
    "EHLO": PIPELINING.replace("250-SMTPUTF8\n", "").replace(" AUTH PLAIN LOGIN", " HELP")
}


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    return tmp_path / "letter.eml"


@pytest.mark.parametrize(
    ("to", "told"),
    [
        (
            ["bob@straße.example", "bob@strasse.example"],
            ["bob@xn--strae-oqa.example", "bob@strasse.example"],
        ),
        (["ann@βόλος.com", "ann@βόλοσ.com"], ["ann@xn--nxasmm1c.com", "ann@xn--nxasmq6b.com"]),
        (
            ["ann@نامه\u200cای.com", "ann@نامهای.com"],
            ["ann@xn--mgba3gch31f060k.com", "ann@xn--mgba3gch31f.com"],
        ),
    ],
)
def test_two_mailboxes_that_were_one_by_idna_2003_are_two_emails(
    cli: CommandLine, letter: Path, to: list[str], told: list[str]
) -> None:
    letter.write_text(LETTER.format(to=", ".join(to)))
    assert len(cli("enqueue", letter).ids) == 2
    assert [row["email"] for row in cli("queue", "list", "--sort", "id", "--json").json] == to
    with scripted_server(WITHOUT_SMTPUTF8) as server:
        cli(
            *("providers", "add", "--caption", "Relay", "--host", "127.0.0.1"),
            *("--port", str(server.port), "--encryption", "none"),
            *("--send-from", "ann@example.org"),
        )
        assert cli("send", "--until-empty").code == 0
        commands = [command for peer in server.peers for command in peer.commands]
    assert [c for c in commands if c.startswith("RCPT")] == [f"RCPT TO:<{name}>" for name in told]
    sent = cli("log", "list", "--sort", "id", "--json").json
    assert [(row["email"], row["status"]) for row in sent] == [(name, "SUCCESS") for name in to]


@pytest.mark.parametrize(
    ("address", "forms"),
    [
        ("bob@straße.example", "bob@straße.example (bob@xn--strae-oqa.example)"),
        ("bob@xn--strae-oqa.example", "bob@xn--strae-oqa.example (bob@straße.example)"),
        ("bob@strasse.example", "bob@strasse.example"),
    ],
)
def test_both_forms_of_an_address_are_shown(
    cli: CommandLine, letter: Path, address: str, forms: str
) -> None:
    """To a person; what programs read stays as it was given."""
    letter.write_text(LETTER.format(to=address))
    (queue_id,) = cli("enqueue", letter).ids
    shown = cli("queue", "show", str(queue_id)).out.splitlines()
    assert [line.split(maxsplit=1)[1] for line in shown if line.startswith("  Email ")] == [forms]
    assert cli("queue", "show", "--json", str(queue_id)).json[0]["email"] == address


def test_a_domain_that_only_idna_2003_had_a_form_for(cli: CommandLine, letter: Path) -> None:
    letter.write_text(LETTER.format(to="bob@☕.example"))
    refused = cli("enqueue", letter)
    assert refused.code == 1
    assert "write xn--53h for its part “☕”" in refused.err
    letter.write_text(LETTER.format(to="bob@xn--53h.example"))
    assert cli("enqueue", letter).code == 0
