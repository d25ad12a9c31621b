"""What is read from an answer to EHLO."""

from __future__ import annotations

import pytest

from mailadmin.domain.outcome import Reply
from mailadmin.drivers.smtp.offers import Offers, extensions_of


@pytest.mark.parametrize(
    ("lines", "extensions"),
    [
        ("250 SIZE 7", {}),  # the server's name, whatever it looks like
        ("250-mail.example.org hello\n250 SIZE 7", {"size": "7"}),
        ("250-x\n250-Size  7 \n250 8bitmime", {"size": " 7", "8bitmime": ""}),
        ("250-x\n250-\n250 HELP", {"help": ""}),
        ("250-x\n250-AUTH PLAIN\n250 AUTH=LOGIN PLAIN", {"auth": "PLAIN LOGIN PLAIN"}),
        ("250-x\n250-AUTH=\n250 auth", {"auth": ""}),
    ],
)
def test_extensions_are_read_from_the_ehlo_reply(lines: str, extensions: dict[str, str]) -> None:
    assert extensions_of(Reply(250, lines)) == extensions


def test_the_offers_that_change_how_a_message_is_sent_are_read() -> None:
    lines = "250-x\n250-SIZE 1000\n250-8BITMIME\n250-SMTPUTF8\n250 PIPELINING"
    assert Offers.of(extensions_of(Reply(250, lines))) == Offers(True, 1000, True, True, True)
    assert Offers.of(extensions_of(Reply(250, "250-x\n250 SIZE"))) == Offers(size=True)
    assert Offers.of(extensions_of(Reply(250, "250 x"))) == Offers()
