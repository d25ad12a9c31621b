"""One message for several people: what the server says to one of them is no other's fate."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.product import ANN, BOB, CAT, DAN, Product
from tests.faults.variants import PIPELINED, PLAIN, SECURE, Variant
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import POLITE, Answers, Peer, ScriptedServer, drop

BOTH = pytest.mark.parametrize("variant", [PLAIN, PIPELINED, SECURE], ids=str)
EVE = "eve@example.net"
MANY = [f"r{number}@example.net" for number in range(12)]


def taken(server: ScriptedServer) -> Counter[str]:
    """How often the server took responsibility for each recipient."""
    return Counter(
        recipient
        for transfer in server.transfers
        if transfer.accepted
        for recipient in transfer.recipients
    )


def at_most(number: int, reply: str) -> Answers:
    """A server that takes only so many recipients in one transaction."""

    async def limited(peer: Peer) -> None:
        if len(peer.recipients) >= number:
            await peer.say(reply)
        else:
            peer.recipients.append(peer.commands[-1][len("RCPT TO:<") :].partition(">")[0])
            await peer.say(POLITE["RCPT"])

    return {"RCPT": limited}


def go_through(product: Product, variant: Variant, certificates: Certificates) -> None:
    """Two taken, one refused, one put off, one who is put off once."""
    answers: Answers = {
        f"RCPT {BOB}": "550 5.1.1 no such user",
        f"RCPT {CAT}": "451 4.7.1 greylisted",
        f"RCPT {DAN}": ["450 4.2.1 busy", POLITE["RCPT"]],
    }
    with variant.server(certificates, answers) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN, BOB, CAT, DAN, EVE)
        product.send()
        product.send()
        assert taken(server) == {ANN: 1, EVE: 1}
        states = {row.email: (row.status, row.attempts) for row in product.queue()}
        assert states == {BOB: ("FAILED", 1), CAT: ("DEFERRED", 1), DAN: ("DEFERRED", 1)}
        assert product.log() == {ANN: "SUCCESS", BOB: "FAIL", CAT: "FAIL", DAN: "FAIL"} | {
            EVE: "SUCCESS"
        }
        waiting = [row.id for row in product.queue() if row.status == "DEFERRED"]
        product.do("queue", "retry", *waiting)
        product.send()
        assert taken(server) == {ANN: 1, DAN: 1, EVE: 1}
        assert {row.email: row.status for row in product.queue()} == {
            BOB: "FAILED",
            CAT: "DEFERRED",
        }
        assert all(transfer.content == product.sent[0] for transfer in server.transfers)


@BOTH
def test_each_recipient_has_an_outcome_of_its_own(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    go_through(product, variant, certificates)


@pytest.mark.parametrize(
    "reply", ["452 4.5.3 too many recipients", "452 too many", "552 5.5.3 too many recipients"]
)
@BOTH
def test_too_many_at_once_are_sent_in_several_transactions(
    product: Product, certificates: Certificates, variant: Variant, reply: str
) -> None:
    with variant.server(certificates, at_most(5, reply)) as server:
        variant.provider(product, server, certificates)
        product.accept(*MANY)
        product.send()
        assert product.queue() == []
        assert taken(server) == dict.fromkeys(MANY, 1)
        assert set(product.log().values()) == {"SUCCESS"}


@BOTH
def test_no_content_is_sent_when_every_recipient_is_refused(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    with variant.server(certificates, {"RCPT": "550 5.1.1 no such user"}) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN, BOB, CAT)
        product.send()
        assert {row.status for row in product.queue()} == {"FAILED"}
        # Pipelined, the content's end may have to be sent: with nobody to get it, and empty.
        assert not any(transfer.recipients or transfer.content for transfer in server.transfers)


@BOTH
def test_a_server_that_leaves_between_two_recipients(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    """Whoever was taken before that was not sent anything yet."""

    async def leave(peer: Peer) -> None:
        await peer.say("421 4.3.2 closing")
        await drop(peer)

    with variant.server(certificates, {f"RCPT {CAT}": [leave, POLITE["RCPT"]]}) as server:
        variant.provider(product, server, certificates, max_connections=1)
        product.accept(ANN, BOB, CAT, DAN)
        product.send()
        product.retry()
        assert product.queue() == []
        assert taken(server) == dict.fromkeys((ANN, BOB, CAT, DAN), 1)


@BOTH
def test_the_accepted_recipients_are_uncertain_after_a_loss_behind_the_dot(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    """The connection is lost after the dot: UNCERTAIN for all it may have reached."""
    answers: Answers = {f"RCPT {BOB}": "550 5.1.1 no such user", "END": drop}
    with variant.server(certificates, answers) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN, BOB, CAT)
        product.send()
        product.send()
        states = {row.email: row.status for row in product.queue()}
        assert states == {ANN: "UNCERTAIN", BOB: "FAILED", CAT: "UNCERTAIN"}
        sent = Counter(name for transfer in server.transfers for name in transfer.recipients)
        assert sent == {ANN: 1, CAT: 1}


@BOTH
def test_the_content_is_refused_for_all(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    answers: Answers = {f"RCPT {BOB}": "450 4.2.1 busy", "END": "554 5.6.0 no"}
    with variant.server(certificates, answers) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN, BOB, CAT)
        product.send()
        states = {row.email: row.status for row in product.queue()}
        assert states == {ANN: "FAILED", BOB: "DEFERRED", CAT: "FAILED"}


@pytest.mark.parametrize("broken", ["temporary_is_permanent", "everybody_is_accepted"])
def test_control(product: Product, certificates: Certificates, broken: str) -> None:
    product.quick = product.quick.breaking(broken)
    with pytest.raises(AssertionError):
        go_through(product, PIPELINED, certificates)
