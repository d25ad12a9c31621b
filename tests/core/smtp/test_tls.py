"""Protection of the connection: verified always, and no credential sent when it can't be."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mailadmin.core.domain import Encryption, Provider, Stage
from mailadmin.core.policy import FailureKind
from mailadmin.core.smtp import SmtpFailure, Transcript, normalise_fingerprint
from tests.core.smtp.dialling import ANN, MESSAGE, deliver, impatient, provider_at, session_with
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, aiosmtpd_server
from tests.servers.certificates import Certificate, Certificates
from tests.servers.old_tls_server import old_tls_server
from tests.servers.scripted_server import (
    POLITE,
    Answers,
    drop,
    garbage,
    hang,
    raw,
    scripted_server,
    start_tls,
)

ENCRYPTIONS = [Encryption.TLS, Encryption.SSL]
WITH_STARTTLS = "250-scripted\n250-STARTTLS\n250 AUTH PLAIN LOGIN"


def secured(
    port: int, encryption: Encryption, certificates: Certificates, **changes: object
) -> Provider:
    """A provider with a user name, at the test server, that trusts the test authority."""
    basis: dict[str, object] = {"username": USERNAME, "ca_file": str(certificates.ca_file)}
    return provider_at(port, encryption, **{**basis, **changes})


def failure_of(provider: Provider, **seconds: float) -> SmtpFailure:
    """How opening a session fails."""

    async def main() -> SmtpFailure:
        with pytest.raises(SmtpFailure) as raised:
            async with session_with(provider, PASSWORD, timeouts=impatient(**seconds)):
                pass
        return raised.value

    return asyncio.run(main())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_a_good_certificate(encryption: Encryption, host: str, certificates: Certificates) -> None:
    context = certificates.valid.context()
    with aiosmtpd_server(encryption=encryption, tls=context, sign_in=True) as server:
        provider = secured(server.port, encryption, certificates, host=host)

        async def main() -> None:
            async with session_with(provider, PASSWORD) as session:
                await deliver(session)

        asyncio.run(main())
        assert server.received[0].content == MESSAGE


@pytest.mark.parametrize(
    ("name", "kind", "hint"),
    [
        ("expired", FailureKind.CERTIFICATE_EXPIRED, "expired"),
        ("not_yet_valid", FailureKind.CERTIFICATE_NOT_YET_VALID, "not valid yet"),
        ("self_signed", FailureKind.CERTIFICATE_SELF_SIGNED, "self-signed"),
        ("wrong_host", FailureKind.CERTIFICATE_WRONG_HOST, "another host than localhost"),
        ("unknown_authority", FailureKind.CERTIFICATE_UNKNOWN_AUTHORITY, "authority"),
    ],
)
@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_a_bad_certificate_is_named_and_nothing_is_sent(
    encryption: Encryption,
    name: str,
    kind: FailureKind,
    hint: str,
    certificates: Certificates,
) -> None:
    certificate: Certificate = getattr(certificates, name)
    context = certificate.context()
    answers: Answers = {"EHLO": WITH_STARTTLS, "STARTTLS": start_tls(context)}
    implicit = context if encryption is Encryption.SSL else None
    with scripted_server(answers, tls=implicit) as server:
        failure = failure_of(secured(server.port, encryption, certificates, host="localhost"))
        received = b"".join(bytes(peer.received) for peer in server.peers)
    assert (failure.stage, failure.kind) == (Stage.TLS, kind)
    assert hint in failure.detail
    assert b"AUTH" not in received


def test_without_a_ca_file_the_systems_authorities_decide(certificates: Certificates) -> None:
    with aiosmtpd_server(
        encryption=Encryption.SSL, tls=certificates.valid.context(), sign_in=True
    ) as server:
        failure = failure_of(secured(server.port, Encryption.SSL, certificates, ca_file=""))
    assert failure.kind is FailureKind.CERTIFICATE_UNKNOWN_AUTHORITY


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_an_unusable_ca_file(
    content: bytes | None, tmp_path: Path, certificates: Certificates
) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_bytes(content)
    with aiosmtpd_server(encryption=Encryption.SSL, tls=certificates.valid.context()) as server:
        failure = failure_of(
            secured(server.port, Encryption.SSL, certificates, ca_file=str(ca_file))
        )
    assert (failure.stage, failure.kind) == (Stage.TLS, FailureKind.CA_FILE)
    assert str(ca_file) in failure.detail


# One trusted certificate ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["self_signed", "expired", "wrong_host"])
@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_the_trusted_certificate_is_enough(
    encryption: Encryption, name: str, certificates: Certificates
) -> None:
    certificate: Certificate = getattr(certificates, name)
    pretty = ":".join(certificate.fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    with aiosmtpd_server(encryption=encryption, tls=certificate.context(), sign_in=True) as server:
        provider = secured(
            server.port, encryption, certificates, ca_file="", trusted_fingerprint=pretty
        )

        async def main() -> None:
            async with session_with(provider, PASSWORD) as session:
                await deliver(session)

        asyncio.run(main())
        assert len(server.received) == 1


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_another_certificate_than_the_trusted_one_gets_not_one_byte(
    encryption: Encryption, certificates: Certificates
) -> None:
    """Not even one that the authorities would vouch for."""
    context = certificates.valid.context()
    answers: Answers = {"EHLO": WITH_STARTTLS, "STARTTLS": start_tls(context)}
    implicit = context if encryption is Encryption.SSL else None
    with scripted_server(answers, tls=implicit) as server:
        provider = secured(
            server.port,
            encryption,
            certificates,
            trusted_fingerprint=certificates.self_signed.fingerprint,
        )
        failure = failure_of(provider)
    assert failure.kind is FailureKind.CERTIFICATE_NOT_THE_TRUSTED_ONE
    assert certificates.valid.fingerprint in failure.detail
    # EHLO and STARTTLS went in the clear, and nothing followed over TLS.
    expected = ["EHLO", "STARTTLS"] if encryption is Encryption.TLS else []
    assert [verb for peer in server.peers for verb in peer.verbs] == expected


@pytest.mark.parametrize("value", ["", "abc", "g" * 64, "0" * 63, "0" * 65])
def test_what_is_no_fingerprint(value: str, certificates: Certificates) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        normalise_fingerprint(value)
    if value:
        with scripted_server({"EHLO": WITH_STARTTLS}) as server:
            failure = failure_of(
                secured(server.port, Encryption.TLS, certificates, trusted_fingerprint=value)
            )
        assert failure.kind is FailureKind.CERTIFICATE_INVALID
        assert "AUTH" not in server.last.verbs


# STARTTLS ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ehlo", [POLITE["EHLO"], "250 scripted"])
def test_starttls_not_offered(ehlo: str, certificates: Certificates) -> None:
    """Missing or stripped on the way: the password is not sent in the clear instead."""
    with scripted_server({"EHLO": ehlo}) as server:
        failure = failure_of(secured(server.port, Encryption.TLS, certificates))
        peer = server.wait_ended()
    assert (failure.stage, failure.kind) == (Stage.TLS, FailureKind.TLS_NOT_OFFERED)
    assert "465" in failure.detail
    assert peer.verbs == ["EHLO"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("454 4.7.0 TLS not available", FailureKind.REFUSED),
        ("501 5.5.4 syntax", FailureKind.REFUSED),
        ("250 ok", FailureKind.UNEXPECTED_REPLY),
        (drop, FailureKind.CONNECTION_LOST),
        (garbage, FailureKind.MALFORMED_REPLY),
        (raw(b"220 go on\r\n", then=drop), FailureKind.CONNECTION_LOST),
    ],
    ids=str,
)
def test_starttls_refused(answer: str, kind: FailureKind, certificates: Certificates) -> None:
    with scripted_server({"EHLO": WITH_STARTTLS, "STARTTLS": answer}) as server:
        failure = failure_of(secured(server.port, Encryption.TLS, certificates))
        peer = server.wait_ended()
    assert (failure.stage, failure.kind) == (Stage.TLS, kind)
    assert peer.verbs == ["EHLO", "STARTTLS"]


@pytest.mark.parametrize("injected", [b"250-AUTH PLAIN\r\n250 x\r\n", b"250-half", b"\r\n", b"x"])
def test_plain_text_injected_before_tls(injected: bytes, certificates: Certificates) -> None:
    tls = start_tls(certificates.valid.context(), injected=injected)
    with scripted_server({"EHLO": WITH_STARTTLS, "STARTTLS": tls}) as server:
        failure = failure_of(secured(server.port, Encryption.TLS, certificates))
        peer = server.wait_ended()
    assert (failure.stage, failure.kind) == (Stage.TLS, FailureKind.TLS_INJECTED)
    assert not peer.encrypted
    assert peer.verbs == ["EHLO", "STARTTLS"]


def test_what_was_offered_in_the_clear_is_forgotten(certificates: Certificates) -> None:
    """RFC 3207 §4.2: EHLO again over TLS, and what it says counts."""
    tls = start_tls(certificates.valid.context())
    answers: Answers = {"EHLO": [WITH_STARTTLS, "250-scripted\n250 SIZE 7"], "STARTTLS": tls}
    with scripted_server(answers) as server:
        provider = secured(server.port, Encryption.TLS, certificates, username="")

        async def main() -> dict[str, str]:
            async with session_with(provider) as session:
                return session.extensions

        assert asyncio.run(main()) == {"size": "7"}
        assert server.last.verbs[:3] == ["EHLO", "STARTTLS", "EHLO"]


def test_a_handshake_that_never_comes(certificates: Certificates) -> None:
    stalled = raw(b"220 go on\r\n", then=hang)
    with scripted_server({"EHLO": WITH_STARTTLS, "STARTTLS": stalled}) as server:
        failure = failure_of(secured(server.port, Encryption.TLS, certificates), tls=0.1)
        server.wait_ended()
    assert (failure.stage, failure.kind) == (Stage.TLS, FailureKind.TIMEOUT)


# The wrong port ------------------------------------------------------------------------------


def test_ssl_to_a_port_that_starts_in_plain_text(certificates: Certificates) -> None:
    with scripted_server() as server:
        failure = failure_of(secured(server.port, Encryption.SSL, certificates))
    assert (failure.stage, failure.kind) == (Stage.TLS, FailureKind.TLS_NOT_SPOKEN)
    assert "choose TLS (STARTTLS)" in failure.detail
    assert "465" in failure.detail


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.NONE])
def test_no_tls_to_a_port_that_starts_with_it(
    encryption: Encryption, certificates: Certificates
) -> None:
    with scripted_server(tls=certificates.valid.context()) as server:
        failure = failure_of(
            secured(server.port, encryption, certificates, username=""), greeting=0.1
        )
    assert (failure.stage, failure.kind) == (Stage.GREETING, FailureKind.TIMEOUT)
    assert "choose SSL" in failure.detail


# Old TLS -------------------------------------------------------------------------------------


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_tls_older_than_1_2_is_refused(encryption: Encryption, certificates: Certificates) -> None:
    starttls = encryption is Encryption.TLS
    with old_tls_server(certificates.valid, starttls=starttls) as port:
        failure = failure_of(secured(port, encryption, certificates))
    assert (failure.stage, failure.kind) == (Stage.TLS, FailureKind.TLS_TOO_OLD)
    assert "TLS 1.2" in failure.detail


# No encryption -------------------------------------------------------------------------------


def test_no_encryption_only_on_this_computer() -> None:
    """Refused after the look-up and before the first packet: 192.0.2.1 would never answer."""
    failure = failure_of(provider_at(25, host="192.0.2.1", username=USERNAME))
    assert (failure.stage, failure.kind) == (Stage.CONNECT, FailureKind.ENCRYPTION_REQUIRED)
    assert "choose TLS or SSL" in failure.detail


def test_the_transcript_tells_how_it_is_protected(certificates: Certificates) -> None:
    transcript = Transcript()
    context = certificates.valid.context()
    with aiosmtpd_server(encryption=Encryption.SSL, tls=context, sign_in=True) as server:
        provider = secured(server.port, Encryption.SSL, certificates)

        async def main() -> None:
            async with session_with(provider, PASSWORD, transcript=transcript) as session:
                await deliver(session, ANN)

        asyncio.run(main())
    assert "* TLSv1.3, certificate verified (chain and host name)" in transcript.lines
    assert f"> RCPT TO:<{ANN}>" in transcript.lines
    assert "Hello." not in transcript.text
