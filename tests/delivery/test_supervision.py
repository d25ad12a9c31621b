"""What is looked after while mail is sent: leases, dead senders, the network, passwords."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.delivery import supervision
from mailadmin.delivery.dispatcher import Dispatcher
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.owner import owner_name
from mailadmin.delivery.supervision import Supervision
from mailadmin.domain.claim import ClaimRequest, Disposition
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Provider, StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.store import Store
from tests.delivery.claimed_mail import claimed, run
from tests.delivery.conftest import loopback
from tests.delivery.provider_queues import FOUND, MISSING, Context
from tests.smtp_providers import with_changes

Make = Callable[..., NewMessage]

EAGER = DeliveryOptions(recover_every=0.0, ask_again=0.0, offline_rest=3600.0)
LAZY = DeliveryOptions(recover_every=3600.0, ask_again=3600.0)


class Supervised:
    """A dispatcher on a store with one provider, and its supervision."""

    def __init__(self, store: Store, options: DeliveryOptions, provider: Provider) -> None:
        self.context = Context(store, options)
        self.dispatcher = Dispatcher(self.context)
        self.provider = store.providers.add(provider)
        self.dispatcher.update()
        (self.queue,) = self.dispatcher.queues
        self.supervision = Supervision(self.context, self.dispatcher)


def of_a_dead_sender(
    store: Store, provider: StoredProvider, message: Make, *, passed: bool
) -> None:
    """Mail that a sender had claimed on this computer, which runs no more."""
    host, _, rest = owner_name().partition("/")
    _, _, rest = rest.partition("/")
    store.queue.enqueue([message()])
    owner = f"{host}/999999999/{rest}"
    claims = store.claims.claim(owner, ClaimRequest(provider, 9), lease=3600).claims
    if passed:
        store.claims.pass_points(claims)


def never(_unknown: int, _now: datetime) -> Disposition:
    raise AssertionError


@pytest.mark.parametrize(
    ("passed", "never_duplicate", "status"),
    [
        (False, False, QueueStatus.QUEUED),
        (True, False, QueueStatus.UNCERTAIN),
        (True, True, QueueStatus.HELD),
    ],
)
@pytest.mark.parametrize("begins", [True, False])
def test_what_a_dead_sender_left_is_recovered_at_the_start_and_again(
    store: Store,
    message: Make,
    passed: bool,
    never_duplicate: bool,
    status: QueueStatus,
    begins: bool,
) -> None:
    options = replace(LAZY if begins else EAGER, never_duplicate=never_duplicate)
    supervised = Supervised(store, options, loopback(25))
    of_a_dead_sender(store, supervised.provider, message, passed=passed)
    if begins:
        supervised.supervision.begin()
    else:
        supervised.supervision.step()
    assert store.queue.get(1).status is status


def test_what_was_recovered_a_moment_ago_is_not_looked_for_again(
    store: Store, message: Make
) -> None:
    supervised = Supervised(store, LAZY, loopback(25))
    supervised.supervision.begin()
    of_a_dead_sender(store, supervised.provider, message, passed=False)
    supervised.supervision.step()
    assert store.queue.get(1).status is QueueStatus.IN_PROGRESS


@pytest.mark.parametrize("busy", [True, False])
def test_claims_are_renewed_while_anything_is_at_work(
    store: Store, message: Make, busy: bool
) -> None:
    options = DeliveryOptions(lease=0.0, recover_every=3600.0, ask_again=3600.0)
    supervised = Supervised(store, options, loopback(25))
    claimed(supervised.context, supervised.provider, message())  # for a minute
    if busy:
        supervised.queue.begin_claim()
    supervised.supervision.step()
    # A renewed lease is as short as the option says, one that was not still has its minute.
    in_a_second = datetime.now(UTC) + timedelta(seconds=1)
    lost = store.claims.recover(lambda _: False, never, now=in_a_second)
    assert lost == int(busy)


@pytest.mark.parametrize("missing", [True, False])
def test_only_a_password_that_is_missing_is_asked_for_again(store: Store, missing: bool) -> None:
    supervised = Supervised(store, EAGER, with_changes(loopback(25), username="me"))
    password = supervised.queue.availability.password

    async def scenario() -> None:
        supervised.context.answers.answer = MISSING if missing else FOUND
        supervised.dispatcher.look_up_passwords()
        while password.asking:
            await supervised.context.agenda.next_turn(60)
            supervised.context.agenda.begin_turn(60)
        supervised.supervision.step()
        assert (password.lookup is None) is missing

    run(scenario())


def test_a_provider_is_tried_as_soon_as_the_network_is_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = False
    monkeypatch.setattr(supervision, "has_network", lambda: there)
    monkeypatch.setattr(supervision, "_NETWORK_ASKED_EVERY", 0.0)
    supervised = Supervised(store, EAGER, loopback(25))
    available = supervised.queue.availability
    assert available.usable
    supervised.supervision.step()
    assert available.usable  # nobody asks while mail goes through
    available.network_is_gone()
    for _ in range(2):
        supervised.supervision.step()
        assert not available.usable
    there = True
    supervised.supervision.step()
    assert available.usable


def test_a_network_that_was_never_away_leaves_a_provider_its_rest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "has_network", lambda: True)
    supervised = Supervised(store, EAGER, loopback(25))
    supervised.queue.availability.network_is_gone()  # its name could not be looked up
    supervised.supervision.step()
    assert not supervised.queue.availability.usable
