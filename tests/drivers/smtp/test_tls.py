"""Protection of the connection: verified always, and no credential sent when it can't be."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.settings import normalise_fingerprint
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.transcript import Transcript
from tests.drivers.smtp.dialling import ANN, MESSAGE, deliver, session_with, settings_at
from tests.drivers.smtp.securing import WITH_STARTTLS, failure_of, secured
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, aiosmtpd_server
from tests.servers.certificates import Certificate, Certificates
from tests.servers.old_tls_server import old_tls_server
from tests.servers.scripted_server import (
    Answers,
    scripted_server,
    start_tls,
)

ENCRYPTIONS = [Encryption.TLS, Encryption.SSL]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_a_certificate_of_a_trusted_authority_is_accepted(
    encryption: Encryption, host: str, certificates: Certificates
) -> None:
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
def test_an_unusable_ca_file_is_named_and_nothing_is_sent(
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
def test_a_text_that_is_no_fingerprint_is_refused(value: str, certificates: Certificates) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        normalise_fingerprint(value)
    if value:
        with scripted_server({"EHLO": WITH_STARTTLS}) as server:
            failure = failure_of(
                secured(server.port, Encryption.TLS, certificates, trusted_fingerprint=value)
            )
        assert failure.kind is FailureKind.CERTIFICATE_INVALID
        assert "AUTH" not in server.last.verbs


# The wrong port ------------------------------------------------------------------------------


def test_implicit_tls_to_a_plain_text_port_is_explained(certificates: Certificates) -> None:
    with scripted_server() as server:
        failure = failure_of(secured(server.port, Encryption.SSL, certificates))
    assert (failure.stage, failure.kind) == (Stage.TLS, FailureKind.TLS_NOT_SPOKEN)
    assert "choose TLS (STARTTLS)" in failure.detail
    assert "465" in failure.detail


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.NONE])
def test_starttls_to_a_port_of_implicit_tls_is_explained(
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
    failure = failure_of(settings_at(25, host="192.0.2.1", username=USERNAME))
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
