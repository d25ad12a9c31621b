"""TLS that is missing, stripped, tampered with or not to be trusted: not one credential byte goes.

All that the client sends is kept by a relay in between, and what comes through TLS by the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from mailadmin.domain.provider import Encryption
from tests.faults.product import Product
from tests.faults.tap import Tap, credential_in, tap
from tests.faults.variants import SECURE, sampled
from tests.servers.aiosmtpd_server import PASSWORD, AiosmtpdServer
from tests.servers.certificates import Certificates
from tests.servers.old_tls_server import old_tls_server
from tests.servers.scripted_server import (
    POLITE,
    Answers,
    ScriptedServer,
    garbage,
    raw,
    scripted_server,
    start_tls,
)

TLS, SSL = Encryption.TLS, Encryption.SSL
WRONG = ["expired", "not_yet_valid", "self_signed", "wrong_host", "unknown_authority"]


@contextmanager
def with_certificate(
    certificates: Certificates, name: str, encryption: Encryption
) -> Iterator[ScriptedServer]:
    """A server that shows one of the bad certificates."""
    context = getattr(certificates, name).context()
    answers: Answers = {"EHLO": SECURE.ehlo(), "STARTTLS": start_tls(context)}
    with scripted_server(answers, tls=context if encryption is SSL else None) as server:
        yield server


def injecting(
    certificates: Certificates, injected: bytes
) -> AbstractContextManager[ScriptedServer]:
    """A server behind somebody who adds plain text before the handshake (CVE-2011-0411)."""
    action = start_tls(certificates.valid.context(), injected=injected)
    return scripted_server({"EHLO": SECURE.ehlo(), "STARTTLS": action})


Serve = Callable[[Certificates], AbstractContextManager[ScriptedServer]]

UNSAFE: dict[str, tuple[Encryption, Serve]] = {
    **{
        f"{name}-{encryption.value}": (
            encryption,
            lambda made, name=name, encryption=encryption: with_certificate(made, name, encryption),  # type: ignore[misc]
        )
        for name in WRONG
        for encryption in (TLS, SSL)
    },
    "missing": (TLS, lambda _: scripted_server({"EHLO": "250-scripted\n250 AUTH PLAIN LOGIN"})),
    "no EHLO": (TLS, lambda _: scripted_server({"EHLO": "502 5.5.1 what?"})),
    "refused": (
        TLS,
        lambda _: scripted_server({"EHLO": SECURE.ehlo(), "STARTTLS": "502 5.5.1 no"}),
    ),
    "stripped": (TLS, lambda _: scripted_server({"EHLO": SECURE.ehlo().replace("STARTTLS", "X")})),
    "no handshake": (
        TLS,
        lambda _: scripted_server(
            {"EHLO": SECURE.ehlo(), "STARTTLS": raw(b"220 go\r\n", then=garbage)}
        ),
    ),
    "no TLS": (SSL, lambda _: scripted_server({"GREETING": POLITE["GREETING"]})),
    "injected": (TLS, lambda made: injecting(made, b"250-AUTH PLAIN\r\n250 x\r\n")),
    "injected half": (TLS, lambda made: injecting(made, b"250-")),
}


def go_through(product: Product, certificates: Certificates, case: str) -> None:
    """Several messages meet a provider that can't be trusted."""
    encryption, serve = UNSAFE[case]
    with serve(certificates) as server, tap(server.port) as between:
        product.provider(
            between.port,
            encryption=encryption,
            ca_file=certificates.ca_file,
            password=PASSWORD,
            max_connections=4,
        )
        for _ in range(5):
            product.accept()
        result = product.send()
        assert not credential_in(between.heard)
        assert not credential_in(b"".join(bytes(peer.received) for peer in server.peers))
        assert server.transfers == []
        assert_paused(product, between, result.err)


def assert_paused(product: Product, between: Tap, said: str) -> None:
    """One connection, one notice, and all mail still there for when it is mended."""
    assert len(between.connections) == 1
    assert said.count(" provider paused: ") == 1
    rows = product.queue()
    assert [(row.status, row.attempts) for row in rows] == [("QUEUED", 0)] * 5
    product.send()
    assert len(between.connections) == 1


@pytest.mark.parametrize("case", UNSAFE)
def test_no_credential_is_sent_over_an_unprotected_connection(
    product: Product, certificates: Certificates, case: str
) -> None:
    go_through(product, certificates, case)


@pytest.mark.parametrize("encryption", [TLS, SSL])
def test_a_server_with_old_tls_is_refused(
    product: Product, certificates: Certificates, encryption: Encryption
) -> None:
    with (
        old_tls_server(certificates.valid, starttls=encryption is TLS) as port,
        tap(port) as between,
    ):
        product.provider(
            between.port, encryption=encryption, ca_file=certificates.ca_file, password=PASSWORD
        )
        for _ in range(5):
            product.accept()
        result = product.send()
        assert not credential_in(between.heard)
        assert "TLS 1.2" in result.err
        assert_paused(product, between, result.err)


def test_the_relay_hears_a_credential(product: Product) -> None:
    """On loopback it may go without encryption: nothing escapes the relay."""
    with scripted_server() as server, tap(server.port) as between:
        product.provider(between.port, password=PASSWORD)
        product.accept()
        product.send()
        assert credential_in(between.heard)
        assert len(server.transfers) == 1


def test_the_mail_goes_through_a_provider_that_can_be_trusted(
    product: Product, certificates: Certificates, plain_server: AiosmtpdServer
) -> None:
    with with_certificate(certificates, "expired", TLS) as server:
        product.provider(
            server.port,
            encryption=TLS,
            ca_file=certificates.ca_file,
            password=PASSWORD,
            priority=1,
        )
        product.provider(plain_server.port, "Second", priority=2)
        for _ in range(5):
            product.accept()
        product.send()
    assert product.queue() == []
    assert sorted(received.content for received in plain_server.received) == sorted(product.sent)


@pytest.mark.parametrize(
    ("broken", "case"),
    sampled(
        [
            *(
                ("trusts_anybody", f"{name}-{encryption}")
                for name in WRONG
                for encryption in (TLS, SSL)
            ),
            *(("starttls_is_optional", case) for case in ("missing", "stripped")),
        ],
        3,
    ),
)
def test_control(product: Product, certificates: Certificates, broken: str, case: str) -> None:
    product.quick = product.quick.breaking(broken)
    with pytest.raises(AssertionError):
        go_through(product, certificates, case)
