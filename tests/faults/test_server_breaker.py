"""A provider that fails again and again is left alone, and asked with one message after a while."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.health import Breaker
from tests.faults.product import Product
from tests.servers.scripted_server import (
    Action,
    Answers,
    Peer,
    ScriptedServer,
    drop,
    scripted_server,
)
from tests.smtp_providers import with_changes

MESSAGES = 20
FAILURES: dict[str, Answers] = {
    "421": {"GREETING": "421 4.3.2 closing"},
    "dropped": {"GREETING": drop},
    "421 to EHLO": {"EHLO": "421 4.3.2 closing"},
    "421 to MAIL": {"MAIL": "421 4.3.2 closing"},
}
NO_FAILURES: dict[str, Answers] = {
    "greylisted": {"RCPT": "450 4.7.1 greylisted"},
    "no such user": {"RCPT": "550 5.1.1 no such user"},
    "later": {"END": "451 4.3.0 later"},
}


def opens_at_five(product: Product, answers: Answers) -> int:
    """Much mail, and a server that does not work: it is asked five times."""
    with scripted_server(answers) as server:
        provider_id = product.provider(server.port, max_connections=4)
        for _ in range(MESSAGES):
            product.accept()
        result = product.send()
        assert len(server.peers) == 5
        assert result.err.count(" provider resting: ") == 1
        for _ in range(2):  # another start, another process: it is in the database
            product.send()
        assert len(server.peers) == 5
    states = Counter((row.status, row.attempts) for row in product.queue())
    assert states == {("DEFERRED", 1): 5, ("QUEUED", 0): MESSAGES - 5}
    return provider_id


@pytest.mark.parametrize("case", FAILURES)
def test_the_breaker_opens_at_five_failures(product: Product, case: str) -> None:
    provider_id = opens_at_five(product, FAILURES[case])
    breaker = product.store.health.breakers()[provider_id]
    assert (breaker.failures, breaker.rest) == (5, 60.0)


@pytest.mark.parametrize("case", NO_FAILURES)
def test_refusals_of_messages_do_not_open_the_breaker(product: Product, case: str) -> None:
    with scripted_server(NO_FAILURES[case]) as server:
        product.provider(server.port)
        for _ in range(MESSAGES):
            product.accept()
        result = product.send()
        assert " provider resting: " not in result.err
        assert sum(peer.verbs.count("MAIL") for peer in server.peers) == MESSAGES


def rest_is_over(product: Product, provider_id: int, server: ScriptedServer) -> None:
    """As if the time had passed; and the provider is at another port now."""
    breaker = product.store.health.breakers()[provider_id]
    past = datetime.now(UTC) - timedelta(seconds=1)
    product.store.health.save_breaker(provider_id, replace(breaker, open_until=past))
    moved = with_changes(product.store.providers.get(provider_id), port=server.port)
    product.store.providers.update(moved)


def test_one_message_probes_a_resting_provider(product: Product) -> None:
    """The first connection is kept waiting: until it is through, no other comes."""
    came_early: list[int] = []

    def probed(server: list[ScriptedServer]) -> Action:
        async def greeting(peer: Peer) -> None:
            for _ in range(20):  # a moment in which others could come
                await asyncio.sleep(0.01)
            came_early.append(len(server[0].peers) - 1)
            await peer.say("220 scripted ESMTP")

        return greeting

    provider_id = opens_at_five(product, FAILURES["421"])
    servers: list[ScriptedServer] = []
    answers: Answers = {"GREETING": [probed(servers), "220 scripted ESMTP"]}
    with scripted_server(answers) as mended:
        servers.append(mended)
        rest_is_over(product, provider_id, mended)
        product.send()
        assert came_early == [0]
        product.retry()  # those that are deferred, too
        assert product.queue() == []
        assert sorted(mended.messages) == sorted(product.sent)
    assert product.store.health.breakers().get(provider_id) in {None, Breaker()}


def test_a_failed_probe_doubles_the_rest(product: Product) -> None:
    provider_id = opens_at_five(product, FAILURES["421"])
    for failures, rest in ((6, 120.0), (7, 240.0)):
        with scripted_server(FAILURES["421"]) as server:
            rest_is_over(product, provider_id, server)
            product.send()
            assert len(server.peers) == 1
        breaker = product.store.health.breakers()[provider_id]
        assert (breaker.failures, breaker.rest) == (failures, rest)


def test_the_other_provider_takes_the_mail_of_a_resting_one(product: Product) -> None:
    with scripted_server(FAILURES["dropped"]) as server, scripted_server() as second:
        product.provider(server.port, priority=1)
        product.provider(second.port, "Second", priority=2)
        for _ in range(MESSAGES):
            product.accept()
        product.send()
        assert product.queue() == []
        assert sorted(second.messages) == sorted(product.sent)
        assert len(server.peers) <= 5


def test_control(product: Product) -> None:
    product.quick = product.quick.breaking("failures_do_not_count")
    with pytest.raises(AssertionError):
        opens_at_five(product, FAILURES["421"])
