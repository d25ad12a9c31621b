"""A connection that breaks, hangs or talks nonsense, at each stage: what becomes of the mail.

Before the dot nothing can have been sent: the mail waits for another attempt, which delivers it
exactly once. After it nobody knows: it is UNCERTAIN, and is not sent again unsaid.
"""

from __future__ import annotations

import pytest

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.stages import Stage
from tests.faults.product import ANN, PATIENT, Product, minutes
from tests.faults.quick import Quick
from tests.faults.variants import PIPELINED, PLAIN, SECURE, VARIANTS, Variant, all_pairs, sampled
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import (
    POLITE,
    Action,
    Answers,
    Peer,
    ScriptedServer,
    drop,
    endless,
    endless_line,
    garbage,
    hang,
    raw,
    reset,
    stall,
    start_tls,
    trickle,
)

STAGE_OF = {
    "GREETING": Stage.GREETING,
    "EHLO": Stage.GREETING,
    "EHLO over TLS": Stage.GREETING,
    "STARTTLS": Stage.TLS,
    "handshake": Stage.TLS,
    "AUTH": Stage.AUTH,
    "MAIL": Stage.MAIL,
    "RCPT": Stage.RCPT,
    "DATA": Stage.DATA,
    "content": Stage.DATA,
    "END": Stage.END_OF_DATA,
}
# The deadline that ends a stage.
WAITED = {
    "GREETING": "greeting",
    "EHLO": "command",
    "EHLO over TLS": "command",
    "STARTTLS": "tls",
    "handshake": "tls",
    "AUTH": "command",
    "MAIL": "mail",
    "RCPT": "rcpt",
    "DATA": "data",
    "END": "final",
}
WAYS = (reset, garbage, endless, endless_line)
_TLS_ONLY = {"EHLO over TLS", "STARTTLS", "handshake"}


def stages(variant: Variant) -> list[str]:
    """The stages that there are."""
    without = set() if variant.encryption is Encryption.TLS else _TLS_ONLY
    return [stage for stage in STAGE_OF if stage not in without]


def impatient(deadline: str) -> Quick:
    """With little time for one stage: the others are not what is tried, nor is a busy machine."""
    return Quick(timeouts=PATIENT | {deadline: 0.5})


def cases(
    *variants: Variant, without: tuple[str, ...] = (), hows: tuple[Action, ...] = ()
) -> list[tuple[object, ...]]:
    """Every stage of every variant, in each of the ways if there are several."""
    places = [(variant, at) for variant in variants for at in stages(variant) if at not in without]
    return [(*place, how) for place in places for how in hows] if hows else list(places)


def misbehaving(variant: Variant, certificates: Certificates, at: str, how: Action) -> Answers:
    """Answers that go wrong at one stage of the first connection, and are right ever after."""

    async def first_part(peer: Peer) -> None:
        await peer.say("354 go on")
        await peer.reader.readexactly(1000)
        await how(peer)

    handshake = start_tls(certificates.valid.context())
    match at:
        case "EHLO":
            return {"EHLO": [how, variant.ehlo()]}
        case "EHLO over TLS":
            return {"EHLO": [variant.ehlo(), how, variant.ehlo()]}
        case "STARTTLS":
            return {"STARTTLS": [how, handshake]}
        case "handshake":
            return {"STARTTLS": [raw(b"220 2.0.0 go ahead\r\n", then=how), handshake]}
        case "content":
            return {"DATA": [first_part, POLITE["DATA"]]}
        case _:
            return {at: [how, POLITE[at]]}


def go_through(
    product: Product, variant: Variant, certificates: Certificates, at: str, how: Action
) -> None:
    """One message meets the fault, then, when its time has come, a server that works."""
    with variant.server(certificates, misbehaving(variant, certificates, at, how)) as server:
        variant.provider(product, server, certificates)
        # More than the buffers on the way hold, so that the end can't have been sent.
        size = 20_000_000 if how is stall else 14_000_000
        product.accept(ANN, size=size if at == "content" else 0)
        product.send()
        if how is not stall:
            server.wait_ended()
        assert_waiting(product, server, at)
        assert product.send().err.endswith("done: nothing was sent\n")  # nothing is due
        product.retry()
        assert_sent(product, server, doubtful=at == "END")


