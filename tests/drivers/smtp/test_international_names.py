"""Hosts and addresses in other scripts on the wire: what is looked up, verified and told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.stages import Stage
from tests.drivers.smtp.dialling import deliver, session_with, settings_at
from tests.drivers.smtp.securing import WITH_STARTTLS, failure_of, secured
from tests.servers.aiosmtpd_server import PASSWORD
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import POLITE, Answers, scripted_server, start_tls

SHARP = "straße.example"
WITHOUT_SMTPUTF8 = "250-scripted\n250 8BITMIME"


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were looked up. All that end in .example are this computer's."""
    names: list[str] = []
    look_up: Callable[..., Any] = socket.getaddrinfo

    def here(host: str, port: int, **options: object) -> Any:  # noqa: ANN401
        names.append(host)
        return look_up("127.0.0.1" if host.endswith(".example") else host, port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    return names


@pytest.mark.parametrize("host", [SHARP, "STRAßE.example", "xn--strae-oqa.example"])
@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.SSL])
def test_a_certificate_for_the_a_label_verifies_the_host(
    encryption: Encryption, host: str, certificates: Certificates, looked_up: list[str]
) -> None:
    context = certificates.international.context()
    asked_for: list[str | None] = []
    context.sni_callback = lambda _tls, name, _context: asked_for.append(name)
    answers: Answers = {"EHLO": [WITH_STARTTLS, POLITE["EHLO"]], "STARTTLS": start_tls(context)}
    implicit = context if encryption is Encryption.SSL else None
    with scripted_server(answers if implicit is None else None, tls=implicit) as server:

        async def main() -> None:
            provider = secured(server.port, encryption, certificates, host=host)
            async with session_with(provider, PASSWORD) as session:
                (outcome,) = (await deliver(session)).values()
                assert outcome.kind is OutcomeKind.ACCEPTED

        asyncio.run(main())
    assert looked_up[0] == "xn--strae-oqa.example"
    assert asked_for == ["xn--strae-oqa.example"]


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.SSL])
def test_a_certificate_for_the_name_of_idna_2003_does_not_verify_the_host(
    encryption: Encryption, certificates: Certificates, looked_up: list[str]
) -> None:
    """strasse.example is shown the certificate of straße.example, and nothing is sent to it."""
    context = certificates.international.context()
    answers: Answers = {"EHLO": WITH_STARTTLS, "STARTTLS": start_tls(context)}
    implicit = context if encryption is Encryption.SSL else None
    with scripted_server(answers, tls=implicit) as server:
        failure = failure_of(secured(server.port, encryption, certificates, host="strasse.example"))
        received = b"".join(bytes(peer.received) for peer in server.peers)
    assert b"AUTH" not in received
    assert failure.kind is FailureKind.CERTIFICATE_WRONG_HOST
    assert looked_up == ["strasse.example"]


def test_a_host_that_idna_2008_forbids_fails_at_the_look_up(looked_up: list[str]) -> None:
    """Stored by an earlier version; the sentence says what to enter instead."""

    async def main() -> None:
        async with session_with(settings_at(25, host="☕.example")):
            pass

    with pytest.raises(SmtpFailure, match="write xn--53h for its part “☕”") as raised:
        asyncio.run(main())
    assert (raised.value.stage, raised.value.kind) == (Stage.DNS, FailureKind.NAME_NOT_FOUND)
    assert looked_up == []


@pytest.mark.parametrize(
    ("address", "with_smtputf8", "without"),
    [
        ("bob@straße.example", "bob@straße.example", "bob@xn--strae-oqa.example"),
        ("bob@strasse.example", "bob@strasse.example", "bob@strasse.example"),
        ("bob@STRAßE.Example", "bob@straße.example", "bob@xn--strae-oqa.example"),
        ("bob@xn--strae-oqa.example", "bob@xn--strae-oqa.example", "bob@xn--strae-oqa.example"),
        ("ann@βόλος.com", "ann@βόλος.com", "ann@xn--nxasmm1c.com"),
        ("ann@βόλοσ.com", "ann@βόλοσ.com", "ann@xn--nxasmq6b.com"),
        ("ann@نامه\u200cای.com", "ann@نامه\u200cای.com", "ann@xn--mgba3gch31f060k.com"),
        ("ann@bu\u0308cher.example", "ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@ｂücher.example", "ann@bücher.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_mail_and_rcpt_carry_a_labels_or_with_smtputf8_u_labels(
    address: str, with_smtputf8: str, without: str
) -> None:
    """The U-label where it takes SMTPUTF8 (RFC 6531 §3.3), else the A-label (RFC 5891 §4)."""
    for ehlo, told in ((POLITE["EHLO"], with_smtputf8), (WITHOUT_SMTPUTF8, without)):
        with scripted_server({"EHLO": ehlo}) as server:

            async def main(port: int = server.port) -> None:
                async with session_with(settings_at(port)) as session:
                    (outcome,) = (await deliver(session, address, sender=address)).values()
                    assert outcome.kind is OutcomeKind.ACCEPTED

            asyncio.run(main())
            commands = server.last.commands
        assert commands[1].split(" ")[1] == f"FROM:<{told}>"
        assert ("SMTPUTF8" in commands[1]) is not told.isascii()
        assert commands[2] == f"RCPT TO:<{told}>"


def test_two_mailboxes_that_idna_2003_took_for_one_get_a_rcpt_each() -> None:
    with scripted_server({"EHLO": WITHOUT_SMTPUTF8}) as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                outcomes = await deliver(session, "bob@straße.example", "bob@strasse.example")
                assert {o.kind for o in outcomes.values()} == {OutcomeKind.ACCEPTED}

        asyncio.run(main())
    (transfer,) = server.transfers
    assert transfer.recipients == ("bob@xn--strae-oqa.example", "bob@strasse.example")


@pytest.mark.parametrize("ehlo", [POLITE["EHLO"], WITHOUT_SMTPUTF8])
def test_a_queued_address_that_idna_2008_forbids_fails_with_the_reason(ehlo: str) -> None:
    """It fails alone, and the reason says how the domain is written if it is there."""
    with scripted_server({"EHLO": ehlo}) as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                outcomes = await deliver(session, "bob@☕.example", "bob@example.org")
                assert outcomes["bob@☕.example"].kind is OutcomeKind.FAILED
                assert "write xn--53h for its part “☕”" in outcomes["bob@☕.example"].reason
                assert outcomes["bob@example.org"].kind is OutcomeKind.ACCEPTED

        asyncio.run(main())
    (transfer,) = server.transfers
    assert transfer.recipients == ("bob@example.org",)
