"""The one thing that the status bar says, from the lanes and the queue's numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailadmin.delivery.provider_queue import Lane
from mailadmin.delivery.snapshot import snapshot
from mailadmin.delivery.state import Activity, Condition, SenderState
from mailadmin.domain.health import Breaker
from mailadmin.domain.queue import QueueStatus, QueueSummary
from tests.delivery.provider_queues import FOUND, MISSING, NOW, PAUSE, lane, provider

SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)
DUE = QueueSummary({QueueStatus.QUEUED: 3, QueueStatus.HELD: 1}, NOW)
WAITING = QueueSummary({QueueStatus.DEFERRED: 3}, LATER)
NOTHING = QueueSummary({QueueStatus.FAILED: 2}, None)


def ready(number: int = 1) -> Lane:
    return lane(provider(number))


def disabled(number: int = 1) -> Lane:
    return lane(replace(provider(number), enabled=False))


def paused(number: int = 1) -> Lane:
    return lane(provider(number, pause=PAUSE))


def locked(number: int = 1) -> Lane:
    made = lane(provider(number, username="me"))
    made.lookup = MISSING
    return made


def offline(number: int = 1) -> Lane:
    made = ready(number)
    made.offline_since = time.monotonic()
    return made


def resting(number: int = 1, until: datetime = SOON) -> Lane:
    made = ready(number)
    made.breaker = Breaker(5, until, 60.0)
    return made


def probing(number: int = 1) -> Lane:
    return resting(number, until=NOW)


def limited(number: int = 1, until: datetime = SOON) -> Lane:
    made = ready(number)
    made.limited_until = until
    return made


def state(
    *lanes: Lane, summary: QueueSummary = DUE, sending: int = 0, stopped: bool = False
) -> SenderState:
    return snapshot(lanes, summary, sending=sending, per_minute=7, paused=stopped, now=NOW)


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
def test_each_condition_of_a_provider(
    make: Callable[[], Lane],
    condition: Condition,
    until: datetime | None,
    detail: str,
    healthy: bool,
) -> None:
    found = state(make())
    one = found.conditions[1]
    assert (one.condition, one.until, one.detail) == (condition, until, detail)
    assert found.healthy_providers == int(healthy)
    assert found.needs_password == ({1: detail} if condition is Condition.PASSWORD_NEEDED else {})


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
def test_with_one_provider(
    make: Callable[[], Lane], due: Activity, waiting: Activity, nothing: Activity
) -> None:
    assert state(make(), summary=DUE).activity is due
    assert state(make(), summary=WAITING).activity is waiting
    assert state(make(), summary=NOTHING).activity is nothing


OBSTACLES = [limited, offline, resting, locked, paused]  # the most telling first


@pytest.mark.parametrize("first", range(len(OBSTACLES)))
def test_of_several_obstacles_the_most_telling_one_is_told_with_those_it_is_about(
    first: int,
) -> None:
    lanes = [make(number) for number, make in enumerate(OBSTACLES[first:], 1)]
    alone = state(lanes[0])
    together = state(*reversed(lanes))
    assert together.activity is alone.activity
    assert together.providers == alone.providers == (lanes[0].provider,)


@pytest.mark.parametrize("bad", [*OBSTACLES, disabled])
@pytest.mark.parametrize("good", [ready, probing])
def test_one_that_can_is_enough(good: Callable[[], Lane], bad: Callable[[int], Lane]) -> None:
    found = state(good(), bad(2))
    assert (found.activity, found.providers) == (Activity.SENDING, ())


def test_a_password_that_is_being_looked_up_is_no_obstacle() -> None:
    asking = lane(provider(username="me"))
    assert state(asking).activity is Activity.SENDING
    asking.lookup = FOUND
    assert state(asking).conditions[1].condition is Condition.READY


@pytest.mark.parametrize("make", [ready, limited, paused, disabled])
def test_a_pause_and_mail_under_way_go_before_all_else(make: Callable[[], Lane]) -> None:
    assert state(make(), sending=2, stopped=True).activity is Activity.PAUSED
    found = state(make(), sending=2)
    assert (found.activity, found.until, found.providers) == (Activity.SENDING, None, ())


def test_until_when() -> None:
    assert state(ready(), summary=WAITING).until == LATER
    assert state(ready(), summary=DUE).until is None
    assert state(resting(1, LATER), resting(2, SOON)).until == SOON
    assert state(limited(1, LATER), limited(2, SOON)).until == SOON
    assert state(limited(1, LATER), resting(2, SOON)).until == LATER  # those it is about
    assert state(paused()).until is None


def test_a_limit_that_is_over_is_none() -> None:
    assert state(limited(until=NOW)).activity is Activity.SENDING


def test_no_provider_at_all() -> None:
    assert state().activity is Activity.NO_PROVIDER


def test_the_numbers_are_the_queues() -> None:
    found = state(ready(), sending=2)
    assert (found.sending, found.total, found.per_minute) == (2, 4, 7)
