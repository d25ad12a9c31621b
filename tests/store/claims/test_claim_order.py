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


def test_retries_have_all_places_while_no_new_mail_waits(
    store: Store, provider: StoredProvider, retries: list[int]
) -> None:
    assert [claim.queue_id for claim in take(store, provider, 9, now=NOW)] == retries


def test_new_mail_and_retries_take_turns_at_a_single_place(
    store: Store, provider: StoredProvider, message: Make, retries: list[int]
) -> None:
    enqueue(store, message, *many(6))
    steps = [take(store, provider, 1, now=NOW)[0].schedule_step for _ in range(6)]
    assert sorted(steps) == [0, 0, 0, 1, 1, 1]
    assert steps[0] != steps[1]


def test_mail_of_higher_priority_comes_before_both(
    store: Store, provider: StoredProvider, message: Make, retries: list[int]
) -> None:
    store.queue.enqueue([replace(message("now@x.org"), priority=1)], now=NOW)
    (claim,) = take(store, provider, 1, now=NOW)
    assert claim.recipient == "now@x.org"
    assert len(take(store, provider, 9, now=NOW)) == len(retries)


def test_a_provider_that_failed_an_email_does_not_get_it_again(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
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


def test_a_provider_of_lower_priority_gets_only_email_that_all_before_it_failed(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    first = frozenset({provider.id, 77})
    enqueue(store, message)
    assert take(store, other, now=NOW, instead_of=first) == []
    (claim,) = take(store, provider, now=NOW)
    defer(store, claim, NOW, avoid=frozenset({provider.id}))
    assert take(store, other, now=NOW, instead_of=first) == []
    assert take(store, other, now=NOW, instead_of=frozenset({provider.id}))


def test_a_possible_duplicate_stays_with_its_provider_whatever_the_priority(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    enqueue(store, message)
    (claim,) = take(store, provider, now=NOW)
    lose(store, claim, NOW)
    assert take(store, other, now=NOW) == []
    (again,) = take(store, provider, now=NOW, instead_of=frozenset({other.id}))
    assert again.possible_duplicate


def test_email_is_for_every_provider_again_when_those_left_to_try_are_gone(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    enqueue(store, message)
    (claim,) = take(store, provider, now=NOW)
    defer(store, claim, NOW, avoid=frozenset({provider.id}))
    assert store.claims.forget_avoided(60, now=NOW + MINUTE) == 0
    assert store.claims.forget_avoided(60, now=NOW + 2 * MINUTE) == 1
    assert take(store, provider, now=NOW + 2 * MINUTE)


def test_send_now_lets_any_provider_have_it(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    ids = enqueue(store, message)
    (claim,) = take(store, provider, now=NOW)
    defer(store, claim, NOW + MINUTE, avoid=frozenset({provider.id}))
    store.queue.send_now(ids, now=NOW)
    assert take(store, provider, now=NOW)


def test_a_domain_that_is_left_out_does_not_hold_up_the_others(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    enqueue(store, message, *many(20, "Slow.example"), '"a@b"@slow.example')
    enqueue(store, message, "ann@quick.example", now=NOW + MINUTE)
    leave = frozenset({"slow.example"})
    (claim,) = take(store, provider, 9, now=NOW + MINUTE, not_domains=leave)
    assert claim.recipient == "ann@quick.example"
    assert len(take(store, provider, 99, now=NOW + MINUTE)) == 21


def test_a_domain_is_left_alone_in_both_its_forms(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    others = ("ann@strasse.example", "bob@buecher.example")
    enqueue(store, message, "a@straße.example", "b@XN--strae-oqa.example", *others)
    leave = frozenset({"xn--strae-oqa.example"})
    left = take(store, provider, 9, now=NOW, not_domains=leave)
    assert [claim.recipient for claim in left] == list(others)


def test_postponed_mail_shows_its_next_date_and_uses_no_attempt(
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


def test_postponing_takes_the_given_number_of_the_providers_email(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    enqueue(store, message, *many(5))
    (bound, *_) = take(store, other, 1, now=NOW)
    lose(store, bound, NOW)
    limit = Limit(1, 1)
    assert store.claims.postpone(provider, NOW + MINUTE, limit, "", at_most=3, now=NOW) == 3
    assert len(take(store, provider, 9, now=NOW)) == 1
    assert take(store, other, 9, now=NOW)[0].queue_id == bound.queue_id


def test_a_claim_takes_no_lock_while_no_mail_is_due(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    store.queue.enqueue([replace(message(), not_before=NOW + MINUTE)], now=NOW)
    holder = apsw.Connection(str(store.location.path))
    holder.execute("BEGIN IMMEDIATE")
    store.be_patient(0)
    assert take(store, provider, now=NOW) == []
    holder.execute("ROLLBACK")
    holder.close()


def test_a_deleted_provider_claims_nothing(
    store: Store, provider: StoredProvider, other: StoredProvider, message: Make
) -> None:
    enqueue(store, message)
    store.providers.remove(provider.id)
    assert take(store, provider, now=NOW) == []
    assert store.queue.summary().counts == {QueueStatus.QUEUED: 1}
