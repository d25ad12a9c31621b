"""The one thing that the status bar says, from the provider queues and the queue's numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.delivery.snapshot import snapshot
from mailadmin.delivery.state import Activity, Condition, SenderState
from mailadmin.domain.health import Breaker
from mailadmin.domain.queue import QueueStatus, QueueSummary
from tests.delivery.provider_queues import (
    FOUND,
    MISSING,
    NOW,
    PAUSE,
    Context,
    provider,
    with_lookup,
)

SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)
DUE = QueueSummary({QueueStatus.QUEUED: 3, QueueStatus.HELD: 1}, NOW)
WAITING = QueueSummary({QueueStatus.DEFERRED: 3}, LATER)
NOTHING = QueueSummary({QueueStatus.FAILED: 2}, None)


Make = Callable[[Context, int], ProviderQueue]


def ready(context: Context, number: int = 1) -> ProviderQueue:
    return ProviderQueue(provider(number), context)


def disabled(context: Context, number: int = 1) -> ProviderQueue:
    return ProviderQueue(replace(provider(number), enabled=False), context)


def paused(context: Context, number: int = 1) -> ProviderQueue:
    return ProviderQueue(provider(number, pause=PAUSE), context)


def locked(context: Context, number: int = 1) -> ProviderQueue:
    queue = ProviderQueue(provider(number, username="me"), context)
    return with_lookup(queue, context, MISSING)


def offline(context: Context, number: int = 1) -> ProviderQueue:
    made = ready(context, number)
    made.availability.network_is_gone()
    return made


def resting(context: Context, number: int = 1, until: datetime = SOON) -> ProviderQueue:
    made = ready(context, number)
    made.availability.follow(made.provider, Breaker(5, until, 60.0))
    return made


def probing(context: Context, number: int = 1) -> ProviderQueue:
    return resting(context, number, until=NOW)


def limited(context: Context, number: int = 1, until: datetime = SOON) -> ProviderQueue:
    made = ready(context, number)
    made.availability.wait_for_limit(until)
    return made


def state(
    *queues: ProviderQueue, summary: QueueSummary = DUE, sending: int = 0, stopped: bool = False
) -> SenderState:
    return snapshot(queues, summary, sending=sending, per_minute=7, paused=stopped, now=NOW)


@pytest.mark.parametrize(
    ("make", "condition", "until", "detail", "healthy"),
    [
        (ready, Condition.READY, None, "", True),
        (probing, Condition.PROBING, None, "", True),
        (resting, Condition.RESTING, SOON, "", False),
        (limited, Condition.LIMITED, SOON, "", True),
        (offline, Condition.OFFLINE, None, "", False),
        (locked, Condition.PASSWORD_NEEDED, None, "Enter the password.", False),
        (paused, Condition.PAUSED, None, "535 5.7.8 bad", False),
        (disabled, Condition.DISABLED, None, "", False),
    ],
)
def test_each_condition_of_a_provider_is_shown(
    context: Context,
    make: Make,
    condition: Condition,
    until: datetime | None,
    detail: str,
    healthy: bool,
) -> None:
    found = state(make(context, 1))
    one = found.conditions[1]
    assert (one.condition, one.until, one.detail) == (condition, until, detail)
    assert found.healthy_providers == int(healthy)


@pytest.mark.parametrize(
    ("make", "due", "waiting", "nothing"),
    [
        (ready, Activity.SENDING, Activity.WAITING, Activity.IDLE),
        (probing, Activity.SENDING, Activity.WAITING, Activity.IDLE),
        (resting, Activity.RESTING, Activity.WAITING, Activity.IDLE),
        # Mail that waits for a limit is not due before the limit lets it through.
        (limited, Activity.LIMITED, Activity.LIMITED, Activity.IDLE),
        (offline, Activity.OFFLINE, Activity.WAITING, Activity.IDLE),
        # What waits for the administrator is told even if nothing is due.
        (locked, Activity.PASSWORD_NEEDED, Activity.PASSWORD_NEEDED, Activity.PASSWORD_NEEDED),
        (paused, Activity.PROVIDER_PAUSED, Activity.PROVIDER_PAUSED, Activity.PROVIDER_PAUSED),
        (disabled, Activity.NO_PROVIDER, Activity.NO_PROVIDER, Activity.NO_PROVIDER),
    ],
)
def test_the_activity_with_one_provider_follows_its_condition(
    context: Context, make: Make, due: Activity, waiting: Activity, nothing: Activity
) -> None:
    assert state(make(context, 1), summary=DUE).activity is due
    assert state(make(context, 1), summary=WAITING).activity is waiting
    assert state(make(context, 1), summary=NOTHING).activity is nothing


OBSTACLES = [limited, offline, resting, locked, paused]  # the most telling first


@pytest.mark.parametrize("first", range(len(OBSTACLES)))
def test_of_several_obstacles_the_most_telling_one_is_told_with_those_it_is_about(
    context: Context, first: int
) -> None:
    queues = [make(context, number) for number, make in enumerate(OBSTACLES[first:], 1)]
    alone = state(queues[0])
    together = state(*reversed(queues))
    assert together.activity is alone.activity
    assert together.providers == alone.providers == (queues[0].provider,)


@pytest.mark.parametrize("bad", [*OBSTACLES, disabled])
@pytest.mark.parametrize("good", [ready, probing])
def test_one_usable_provider_is_enough_for_sending(context: Context, good: Make, bad: Make) -> None:
    found = state(good(context, 1), bad(context, 2))
    assert (found.activity, found.providers) == (Activity.SENDING, ())


def test_a_password_that_is_being_looked_up_is_no_obstacle(context: Context) -> None:
    asking = ProviderQueue(provider(username="me"), context)
    assert state(asking).activity is Activity.SENDING
    with_lookup(asking, context, FOUND)
    assert state(asking).conditions[1].condition is Condition.READY


@pytest.mark.parametrize("make", [ready, limited, paused, disabled])
def test_a_pause_and_mail_under_way_go_before_all_else(context: Context, make: Make) -> None:
    assert state(make(context, 1), sending=2, stopped=True).activity is Activity.PAUSED
    found = state(make(context, 1), sending=2)
    assert (found.activity, found.until, found.providers) == (Activity.SENDING, None, ())


def test_the_state_says_until_when_it_lasts(context: Context) -> None:
    assert state(ready(context), summary=WAITING).until == LATER
    assert state(ready(context), summary=DUE).until is None
    assert state(resting(context, 1, LATER), resting(context, 2, SOON)).until == SOON
    assert state(limited(context, 1, LATER), limited(context, 2, SOON)).until == SOON
    # Of those it is about.
    assert state(limited(context, 1, LATER), resting(context, 2, SOON)).until == LATER
    assert state(paused(context)).until is None


def test_a_limit_whose_time_is_over_is_not_shown(context: Context) -> None:
    assert state(limited(context, until=NOW)).activity is Activity.SENDING


def test_a_store_without_providers_is_reported() -> None:
    assert state().activity is Activity.NO_PROVIDER


def test_the_numbers_of_the_state_are_those_of_the_queue(context: Context) -> None:
    found = state(ready(context), sending=2)
    assert (found.sending, found.total, found.per_minute) == (2, 4, 7)
