"""Who is next: turns of new mail and retries, failover, domains left alone, postponed mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import apsw
import pytest

from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Limit, StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.store import Store
from tests.store.sender import defer, lose, take

Make = Callable[..., NewMessage]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def other(store: Store, provider: StoredProvider) -> StoredProvider:
    return store.providers.add(replace(provider.without_id(), caption="Other", uid="other"))


def enqueue(store: Store, make: Make, *recipients: str, now: datetime = NOW) -> list[int]:
    (ids,) = store.queue.enqueue([make(*recipients)], now=now)
    return ids


def many(count: int, domain: str = "x.org") -> tuple[str, ...]:
    return tuple(f"a{number}@{domain}" for number in range(count))


@pytest.fixture
def retries(store: Store, provider: StoredProvider, message: Make) -> list[int]:
    """Six emails whose first attempt failed, due again long before any new mail."""
    ids = enqueue(store, message, *many(6), now=NOW - 60 * MINUTE)
    for claim in take(store, provider, 6, now=NOW - 60 * MINUTE):
        defer(store, claim, NOW - 30 * MINUTE)
    return ids


def test_retries_get_at_most_half_of_the_places_while_new_mail_waits(
    store: Store, provider: StoredProvider, message: Make, retries: list[int]
) -> None:
    new = enqueue(store, message, *many(6))
    taken = [claim.queue_id for claim in take(store, provider, 4, now=NOW)]
    assert sorted(taken) == sorted([*retries[:2], *new[:2]])
    odd = [claim.queue_id for claim in take(store, provider, 3, now=NOW)]
    assert len(set(odd) & set(retries)) == 1


def test_whoever_waits_alone_has_all_places(
    store: Store, provider: StoredProvider, retries: list[int]
) -> None:
    assert [claim.queue_id for claim in take(store, provider, 9, now=NOW)] == retries


def test_with_one_place_at_a_time_both_have_it_in_turns(
    store: Store, provider: StoredProvider, message: Make, retries: list[int]
) -> None:
    enqueue(store, message, *many(6))
    steps = [take(store, provider, 1, now=NOW)[0].schedule_step for _ in range(6)]
    assert sorted(steps) == [0, 0, 0, 1, 1, 1]
    assert steps[0] != steps[1]


def test_urgent_mail_comes_before_any_turn(
    store: Store, provider: StoredProvider, message: Make, retries: list[int]
) -> None:
    store.queue.enqueue([replace(message("now@x.org"), priority=1)], now=NOW)
    (claim,) = take(store, provider, 1, now=NOW)
    assert claim.recipient == "now@x.org"
    assert len(take(store, provider, 9, now=NOW)) == len(retries)


def test_a_provider_that_failed_it_is_not_asked_again(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    assert provider.id is not None
    assert other.id is not None
    enqueue(store, message)
    (claim,) = take(store, provider, now=NOW)
    defer(store, claim, NOW, avoid=frozenset({provider.id}))
    assert take(store, provider, now=NOW) == []
    (again,) = take(store, other, now=NOW, instead_of=frozenset({provider.id}))
    assert again.avoid == {provider.id}
    assert again.last_attempt_at == NOW
    assert (again.attempts_count, again.schedule_step) == (0, 0)
    defer(store, again, NOW + MINUTE)
    assert take(store, provider, now=NOW + MINUTE)


def test_a_provider_of_the_second_rank_gets_only_what_all_of_the_first_have_failed(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    assert provider.id is not None
    first = frozenset({provider.id, 77})
    enqueue(store, message)
    assert take(store, other, now=NOW, instead_of=first) == []
    (claim,) = take(store, provider, now=NOW)
    defer(store, claim, NOW, avoid=frozenset({provider.id}))
    assert take(store, other, now=NOW, instead_of=first) == []
    assert take(store, other, now=NOW, instead_of=frozenset({provider.id}))


def test_what_may_have_arrived_stays_with_its_provider_whatever_the_rank(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    enqueue(store, message)
    (claim,) = take(store, provider, now=NOW)
    lose(store, claim, NOW)
    assert take(store, other, now=NOW) == []
    assert other.id is not None
    (again,) = take(store, provider, now=NOW, instead_of=frozenset({other.id}))
    assert again.possible_duplicate


def test_when_all_that_might_have_sent_it_are_gone_it_is_for_everybody_again(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    assert provider.id is not None
    enqueue(store, message)
    (claim,) = take(store, provider, now=NOW)
    defer(store, claim, NOW, avoid=frozenset({provider.id}))
    assert store.claims.forget_avoided(60, now=NOW + MINUTE) == 0
    assert store.claims.forget_avoided(60, now=NOW + 2 * MINUTE) == 1
    assert take(store, provider, now=NOW + 2 * MINUTE)


def test_send_now_lets_any_provider_have_it(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    assert provider.id is not None
    ids = enqueue(store, message)
    (claim,) = take(store, provider, now=NOW)
    defer(store, claim, NOW + MINUTE, avoid=frozenset({provider.id}))
    store.queue.send_now(ids, now=NOW)
    assert take(store, provider, now=NOW)


def test_a_domain_left_alone_does_not_hold_up_the_others(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    enqueue(store, message, *many(20, "Slow.example"), '"a@b"@slow.example')
    enqueue(store, message, "ann@quick.example", now=NOW + MINUTE)
    leave = frozenset({"slow.example"})
    (claim,) = take(store, provider, 9, now=NOW + MINUTE, not_domains=leave)
    assert claim.recipient == "ann@quick.example"
    assert len(take(store, provider, 99, now=NOW + MINUTE)) == 21


def test_postponed_mail_shows_when_its_turn_comes_and_uses_no_attempt(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    ids = enqueue(store, message, *many(5))
    first = NOW + 10 * MINUTE
    moved = store.claims.postpone(provider, first, Limit(2, 60), "Daily limit reached", now=NOW)
    assert moved == 5
    rows = store.queue.rows(ids)
    assert [row.next_attempt_date for row in rows] == [
        first, first, first + MINUTE, first + MINUTE, first + 2 * MINUTE,
    ]  # fmt: skip
    assert {(row.status, row.attempts_count, row.reason) for row in rows} == {
        (QueueStatus.QUEUED, 0, "Daily limit reached")
    }
    assert take(store, provider, now=NOW) == []
    assert len(take(store, provider, 9, now=first)) == 2


def test_only_as_many_as_asked_for_are_postponed_and_only_the_providers(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    enqueue(store, message, *many(5))
    (bound, *_) = take(store, other, 1, now=NOW)
    lose(store, bound, NOW)
    limit = Limit(1, 1)
    assert store.claims.postpone(provider, NOW + MINUTE, limit, "", at_most=3, now=NOW) == 3
    assert len(take(store, provider, 9, now=NOW)) == 1
    assert take(store, other, 9, now=NOW)[0].queue_id == bound.queue_id


def test_looking_for_mail_takes_no_lock_while_there_is_none(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    store.queue.enqueue([replace(message(), not_before=NOW + MINUTE)], now=NOW)
    holder = apsw.Connection(str(store.location.path))
    holder.execute("BEGIN IMMEDIATE")
    store.be_patient(0)
    assert take(store, provider, now=NOW) == []
    holder.execute("ROLLBACK")
    holder.close()


def test_the_claims_of_a_deleted_provider_are_none(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    enqueue(store, message)
    assert provider.id is not None
    store.providers.remove(provider.id)
    assert take(store, provider, now=NOW) == []
    assert store.queue.summary().counts == {QueueStatus.QUEUED: 1}
