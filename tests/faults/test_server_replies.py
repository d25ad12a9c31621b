"""Refusals, temporary and permanent, at each stage, and unusual replies: what they mean."""

from __future__ import annotations

import pytest

from mailadmin.domain.provider import Encryption
from tests.faults.product import ANN, Product, minutes
from tests.faults.variants import PIPELINED, PLAIN, SECURE, VARIANTS, Variant, all_pairs, sampled
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import (
    POLITE,
    Action,
    Answers,
    ScriptedServer,
    drop,
    endless,
    garbage,
    hang,
    reset,
    start_tls,
)

STAGES = ["GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "END"]
DEFERRED, FAILED, PAUSED = "DEFERRED", "FAILED", "QUEUED"

REPLIES = {
    # reply: the queue status by stage
    "421 4.3.2 closing": [DEFERRED] * 8,
    "451 4.3.0 not now": [DEFERRED] * 8,
    "454 4.7.0 not now": [DEFERRED] * 8,
    "550 5.0.0 never": [PAUSED] * 4 + [FAILED] * 4,
    "550 5.7.1 never": [PAUSED] * 5 + [FAILED] * 3,
    "530 5.7.0 sign in first": [PAUSED] * 8,
}


def cases() -> list[tuple[object, ...]]:
    """Every reply at every stage there is, in every variant."""
    return [
        (variant, at, reply, status)
        for reply, statuses in REPLIES.items()
        for variant in VARIANTS
        for at, status in zip(STAGES, statuses, strict=True)
        if at != "STARTTLS" or variant.encryption is Encryption.TLS
    ]


def answers(variant: Variant, certificates: Certificates, at: str, reply: str) -> Answers:
    """The reply once, and then what a polite server says."""
    match at:
        case "EHLO":
            return {"EHLO": [reply, variant.ehlo()], "HELO": reply}
        case "STARTTLS":
            return {at: [reply, start_tls(certificates.valid.context())]}
        case _:
            return {at: [reply, POLITE[at]]}


def go_through(
    product: Product,
    variant: Variant,
    certificates: Certificates,
    at: str,
    reply: str,
    status: str,
) -> None:
    """One message meets the reply, then, when somebody wants it, a server that takes it."""
    with variant.server(certificates, answers(variant, certificates, at, reply)) as server:
        provider_id = variant.provider(product, server, certificates)
        product.accept(ANN)
        product.send()
        row = product.row()
        (attempt,) = product.tries()
        assert (row.status, reply in row.reason) == (status, True)
        assert attempt.reply == reply
        assert row.attempts == int(status != PAUSED)
        assert product.log() == {ANN: "FAIL"}
        assert (row.next is None) == (status == FAILED)
        if status == DEFERRED:
            assert minutes(0.79, 1.25, [row])
        assert not any(transfer.accepted for transfer in server.transfers)
        assert " sent: " not in product.send().err  # nobody acted, so nothing happens
        product.do("providers", "enable", provider_id)
        product.retry()
        assert_taken_once(product, server)


def assert_taken_once(product: Product, server: ScriptedServer) -> None:
    assert product.queue() == []
    assert product.log() == {ANN: "SUCCESS"}
    (taken,) = [transfer for transfer in server.transfers if transfer.accepted]
    assert (taken.recipients, taken.content) == ((ANN,), product.sent[0])


@pytest.mark.parametrize(("variant", "at", "reply", "status"), sampled(all_pairs(cases()), 2))
def test_each_refusal_at_each_stage_is_classified(
    product: Product,
    certificates: Certificates,
    variant: Variant,
    at: str,
    reply: str,
    status: str,
) -> None:
    go_through(product, variant, certificates, at, reply, status)


@pytest.mark.parametrize("reply", ["200 ok", "250", "251 2.1.5 forwarded", "299-any\n299 it"])
@pytest.mark.parametrize("variant", [PLAIN, SECURE], ids=str)
def test_any_2xx_is_acceptance(
    product: Product, certificates: Certificates, variant: Variant, reply: str
) -> None:
    polite = {"MAIL": reply, "RCPT": reply, "END": reply}
    with variant.server(certificates, polite) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN)
        product.send()
        assert_taken_once(product, server)
        assert product.tries()[0].reply == reply


@pytest.mark.parametrize("goodbye", ["421 4.4.2 no", "554 no", drop, reset, garbage, endless, hang])
@pytest.mark.parametrize("variant", [SECURE], ids=str)
def test_a_failing_quit_changes_nothing(
    product: Product, certificates: Certificates, variant: Variant, goodbye: str | Action
) -> None:
    with variant.server(certificates, {"QUIT": goodbye}) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN)
        product.send()
        server.wait_ended()
        product.send()
        assert_taken_once(product, server)


@pytest.mark.parametrize("variant", [PLAIN, PIPELINED, SECURE], ids=str)
def test_421_after_acceptance_harms_neither_this_message_nor_the_next(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    """The server says goodbye on a connection that is kept for the next message."""
    farewell = "250 2.0.0 taken\n421 4.4.2 enough"

    with variant.server(certificates, {"END": [farewell, POLITE["END"]]}) as server:
        variant.provider(product, server, certificates, max_connections=1)
        for _ in range(3):
            product.accept(ANN)
        product.send()
        assert product.queue() == []
        assert sorted(server.messages) == sorted(product.sent)
        assert all(len(product.tries(email_id)) == 1 for email_id in (1, 2, 3))


@pytest.mark.parametrize("asked", ["451 4.7.1 try again in 30 minutes", "450 retry after 1800 s"])
def test_the_time_a_server_asks_for_is_given(
    product: Product, certificates: Certificates, asked: str
) -> None:
    with PIPELINED.server(certificates, {"RCPT": asked}) as server:
        PIPELINED.provider(product, server, certificates)
        product.accept(ANN)
        product.send()
        assert minutes(30, 37, product.queue())


@pytest.mark.parametrize(
    ("broken", "at", "reply", "status"),
    [
        ("temporary_is_permanent", "RCPT", "451 4.3.0 not now", DEFERRED),
        ("permanent_is_temporary", "RCPT", "550 5.0.0 never", FAILED),
        ("permanent_is_temporary", "AUTH", "530 5.7.0 sign in first", PAUSED),
    ],
)
def test_control(
    product: Product, certificates: Certificates, broken: str, at: str, reply: str, status: str
) -> None:
    product.quick = product.quick.breaking(broken)
    with pytest.raises(AssertionError):
        go_through(product, SECURE, certificates, at, reply, status)
