"""Limits per provider: exact in any window, over processes and restarts; when the next may go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.domain.claim import Claim, Claimed, ClaimRequest
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Limit, StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.store.claims.limits import Limits
from tests.smtp_providers import smtp_provider
from tests.store.sender import defer, send

Make = Callable[..., NewMessage]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TICK = timedelta(milliseconds=1)


def claim(store: Store, provider: StoredProvider, now: datetime, limit: int = 10) -> Claimed:
    return store.claims.claim("sender", ClaimRequest(provider, limit), lease=60, now=now)


@pytest.fixture
def limited(store: Store, provider: StoredProvider, message: Make) -> StoredProvider:
    """At most three in a minute, with twenty emails waiting."""
    store.queue.enqueue([message(*(f"a{n}@x.org" for n in range(20)))], now=NOW)
    return store.providers.update(replace(provider, limit_per_minute=3))


def test_email_in_flight_counts_and_is_looked_at_again_soon(
    store: Store, limited: StoredProvider
) -> None:
    claimed = claim(store, limited, NOW)
    assert len(claimed.claims) == 3
    assert claimed.free_at == NOW + timedelta(seconds=0.1)
    nothing = claim(store, limited, NOW)
    assert (nothing.claims, nothing.free_at) == ((), NOW + timedelta(seconds=0.1))


def test_the_window_slides_from_the_end_of_each_attempt(
    store: Store, limited: StoredProvider
) -> None:
    for second, sent in enumerate(claim(store, limited, NOW).claims):
        send(store, sent, now=NOW + second * SECOND)
    full = claim(store, limited, NOW + 30 * SECOND)
    assert full.claims == ()
    assert full.free_at == NOW + 60 * SECOND + TICK
    assert claim(store, limited, NOW + 60 * SECOND).claims == ()
    assert len(claim(store, limited, NOW + 60 * SECOND + TICK).claims) == 1


def test_an_ended_attempt_that_never_reached_the_server_does_not_count(
    store: Store, limited: StoredProvider
) -> None:
    for early in claim(store, limited, NOW).claims:
        defer(store, early, NOW + 3600 * SECOND, now=NOW)
    assert len(claim(store, limited, NOW).claims) == 3


def test_a_full_limit_is_not_told_when_no_mail_is_left(
    store: Store, limited: StoredProvider, message: Make
) -> None:
    store.queue.hold(list(store.queue.ids())[3:])
    claimed = claim(store, limited, NOW)
    assert len(claimed.claims) == 3
    assert claimed.free_at is None
    assert claim(store, limited, NOW).free_at is None


def test_the_limit_that_is_full_the_longest_says_when_mail_may_go(
    store: Store, limited: StoredProvider
) -> None:
    both = store.providers.update(replace(limited, limit_per_second=2, limit_per_hour=2))
    for sent in claim(store, both, NOW).claims:
        send(store, sent, now=NOW)
    claimed = claim(store, both, NOW)
    assert claimed == Claimed((), NOW + 3600 * SECOND + TICK, Limit(2, 3600))


def test_other_processes_and_a_restart_see_the_same_window(
    store: Store, limited: StoredProvider
) -> None:
    other = Store.open(store.location.path, standard_drivers())
    (first,) = claim(store, limited, NOW, 1).claims
    (second,) = claim(other, limited, NOW, 1).claims
    send(other, second, now=NOW)
    assert len(claim(store, limited, NOW).claims) == 1
    send(store, first, now=NOW)
    other.close()
    again = Store.open(store.location.path, standard_drivers())
    assert claim(again, limited, NOW + 59 * SECOND).claims == ()
    again.close()


def test_room_counted_in_a_transaction_that_failed_is_counted_again(
    store: Store, limited: StoredProvider
) -> None:
    unlimited = store.providers.add(replace(limited.without_id(), uid="u", limit_per_minute=None))

    def undone() -> None:
        with store.claims.together():
            claim(store, unlimited, NOW, 1)
            assert len(claim(store, limited, NOW, 0).claims) == 0
            raise KeyError

    with pytest.raises(KeyError):
        undone()
    other = Store.open(store.location.path, standard_drivers())
    assert len(claim(other, limited, NOW, 1).claims) == 1
    other.close()
    assert len(claim(store, limited, NOW, 3).claims) == 2


def test_plenty_of_room_is_not_counted_for_each_claim(
    store: Store, limited: StoredProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    roomy = store.providers.update(replace(limited, limit_per_minute=1000))
    counted = 0
    count = Limits._ended

    def counting(limits: Limits, provider: StoredProvider, limit: Limit, now: datetime) -> int:
        nonlocal counted
        counted += 1
        return count(limits, provider, limit, now)

    monkeypatch.setattr(Limits, "_ended", counting)
    for _ in range(6):
        assert len(claim(store, roomy, NOW, 3).claims) == 3
    assert counted == 1


def test_another_provider_has_limits_of_its_own(store: Store, limited: StoredProvider) -> None:
    claim(store, limited, NOW)
    other = store.providers.add(replace(limited.without_id(), uid="other"))
    assert len(claim(store, other, NOW).claims) == 3


def test_attempts_dated_far_ahead_by_a_wrong_clock_do_not_block(
    store: Store, limited: StoredProvider
) -> None:
    for sent in claim(store, limited, NOW).claims:
        send(store, sent, now=NOW + timedelta(days=3650))
    assert len(claim(store, limited, NOW).claims) == 3


def test_health_tells_the_use_of_each_limit(store: Store, limited: StoredProvider) -> None:
    sent, *_ = claim(store, limited, NOW).claims
    send(store, sent, now=NOW)
    health = store.health.get([limited.id], midnight=NOW - 3600 * SECOND, now=NOW)
    (use,) = health[limited.id].limits
    assert (use.limit.count, use.limit.seconds, use.used) == (3, 60, 3)
    assert use.free_at == NOW + 60 * SECOND + TICK
    later = store.health.get([limited.id], midnight=NOW, now=NOW + 61 * SECOND)
    assert later[limited.id].limits[0].used == 2


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 5), st.integers(0, 15), st.booleans()),
        min_size=5,
        max_size=25,
    )
)
def test_no_window_ever_holds_more_than_the_limit(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int, bool]]
) -> None:
    """Two senders, messages that take their time, claims as soon as they are let through."""
    path: Path = tmp_path_factory.mktemp("limits") / "mail.db"
    stores = (Store.open(path, standard_drivers()), Store.open(path, standard_drivers()))
    provider = stores[0].providers.add(
        smtp_provider("R", "h", 587, "o@x.org", limit_per_second=2, limit_per_minute=5)
    )
    message = NewMessage(b"Hi", tuple(f"a{n}@x.org" for n in range(200)), "Hello", "<1@x>")
    stores[0].queue.enqueue([message], now=NOW)
    now = NOW
    in_flight: list[tuple[datetime, Claim]] = []
    reached: list[datetime] = []  # when the server may have counted it, at the worst
    for wait, wanted, takes, which in steps:
        ends = now + wait * 100 * TICK
        for end, sent in sorted(in_flight, key=lambda entry: entry[0]):
            if end <= ends:
                send(stores[which], sent, now=end)
                in_flight.remove((end, sent))
        now = ends
        made = claim(stores[which], provider, now, wanted).claims
        reached += [now] * len(made)
        in_flight += [(now + takes * 100 * TICK, sent) for sent in made]
    for store in stores:
        store.close()
    for count, seconds in ((2, 1), (5, 60)):
        for earlier, later in zip(reached, reached[count:], strict=False):
            assert later - earlier > timedelta(seconds=seconds)
