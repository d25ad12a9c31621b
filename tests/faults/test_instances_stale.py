"""A sender that stood still while its claims ended: what it held belongs to others now."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.faults.product import ANN, Product
from tests.faults.senders import sender, until
from tests.faults.variants import sampled
from tests.servers.scripted_server import (
    POLITE,
    Answers,
    Peer,
    ScriptedServer,
    Transfer,
    scripted_server,
)

LEASE = 0.5
SLOW_LEASE = 2.0  # what a sender can keep on a machine that is busy


@dataclass
class Gate:
    """Keeps the answer to one command back, on the first connection only."""

    at: str
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def answers(self) -> Answers:
        polite = "250-scripted\n250 PIPELINING" if self.at == "EHLO" else POLITE[self.at]
        return {self.at: [self._wait, polite]}

    async def _wait(self, peer: Peer) -> None:
        self.reached.set()
        await asyncio.to_thread(self.opened.wait, 20)
        await peer.say(POLITE[self.at])
        if self.at == "DATA":
            content = await peer.content()
            peer.transfers.append(Transfer(tuple(peer.recipients), content, POLITE["END"]))
            await peer.say(POLITE["END"])


def stands_still(product: Product, server: ScriptedServer, gate: Gate, broken: str = "") -> None:
    """One sender stops before the dot until the claim is over; another one sends the message."""
    product.provider(server.port)
    product.accept(ANN)
    whole = product.quick
    product.quick = whole.breaking(broken) if broken else whole
    with sender(product, lease=LEASE) as stale:
        assert gate.reached.wait(60)
        stale.freeze()
        product.quick = whole
        with sender(product, lease=LEASE) as other:
            other.wait(f" sent: {ANN} ")
            gate.opened.set()
            stale.thaw()
            until(lambda: server.peers[0].ended.is_set() or len(server.transfers) > 1)
            assert other.end() == 0
        assert stale.end() == 0
        assert stale.holding(" sent: ") == []
    assert [transfer.content for transfer in server.transfers] == product.sent
    assert product.log() == {ANN: "SUCCESS"}
    assert product.queue() == []


def claimed_until(product: Product) -> datetime:
    """When the only claim ends."""
    ((text,),) = product.store._database.sql("SELECT lease_until FROM queue")
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("at", sampled([("DATA",), ("GREETING",), ("MAIL",), ("RCPT",)], 4))
def test_the_stale_owner_sends_nothing(product: Product, at: str) -> None:
    gate = Gate(at)
    with scripted_server(gate.answers()) as server:
        stands_still(product, server, gate)


def test_the_stale_owner_gets_the_answer_after_all(product: Product) -> None:
    """It had sent the dot: nobody sends it again, and the late answer settles it."""
    gate = Gate("END")
    with scripted_server(gate.answers()) as server:
        product.provider(server.port)
        product.accept(ANN)
        with sender(product, lease=LEASE) as stale:
            assert gate.reached.wait(60)
            stale.freeze()
            with sender(product, lease=LEASE) as other:
                until(lambda: product.row().status == "UNCERTAIN")
                assert other.end() == 0
            gate.opened.set()
            stale.thaw()
            until(lambda: product.queue() == [])
            assert stale.end() == 0
        assert product.log() == {ANN: "SUCCESS"}
        assert len(server.transfers) == 1


def test_a_sender_that_is_only_slow_keeps_its_claims(product: Product) -> None:
    """Its server takes many times as long as the claim lasts; another sender looks on."""
    gate = Gate("DATA")
    with scripted_server(gate.answers()) as server:
        product.provider(server.port)
        product.accept(ANN)
        with (
            sender(product, lease=SLOW_LEASE) as slow,
            sender(product, lease=SLOW_LEASE, recover_every=0.05) as other,
        ):
            assert gate.reached.wait(60)
            first = claimed_until(product)
            until(lambda: claimed_until(product) > first + timedelta(seconds=3 * SLOW_LEASE))
            gate.opened.set()
            until(lambda: slow.holding(" sent: ") or other.holding(" sent: "))
            assert slow.end() == other.end() == 0
        assert len(server.transfers) == 1
        assert len(product.tries()) == 1


def test_control(product: Product) -> None:
    gate = Gate("DATA")
    with scripted_server(gate.answers()) as server, pytest.raises(AssertionError):
        stands_still(product, server, gate, broken="stale_claims_count")
