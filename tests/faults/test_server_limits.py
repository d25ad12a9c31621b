"""Limits of a provider, exact at the server: in any window of time, over restarts and senders."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.faults.product import Product
from tests.faults.senders import sender, until
from tests.faults.variants import sampled
from tests.servers.scripted_server import Answers, Peer, scripted_server

# Between the sender's point of no return and the server's clock lies the way to the server.
TOLERANCE = 0.1  # seconds


class Timed:
    """A server that notes when it took each message."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def answers(self) -> Answers:
        return {"EHLO": "250-scripted\n250 PIPELINING", "END": self._take}

    async def _take(self, peer: Peer) -> None:
        self.times.append(time.monotonic())
        await peer.say("250 2.0.0 taken")

    def most_within(self, seconds: float) -> int:
        """The most messages in any window of so many seconds."""
        return max(
            sum(start <= moment < start + seconds for moment in self.times) for start in self.times
        )


def per_second(product: Product, count: int, messages: int, *, senders: int = 1) -> Timed:
    """Send with a limit and a restart in between."""
    timed = Timed()
    with scripted_server(timed.answers()) as server:
        product.provider(server.port, limit_per_second=count, max_connections=4)
        for _ in range(messages):
            product.accept()
        others = []
        with sender(product) as first:
            first.wait(" sent: ", count)
            assert first.end() == 0
        with sender(product) as again:
            if senders > 1:
                with sender(product) as other:
                    until(lambda: product.queue() == [])
                    others.append(other.end())
            until(lambda: product.queue() == [])
            assert again.end() == 0
        assert others == [0] * (senders - 1)
        assert sorted(server.messages) == sorted(product.sent)
    return timed


@pytest.mark.parametrize("senders", sampled([(2,), (1,)], 2))
def test_no_second_has_more_messages_than_the_limit(product: Product, senders: int) -> None:
    timed = per_second(product, 3, 8, senders=senders)
    assert timed.most_within(1 - TOLERANCE) == 3
    # Not less than is allowed, either: three windows, and what a start takes on a busy machine.
    assert timed.times[-1] - timed.times[0] < 20
    assert all(a <= b for a, b in pairwise(timed.times))


@pytest.mark.parametrize(
    ("field", "window"),
    [("limit_per_minute", 60), ("limit_per_hour", 3600), ("limit_per_day", 86400)],
)
def test_mail_over_the_limit_waits_and_shows_until_when(
    product: Product, field: str, window: float
) -> None:
    began = time.time()
    with scripted_server() as server:
        provider = product.store.providers.get(product.provider(server.port))
        product.store.providers.update(replace(provider, **{field: 4}))  # type: ignore[arg-type]
        for _ in range(10):
            product.accept()
        for _ in range(3):  # however often it is started
            product.send()
            assert len(server.messages) == 4
        rows = product.queue()
        assert [(row.status, row.attempts) for row in rows] == [("QUEUED", 0)] * 6
        due = [row.next for row in rows]
        assert None not in due
        now = time.time()
        waits = sorted(moment.timestamp() - now for moment in due if moment is not None)
        low, high = window - (now - began) - 1, window + 1
        assert low <= waits[0] <= high
        assert low <= waits[3] <= high  # four of them together, the next ones a window later
        assert low + window <= waits[4] <= high + window


def test_mail_goes_through_the_next_provider_or_waits(product: Product) -> None:
    """A limit is no failure: whichever way it goes, nothing goes twice and the limit holds."""
    with scripted_server() as first, scripted_server() as second:
        product.provider(first.port, limit_per_hour=3, priority=1)
        product.provider(second.port, "Second", priority=2)
        for _ in range(8):
            product.accept()
        product.send()
        assert len(first.messages) == 3
        waiting = len(product.queue())
        assert len(second.messages) + waiting == 5
        messages = first.messages + second.messages
        assert len(set(messages)) == len(messages)


def test_control(product: Product) -> None:
    product.quick = product.quick.breaking("limits_are_forgotten")
    timed = per_second(product, 3, 8)
    with pytest.raises(AssertionError):
        assert timed.most_within(1 - TOLERANCE) == 3
