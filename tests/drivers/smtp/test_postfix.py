"""The same against Postfix: what the client takes for SMTP is what others take for it."""

from __future__ import annotations

import asyncio

import pytest

from mailadmin.credentials import Secret
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.probe import probe
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import Stage
from tests.drivers.smtp.dialling import PATIENT, SENDER, deliver, session_with, settings_at
from tests.servers.certificates import Certificates
from tests.servers.postfix import PASSWORD, USERNAME, Postfix

CONTENT = (
    b"From: Office <office@example.org>\r\n"
    b"To: Ann <ann@example.net>\r\n"
    b"Subject: =?utf-8?q?K=C3=A4se?=\r\n"
    b"Message-ID: <1@example.org>\r\n"
    b"Date: Thu, 1 Jan 2026 12:00:00 +0000\r\n"
    b"\r\n"
    b".\r\n..\r\n.dot\r\ntrailing space \r\n\r\nFrom here\r\n\xc3\xa4\r\n"
    + b"x" * 998
    + b"\r\n.\r\n"
)


@pytest.fixture(params=[Encryption.TLS, Encryption.SSL])
def settings(
    request: pytest.FixtureRequest, postfix_server: Postfix, certificates: Certificates
) -> SmtpSettings:
    """Postfix by STARTTLS, and by implicit TLS."""
    encryption = Encryption(request.param)
    starttls = encryption is Encryption.TLS
    port = postfix_server.starttls_port if starttls else postfix_server.implicit_tls_port
    return settings_at(
        port,
        encryption,
        host="localhost",
        username=USERNAME,
        ca_file=str(certificates.ca_file),
    )


def test_a_message_goes_through_postfix_with_tls_and_auth(
    settings: SmtpSettings, postfix_server: Postfix
) -> None:
    ann, bob, nobody = map(postfix_server.address, ("ann", "bob", "nobody"))

    async def main() -> None:
        async with session_with(settings, PASSWORD) as session:
            outcomes = await deliver(session, ann, bob, nobody, content=CONTENT)
            kinds = {name: outcome.kind for name, outcome in outcomes.items()}
            assert kinds == {
                ann: OutcomeKind.ACCEPTED,
                bob: OutcomeKind.ACCEPTED,
                nobody: OutcomeKind.FAILED,
            }
            assert "550 5.1.1" in outcomes[nobody].reason
            again = await deliver(session, ann, content=CONTENT)
            assert again[ann].kind is OutcomeKind.ACCEPTED

    asyncio.run(main())
    stored = CONTENT.replace(b"\r\n", b"\n")
    for mailbox, count in (("ann", 2), ("bob", 1)):
        mails = postfix_server.wait_for_mail(mailbox, count)
        assert len(mails) == count
        for mail in mails:
            own, separator, rest = mail.partition(b"From: Office")
            assert separator + rest == stored
            assert b"with ESMTPSA" in own  # over TLS and signed in, says Postfix
            assert f"<{SENDER}>".encode() in own


def test_a_connection_test_against_postfix_passes(settings: SmtpSettings) -> None:
    assert asyncio.run(probe(settings, SENDER, Secret(PASSWORD), timeouts=PATIENT)).passed
    refused = asyncio.run(probe(settings, SENDER, Secret("wrong"), timeouts=PATIENT))
    assert isinstance(refused.failure, SmtpFailure)
    assert (refused.failure.stage, refused.failure.kind) == (Stage.AUTH, FailureKind.REFUSED)
    assert "535 5.7.8" in refused.failure.detail


def test_the_size_postfix_announces_is_kept(
    settings: SmtpSettings, postfix_server: Postfix
) -> None:
    async def main() -> None:
        async with session_with(settings, PASSWORD) as session:
            limit = int(session.extensions["size"])
            content = b"Subject: x\r\n\r\n" + b"x\r\n" * (limit // 3)
            outcomes = await deliver(session, postfix_server.address("ann"), content=content)
            (outcome,) = outcomes.values()
            assert outcome.kind is OutcomeKind.FAILED
            assert "at most 10,240,000" in outcome.reason
            assert session.usable

    asyncio.run(main())


def test_without_a_sign_in_nothing_is_relayed(
    settings: SmtpSettings, postfix_server: Postfix
) -> None:
    """The control of the server itself: it takes mail only from those who signed in."""
    anonymous = settings_at(
        settings.port, settings.encryption, host="localhost", ca_file=settings.ca_file
    )

    async def main() -> None:
        async with session_with(anonymous) as session:
            (outcome,) = (await deliver(session, postfix_server.address("ann"))).values()
            assert outcome.kind is OutcomeKind.FAILED
            assert "Access denied" in outcome.reason

    asyncio.run(main())
