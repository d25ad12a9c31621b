"""No network, no names: nobody's attempt is used up, and the return is gentle."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin.domain.provider import Encryption
from tests.faults.namespaces import Computer, computer, names
from tests.faults.product import Product
from tests.faults.senders import sender, until
from tests.servers.scripted_server import Peer, scripted_server

PORT = 2525
NAME = "smtp.example.org"
MESSAGES = 12
REST = 0.2  # seconds


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Computer]:
    """A computer without a network."""
    with computer(tmp_path) as made:
        yield made


def prepare(product: Product, host: str = "127.0.0.1") -> None:
    """Mail, and a provider it is to go through."""
    product.provider(PORT, host=host, max_connections=4)
    for _ in range(MESSAGES):
        product.accept()


def make_due(product: Product) -> None:
    """As somebody does who sees that the network is back."""
    waiting = [str(row.id) for row in product.queue() if row.status != "IN PROGRESS"]
    result = product.cli("queue", "retry", *waiting)
    # The sender may have begun with one meanwhile: that is as good as due.
    assert result.code == 0 or result.err.rstrip().endswith("sent right now."), result.err


def untouched(product: Product) -> bool:
    """Whether all mail waits and none has used an attempt."""
    rows = product.queue()
    return (
        len(rows) == MESSAGES
        and all(row.attempts == 0 for row in rows)
        and all(row.status in {"QUEUED", "DEFERRED", "IN PROGRESS"} for row in rows)
    )


def stays_untouched(product: Product, other: Computer) -> None:
    """A run of the sender, and then another."""
    prepare(product)
    for _ in range(2):
        with sender(product, prefix=other.prefix, offline_rest=REST) as running:
            running.wait("deferred: ", 2)
            assert untouched(product), product.queue()
            assert running.end() == 0
        assert untouched(product), product.queue()
    assert {row.status for row in product.queue()} <= {"QUEUED", "DEFERRED"}


def test_no_network_uses_no_attempt(product: Product, other: Computer) -> None:
    stays_untouched(product, other)


def test_the_network_comes_back_and_one_connection_goes_first(
    product: Product, other: Computer
) -> None:
    """The first one is kept waiting at its greeting: nobody else comes before it is answered."""
    let_go = threading.Event()

    async def greeting(peer: Peer) -> None:
        await asyncio.to_thread(let_go.wait, 10)
        await peer.say("220 scripted ESMTP")

    prepare(product)
    everywhere = "0.0.0.0"  # noqa: S104 - in a network of its own, whose loopback is still down
    with (
        other.inside(),
        scripted_server({"GREETING": greeting}, host=everywhere, port=PORT) as server,
        sender(product, prefix=other.prefix, offline_rest=REST) as running,
    ):
        until(lambda: any(row.reason for row in product.queue()))
        other.connect()
        make_due(product)
        until(lambda: server.peers)
        make_due(product)  # and yet nobody else comes
        assert len(server.peers) == 1
        let_go.set()
        running.wait(" sent: ", MESSAGES)
        assert running.end() == 0
    assert product.queue() == []
    assert sorted(server.messages) == sorted(product.sent)


@pytest.mark.parametrize("answer", ["silence", "failure"])
def test_a_resolver_without_an_answer_uses_no_attempt(
    product: Product, other: Computer, answer: str
) -> None:
    other.connect()
    prepare(product, NAME)
    product.quick = product.quick.with_timeouts(dns=3.0)
    with (
        other.inside(),
        names() as resolver,
        scripted_server(host="127.0.0.1", port=PORT) as server,
    ):
        resolver.answer = answer
        with sender(product, prefix=other.prefix, offline_rest=REST) as running:
            until(lambda: any(row.reason for row in product.queue()))
            assert resolver.asked
            assert untouched(product), product.queue()
            resolver.answer = "here"
            make_due(product)
            running.wait(" sent: ", MESSAGES)
            assert running.end() == 0
    assert product.queue() == []
    assert sorted(server.messages) == sorted(product.sent)


def test_a_name_that_does_not_exist_is_the_providers_matter(
    product: Product, other: Computer
) -> None:
    """The resolver works and says so: no network trouble, so the next provider may be asked."""
    other.connect()
    prepare(product, NAME)
    product.provider(PORT, "Second", priority=20)
    with (
        other.inside(),
        names() as resolver,
        scripted_server(host="127.0.0.1", port=PORT) as server,
    ):
        resolver.answer = "unknown"
        with sender(product, prefix=other.prefix, offline_rest=REST) as running:
            running.wait(" sent: ", MESSAGES)
            assert running.end() == 0
    assert sorted(server.messages) == sorted(product.sent)


def test_one_host_out_of_reach_holds_up_nobody_else(product: Product, other: Computer) -> None:
    """There is a network, only no way to this one: the next provider takes what is left."""
    other.connect()
    other.forbid("203.0.113.7")
    product.provider(PORT, host="203.0.113.7", encryption=Encryption.TLS)
    product.provider(PORT, "Second", priority=20)
    for _ in range(MESSAGES):
        product.accept()
    # It is asked once: the longer the others need, the more mail it would be given again.
    with other.inside(), scripted_server(port=PORT) as server:
        with sender(product, prefix=other.prefix, offline_rest=600.0) as running:
            running.wait(" sent: ", MESSAGES - 1)
            assert running.end() == 0
        assert len(server.messages) >= MESSAGES - 1
        assert [row.attempts for row in product.queue()] in ([], [0])


def test_control(product: Product, other: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.senders.PATIENCE", 3.0)
    product.quick = product.quick.breaking("no_network_is_a_servers_fault")
    with pytest.raises(AssertionError):
        stays_untouched(product, other)
