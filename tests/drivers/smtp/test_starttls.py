"""STARTTLS: missing, refused, tampered with (RFC 3207)."""

from __future__ import annotations

import asyncio

import pytest

from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.stages import Stage
from tests.drivers.smtp.dialling import session_with
from tests.drivers.smtp.securing import WITH_STARTTLS, failure_of, secured
from tests.servers.certificates import Certificates
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