def assert_waiting(product: Product, server: ScriptedServer, at: str) -> None:
    """After the fault."""
    row = product.row()
    (attempt,) = product.tries()
    assert attempt.stage == STAGE_OF[at].value
    assert "127.0.0.1" in attempt.reason
    assert not attempt.possible_duplicate
    assert row.attempts == 1
    assert product.log() == {ANN: "FAIL"}
    if at == "END":
        assert (row.status, attempt.outcome) == ("UNCERTAIN", OutcomeKind.UNCERTAIN.value)
        assert minutes(14.9, 15.1, [row])
        assert server.messages == product.sent
    else:
        assert (row.status, attempt.outcome) == ("DEFERRED", OutcomeKind.DEFERRED.value)
        assert minutes(0.79, 1.25, [row])
        assert server.messages == []


def assert_sent(product: Product, server: ScriptedServer, *, doubtful: bool) -> None:
    """Once the server works."""
    assert product.queue() == []
    assert product.log() == {ANN: "SUCCESS"}
    (*unanswered, taken) = server.transfers
    assert (taken.recipients, taken.content) == ((ANN,), product.sent[0])
    assert taken.accepted
    assert len(unanswered) == int(doubtful)
    assert [attempt.possible_duplicate for attempt in product.tries()] == [False, doubtful]


@pytest.mark.parametrize(("variant", "at"), sampled(cases(*VARIANTS, without=("content",)), 4))
def test_a_connection_dropped_at_a_stage_is_retried_safely(
    product: Product, certificates: Certificates, variant: Variant, at: str
) -> None:
    go_through(product, variant, certificates, at, drop)


@pytest.mark.parametrize(
    ("variant", "at", "how"),
    sampled(
        all_pairs(
            [
                *cases(PLAIN, without=("handshake",), hows=WAYS),
                *cases(SECURE, without=("handshake", "content"), hows=WAYS),
            ]
        ),
        3,
    ),
)
def test_a_reply_that_can_not_be_read_is_handled_at_each_stage(
    product: Product, certificates: Certificates, variant: Variant, at: str, how: Action
) -> None:
    go_through(product, variant, certificates, at, how)


@pytest.mark.parametrize(
    ("variant", "at"), sampled(cases(SECURE, PLAIN, PIPELINED, without=("content",)), 2)
)
def test_a_server_that_says_nothing_meets_the_deadline(
    product: Product, certificates: Certificates, variant: Variant, at: str
) -> None:
    product.quick = impatient(WAITED[at])
    go_through(product, variant, certificates, at, hang)


@pytest.mark.parametrize("variant", sampled([(variant,) for variant in VARIANTS], 3))
def test_a_connection_lost_within_the_content_is_retried_safely(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    go_through(product, variant, certificates, "content", reset)


def test_a_server_that_does_not_take_the_content_meets_the_deadline(
    product: Product, certificates: Certificates
) -> None:
    product.quick = impatient("block")
    go_through(product, PLAIN, certificates, "content", stall)


@pytest.mark.parametrize("at", ["GREETING", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "END"])
def test_a_reply_of_one_byte_at_a_time_meets_the_deadline(
    product: Product, certificates: Certificates, at: str
) -> None:
    """The deadline is for the whole reply, however steadily its bytes come."""
    slow = trickle("250-" + "x" * 1000, 0.01)  # ten seconds in all
    product.quick = impatient(WAITED[at])
    go_through(product, PIPELINED, certificates, at, slow)


@pytest.mark.parametrize(
    ("broken", "at"), [("unknown_is_deferred", "END"), ("lost_is_failed", "MAIL")]
)
def test_control(product: Product, certificates: Certificates, broken: str, at: str) -> None:
    product.quick = product.quick.breaking(broken)
    with pytest.raises(AssertionError):
        go_through(product, PIPELINED, certificates, at, drop)
