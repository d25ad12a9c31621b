"""A refused sign-in: one try, a pause and one notice, however much mail waits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailadmin.domain.provider import Encryption
from tests.faults.product import ANN, Product, minutes
from tests.faults.variants import PIPELINED, PLAIN, SECURE, VARIANTS, Variant, sampled
from tests.servers.aiosmtpd_server import PASSWORD
from tests.servers.certificates import Certificates
from tests.servers.postfix import USERNAME as POSTFIX_USER
from tests.servers.postfix import Postfix
from tests.servers.scripted_server import Answers, ScriptedServer

REFUSALS = ["535 5.7.8 bad credentials", "534 5.7.9 stronger, please", "530 5.7.0 not like this"]


def sign_ins(server: ScriptedServer) -> int:
    """How often a password was tried."""
    return sum(peer.verbs.count("AUTH") for peer in server.peers)


def go_through(
    product: Product, variant: Variant, certificates: Certificates, refusal: str
) -> None:
    """Much mail, four connections allowed, several runs: one sign-in until somebody acts."""
    with variant.server(certificates, {"AUTH": [refusal, "235 2.7.0 welcome"]}) as server:
        provider_id = variant.provider(product, server, certificates, max_connections=4)
        for _ in range(20):
            product.accept()
        first = product.send()
        assert sign_ins(server) == 1
        assert first.err.count(" provider paused: ") == 1
        assert first.code == 1
        assert refusal in first.err.splitlines()[-1]
        rows = product.queue()
        assert {(row.status, row.attempts) for row in rows} == {("QUEUED", 0)}
        assert len(rows) == 20
        for _ in range(2):
            product.send()  # other starts, other processes: the pause is in the database
        assert sign_ins(server) == 1
        product.do("providers", "enable", provider_id)
        product.send()
        assert product.queue() == []
        assert sorted(server.messages) == sorted(product.sent)


@pytest.mark.parametrize(
    ("variant", "refusal"),
    sampled([(variant, one) for variant in (PLAIN, SECURE) for one in REFUSALS], 4),
)
def test_a_refused_password_costs_one_sign_in_one_pause_and_one_notice(
    product: Product, certificates: Certificates, variant: Variant, refusal: str
) -> None:
    go_through(product, variant, certificates, refusal)


def test_a_real_server_sees_one_sign_in(
    product: Product, postfix_server: Postfix, certificates: Certificates
) -> None:
    log_before = postfix_server.log
    product.provider(
        postfix_server.starttls_port,
        encryption=Encryption.TLS,
        ca_file=certificates.ca_file,
        password="wrong",
        username=POSTFIX_USER,
    )
    for _ in range(5):
        product.accept(postfix_server.address("ann"))
    assert product.send().err.count(" provider paused: ") == 1
    product.send()
    logged = postfix_server.log.removeprefix(log_before)
    assert len(re.findall("SASL (PLAIN|LOGIN) authentication failed", logged)) == 1
    assert len(product.queue()) == 5


@pytest.mark.parametrize("variant", sampled([(variant,) for variant in VARIANTS], 3))
def test_a_temporary_refusal_of_the_sign_in_pauses_nothing(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    answers: Answers = {"AUTH": ["454 4.7.0 temporary authentication failure", "235 2.7.0 welcome"]}
    with variant.server(certificates, answers) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN)
        result = product.send()
        assert " provider paused: " not in result.err
        assert product.row().status == "DEFERRED"
        assert minutes(0.79, 1.25, product.queue())
        product.retry()
        assert product.log() == {ANN: "SUCCESS"}


def test_the_other_provider_goes_on(product: Product, certificates: Certificates) -> None:
    with (
        SECURE.server(certificates, {"AUTH": REFUSALS[0]}) as refusing,
        PIPELINED.server(certificates) as second,
    ):
        SECURE.provider(product, refusing, certificates, priority=1)
        PIPELINED.provider(product, second, certificates, "Second", priority=2)
        for _ in range(20):
            product.accept()
        result = product.send()
        assert sign_ins(refusing) == 1
        assert result.err.count(" provider paused: ") == 1
        assert product.queue() == []
        assert sorted(second.messages) == sorted(product.sent)


def test_the_password_is_in_no_reason(
    product: Product, certificates: Certificates, tmp_path: Path
) -> None:
    """A server may repeat what it refuses."""
    echo = f"535 5.7.8 {PASSWORD} is wrong"
    with SECURE.server(certificates, {"AUTH": echo}) as server:
        SECURE.provider(product, server, certificates)
        product.accept()
        result = product.send()
        assert PASSWORD not in result.err
        assert PASSWORD not in product.row().reason
        for path in tmp_path.glob("mail.db*"):
            assert PASSWORD.encode() not in path.read_bytes()


def test_control(product: Product, certificates: Certificates) -> None:
    product.quick = product.quick.breaking("permanent_is_temporary")
    with pytest.raises(AssertionError):
        go_through(product, SECURE, certificates, REFUSALS[0])
