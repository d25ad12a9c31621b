"""Mail that was queued for one provider is for no other, whatever comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.claim import Disposition
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import Outcome
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.store import Store
from tests.store.sender import ACCEPTED, DEFERRED, LEFT, UNKNOWN, passes, record, take

Make = Callable[..., NewMessage]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
FAILED = replace(DEFERRED, reason="550")


@pytest.fixture
def other(store: Store, provider: StoredProvider) -> StoredProvider:
    """A provider that would be asked first."""
    return store.providers.add(replace(provider.without_id(), caption="Other", uid="o", priority=1))


def enqueue(store: Store, provider: StoredProvider, message: NewMessage) -> int:
    ((queue_id,),) = store.queue.enqueue([replace(message, provider_id=provider.id)], now=NOW)
    return queue_id


def test_only_the_chosen_provider_may_claim_the_mail(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    enqueue(store, provider, message())
    assert take(store, other, now=NOW) == []
    first = frozenset({other.id})
    (claim,) = take(store, provider, now=NOW, instead_of=first)
    assert claim.bound
    assert passes(store, claim)
    assert record(store, claim, ACCEPTED, LEFT)
    assert store.queue.count() == 0


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        (DEFERRED, Disposition(QueueStatus.DEFERRED, LATER, "later")),
        (FAILED, Disposition(QueueStatus.FAILED, None, "550")),
        (UNKNOWN, Disposition(QueueStatus.UNCERTAIN, LATER, "lost", bind_provider=True)),
    ],
    ids=["deferred", "failed", "uncertain"],
)
def test_the_mail_stays_with_its_provider_after_a_failure(
    outcome: Outcome,
    after: Disposition,
    store: Store,
    provider: StoredProvider,
    other: StoredProvider,
    message: Make,
) -> None:
    queue_id = enqueue(store, provider, message())
    (claim,) = take(store, provider, now=NOW)
    assert record(store, claim, outcome, after)
    store.queue.send_now([queue_id], now=LATER)
    assert take(store, other, now=LATER) == []
    assert [each.queue_id for each in take(store, provider, now=LATER)] == [queue_id]


def test_the_mail_stays_with_its_provider_when_it_is_given_back(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    enqueue(store, provider, message())
    claims = take(store, provider, now=NOW)
    assert store.claims.give_back_all(claims, now=NOW)
    assert take(store, other, now=LATER) == []
    assert take(store, provider, now=LATER)


def test_the_mail_is_held_when_its_provider_is_deleted_and_free_once_released(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    queue_id = enqueue(store, provider, message())
    store.providers.remove(provider.id)
    row = store.queue.get(queue_id)
    assert (row.status, row.next_attempt_date) == (QueueStatus.HELD, None)
    assert "was deleted" in row.reason
    assert "arrived" not in row.reason
    store.queue.release([queue_id], now=NOW)
    assert take(store, other, now=NOW)


def test_mail_for_any_provider_is_not_bound(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    store.queue.enqueue([message()], now=NOW)
    (claim,) = take(store, provider, now=NOW)
    assert not claim.bound
    record(store, claim, DEFERRED, Disposition(QueueStatus.DEFERRED, LATER, "later"))
    assert store.queue.get(claim.queue_id).provider_id is None
