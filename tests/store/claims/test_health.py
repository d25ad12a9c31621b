"""The health of providers, as every sender and window sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.health import Breaker, ProviderHealth
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.store.sender import defer, lose, send, take

Make = Callable[..., NewMessage]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def number(provider: StoredProvider) -> int:
    return provider.id


def health(store: Store, number: int) -> ProviderHealth:
    return store.health.get([number], midnight=MIDNIGHT, now=NOW)[number]


def test_an_unused_provider_has_an_empty_health(store: Store, number: int) -> None:
    assert health(store, number) == ProviderHealth(number)


def test_successes_failures_and_the_breaker_are_kept(store: Store, number: int) -> None:
    breaker = Breaker(5, NOW, 60.0)
    store.health.save_breaker(number, breaker)
    store.health.note_success(number, NOW - timedelta(hours=1))
    store.health.note_failure(number, NOW, "421 too busy")
    other = Store.open(store.location.path, standard_drivers())
    found = health(other, number)
    assert found.breaker == breaker
    assert found.last_success_at == NOW - timedelta(hours=1)
    assert (found.last_failure_at, found.last_failure) == (NOW, "421 too busy")
    other.close()
    store.health.save_breaker(number, Breaker())
    assert health(store, number).breaker == Breaker()
    assert health(store, number).last_failure == "421 too busy"


def test_only_what_was_accepted_since_midnight_counts_as_sent_today(
    store: Store, provider: StoredProvider, number: int, message: Make
) -> None:
    store.queue.enqueue([message(*(f"a{n}@x.org" for n in range(5)))], now=MIDNIGHT)
    yesterday, first, second, later, unknown = take(store, provider, now=NOW)
    send(store, yesterday, now=MIDNIGHT - timedelta(seconds=1))
    send(store, first, now=MIDNIGHT)
    send(store, second, now=NOW)
    defer(store, later, NOW)
    lose(store, unknown, NOW)
    assert health(store, number).sent_today == 2


def test_subscribers_hear_of_a_breaker_that_opens_or_closes_and_not_of_each_success(
    store: Store, number: int
) -> None:
    heard: list[Topic] = []
    store.subscribe(heard.append)
    store.health.note_success(number, NOW)
    store.health.note_failure(number, NOW, "no")
    store.health.save_breaker(number, Breaker(4))
    assert heard == []
    store.health.save_breaker(number, Breaker(5, NOW, 60.0))
    assert heard == [Topic.PROVIDERS]
    store.health.save_breaker(number, Breaker())
    assert heard == [Topic.PROVIDERS] * 2


def test_subscribers_hear_of_health_after_the_commit(store: Store, number: int) -> None:
    heard: list[Topic] = []
    store.subscribe(heard.append)
    with store.claims.together():
        store.health.save_breaker(number, Breaker(5, NOW, 60.0))
        assert heard == []
    assert heard == [Topic.PROVIDERS]


def test_the_health_of_a_deleted_provider_is_deleted(store: Store, number: int) -> None:
    store.health.note_success(number, NOW)
    store.providers.remove(number)
    assert store.health.get([number], midnight=MIDNIGHT) == {}
    store.health.note_success(number, NOW)
    store.health.note_failure(number, NOW, "no")
    store.health.save_breaker(number, Breaker(5, NOW, 60.0))
    assert store._database.sql("SELECT count(*) FROM provider_health") == [(0,)]
