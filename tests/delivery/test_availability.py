"""Whether mail can go through a provider, and what its answers change in that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.credentials import CredentialState, Lookup, Secret
from mailadmin.delivery.availability import Availability
from mailadmin.delivery.batch import MOST_RECIPIENTS
from mailadmin.delivery.state import Condition, NoticeKind
from mailadmin.domain.health import Breaker
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply, Scope
from mailadmin.domain.provider import StoredProvider
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from tests.delivery.claimed_mail import run
from tests.delivery.conftest import loopback
from tests.delivery.provider_queues import PAUSE, Context, provider
from tests.smtp_providers import with_changes

ACCEPTED = Outcome(OutcomeKind.ACCEPTED, Stage.END_OF_DATA, "250 ok")
REFUSED = Outcome(OutcomeKind.PROVIDER_FAULT, Stage.AUTH, "535 5.7.8 bad", scope=Scope.PROVIDER)
DOWN = Outcome(
    OutcomeKind.DEFERRED, Stage.CONNECT, "It is down.", scope=Scope.PROVIDER, unreachable=True
)
NO_NETWORK = Outcome(OutcomeKind.DEFERRED, Stage.DNS, "No network.", scope=Scope.NETWORK)
GREYLISTED = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "451 later", Reply(451, "451 later"))
TOO_MANY = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "452 too many", scope=Scope.TRANSACTION)


@pytest.fixture
def stored(store: Store) -> StoredProvider:
    return store.providers.add(loopback(25))


@pytest.fixture
def available(stored: StoredProvider, context: Context) -> Availability:
    return Availability(stored, context)


def learn(available: Availability, context: Context, *outcomes: Outcome, times: int = 1) -> None:
    """What these outcomes say, and have it committed."""

    async def scenario() -> None:
        for _ in range(times):
            available.learn(outcomes, available.password.lookup)
        assert context.commit.flush(1.0)

    run(scenario())


def condition(available: Availability) -> Condition:
    return available.condition(datetime.now(UTC)).condition


def test_a_success_is_stored_once_a_second_and_lets_more_connections_open(
    available: Availability,
    context: Context,
    store: Store,
    stored: StoredProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[datetime] = []
    note = store.health.note_success

    def note_success(provider_id: int, when: datetime) -> None:
        noted.append(when)
        note(provider_id, when)

    monkeypatch.setattr(store.health, "note_success", note_success)
    learn(available, context, ACCEPTED, times=50)
    assert len(noted) == 1
    assert available.connections.most(stored) == stored.max_connections
    health = store.health.get([stored.id], midnight=datetime.now(UTC))
    assert health[stored.id].last_success_at is not None


def test_a_refusal_pauses_the_provider_in_the_database_and_is_reported(
    available: Availability, context: Context, store: Store, stored: StoredProvider
) -> None:
    context.agenda.begin_turn(3600.0)
    learn(available, context, ACCEPTED, REFUSED)
    assert condition(available) is Condition.PAUSED
    assert not available.usable
    pause = store.providers.get(stored.id).pause
    assert pause is not None
    assert pause.reason == "535 5.7.8 bad"
    assert [notice.kind for notice in context.notices_told] == [NoticeKind.PROVIDER_PAUSED]
    assert not context.agenda.looked  # another provider may have the mail now


def test_a_refusal_after_the_administrator_acted_pauses_nothing(
    available: Availability, context: Context, store: Store, stored: StoredProvider
) -> None:
    store.providers.update(with_changes(stored, host="other.example.org"))
    context.agenda.begin_turn(3600.0)
    learn(available, context, REFUSED)
    assert store.providers.get(stored.id).pause is None
    assert context.notices_told == []
    assert not context.agenda.looked  # the provider is read again


def test_only_the_refusal_of_the_password_that_is_known_now_counts(
    available: Availability, context: Context
) -> None:
    """An equal one that was looked up before a change is another one."""
    earlier = Lookup(CredentialState.STORED, Secret("x"), "keyring")
    available.learn([REFUSED], earlier)
    assert condition(available) is Condition.READY
    learn(available, context, REFUSED)  # with what is known now
    assert condition(available) is Condition.PAUSED


def test_five_failures_in_a_row_open_the_breaker_and_are_told_once(
    available: Availability, context: Context, store: Store, stored: StoredProvider
) -> None:
    learn(available, context, DOWN, times=4)
    assert condition(available) is Condition.READY
    context.agenda.begin_turn(3600.0)
    learn(available, context, DOWN, times=3)
    assert condition(available) is Condition.RESTING
    assert not available.usable
    assert store.health.breakers()[stored.id].failures == 5
    assert [notice.kind for notice in context.notices_told] == [NoticeKind.PROVIDER_RESTING]
    assert not context.agenda.looked


def test_a_success_after_failures_closes_the_breaker(
    available: Availability, context: Context, store: Store, stored: StoredProvider
) -> None:
    learn(available, context, DOWN, times=2)
    learn(available, context, GREYLISTED)  # the message's trouble: the provider did its part
    assert available.breaker == Breaker()
    assert store.health.breakers().get(stored.id, Breaker()) == Breaker()


def test_without_a_network_a_provider_is_left_alone_until_it_is_back(
    available: Availability, context: Context, store: Store, stored: StoredProvider
) -> None:
    learn(available, context, NO_NETWORK, times=9)
    assert condition(available) is Condition.OFFLINE
    assert not available.usable
    assert store.health.breakers() == {}  # it is not the provider's fault
    available.network_is_back()
    assert (available.usable, available.offline) == (True, True)  # until it worked
    learn(available, context, ACCEPTED)
    assert condition(available) is Condition.READY


def test_a_server_that_takes_fewer_recipients_gets_fewer(
    available: Availability, context: Context
) -> None:
    assert available.most_recipients == MOST_RECIPIENTS
    learn(available, context, *[ACCEPTED] * 7, TOO_MANY, TOO_MANY)
    assert available.most_recipients == 7
    learn(available, context, *[ACCEPTED] * 9, TOO_MANY)
    assert available.most_recipients == 7
    learn(available, context, TOO_MANY)
    assert available.most_recipients == 1


def test_a_limit_ends_at_its_time(available: Availability) -> None:
    now = datetime.now(UTC)
    assert not available.is_limited(now)
    available.wait_for_limit(now + timedelta(seconds=9))
    assert available.is_limited(now)
    assert not available.is_limited(now + timedelta(seconds=9))
    available.limit_passed()
    assert available.limited_until is None
    assert not available.is_limited(now)


@pytest.mark.parametrize("paused", [False, True])
def test_the_end_of_its_pause_has_the_password_looked_up_again(
    context: Context, paused: bool
) -> None:
    async def scenario() -> None:
        mended = provider(username="me")
        available = Availability(replace(mended, pause=PAUSE if paused else None), context)
        available.password.look_up(mended)
        while available.password.asking:
            await context.agenda.next_turn(60)
            context.agenda.begin_turn(60)
        assert available.password.lookup is not None
        available.follow(mended, Breaker(2))
        assert (available.password.lookup is None) is paused
        assert available.breaker == Breaker(2)
        available.follow(mended, None)
        assert available.breaker == Breaker(2)

    run(scenario())


@pytest.mark.parametrize(
    ("made", "asks"),
    [
        (provider(username="me"), True),
        (provider(), False),
        (provider(username="me", pause=PAUSE), False),
        (replace(provider(username="me"), enabled=False), False),
    ],
)
def test_a_password_is_asked_for_only_where_it_is_going_to_be_needed(
    context: Context, made: StoredProvider, asks: bool
) -> None:
    async def scenario() -> None:
        available = Availability(made, context)
        available.look_up_password()
        assert available.password.asking is asks
        available.password.cancel()

    run(scenario())
