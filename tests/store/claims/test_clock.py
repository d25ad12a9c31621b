"""A clock that is set ahead or back: what waits keeps its distance, what a person dated stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.claim import Disposition
from mailadmin.domain.health import Breaker
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.store.sender import defer, take

Make = Callable[..., NewMessage]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = 86400.0
TEN_YEARS = 3652 * DAY
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def measured(store: Store) -> Store:
    assert store.clock.adjust("boot", 1000.0, 30.0) == 0.0
    return store


@pytest.mark.parametrize("seconds", [DAY, -DAY, TEN_YEARS, -TEN_YEARS])
def test_dates_of_waiting_email_are_shifted_with_the_clock(
    measured: Store, provider: StoredProvider, message: Make, seconds: float
) -> None:
    measured.queue.enqueue([message("waits@x.org"), message("sent@x.org")], now=NOW)
    waits, sent = take(measured, provider, now=NOW)
    defer(measured, waits, LATER)
    shift = timedelta(seconds=seconds)
    assert measured.clock.adjust("boot", 1000.0 + seconds, 30.0, now=NOW + shift) == seconds
    row = measured.queue.get(waits.queue_id)
    assert (row.next_attempt_date, row.status) == (LATER + shift, QueueStatus.DEFERRED)
    # The lease of what is being sent moved with it: nobody takes it for abandoned.
    moment = NOW + shift + timedelta(seconds=59)
    assert measured.claims.recover(lambda _: False, _never, now=moment) == 0
    assert measured.claims.recover(lambda _: False, _never, now=moment + timedelta(seconds=2)) == 1
    assert measured.queue.get(sent.queue_id).status is QueueStatus.QUEUED
    again = take(measured, provider, now=LATER + shift)
    assert {claim.schedule_started_at for claim in again} == {NOW + shift}


def test_mail_queued_after_the_clock_was_set_is_not_shifted(
    measured: Store, provider: StoredProvider, message: Make
) -> None:
    """The clock was set ahead while no sender ran; somebody queued mail before one started."""
    measured.queue.enqueue([message("old@x.org")], now=NOW)
    tomorrow = NOW + timedelta(days=1)
    measured.queue.enqueue([message("new@x.org")], now=tomorrow)
    later = tomorrow + timedelta(minutes=1)
    assert measured.clock.adjust("boot", 1000.0 + DAY, 30.0, now=later) == DAY
    old, new = measured.queue.rows([1, 2])
    assert (old.next_attempt_date, new.next_attempt_date) == (tomorrow, tomorrow)


def _never(_unknown: int, _now: datetime) -> Disposition:
    raise AssertionError("nothing was past the point of no return")


def test_dates_that_a_person_gave_are_not_shifted(
    measured: Store, provider: StoredProvider, message: Make
) -> None:
    tomorrow = NOW + timedelta(days=1)
    given = replace(message(), not_before=tomorrow, expires_at=tomorrow + timedelta(days=1))
    (ids,) = measured.queue.enqueue([given], now=NOW)
    assert measured.clock.adjust("boot", 1000.0 + 3600, 30.0) == 3600
    assert measured.queue.get(ids[0]).next_attempt_date == tomorrow
    (claim,) = take(measured, provider, now=tomorrow)
    assert claim.expires_at == tomorrow + timedelta(days=1)
    assert claim.schedule_started_at == tomorrow
    defer(measured, claim, tomorrow + timedelta(minutes=5))
    assert measured.clock.adjust("boot", 1000.0 - DAY, 30.0) == -DAY - 3600
    assert measured.queue.get(ids[0]).next_attempt_date == tomorrow  # never before it


@pytest.mark.parametrize("seconds", [DAY, -DAY, TEN_YEARS, -TEN_YEARS])
def test_the_time_limit_of_undo_is_shifted(measured: Store, message: Make, seconds: float) -> None:
    (ids,) = measured.queue.enqueue([message()], now=NOW)
    undo = measured.queue.delete(ids, now=NOW).undo
    assert undo is not None
    moved = NOW + timedelta(seconds=seconds)
    measured.clock.adjust("boot", 1000.0 + seconds, 30.0, now=moved)
    assert measured.queue.purge_deleted(before=moved - timedelta(seconds=1)) == 0
    assert measured.queue.undo(undo).changed == tuple(ids)
    measured.queue.delete(ids, now=moved)
    assert measured.queue.purge_deleted(before=moved + timedelta(seconds=1)) == 1


def test_the_rest_of_a_provider_is_shifted(measured: Store, provider: StoredProvider) -> None:
    measured.health.save_breaker(provider.id, Breaker(5, NOW, 60.0))
    measured.clock.adjust("boot", 1000.0 - DAY, 30.0)
    (health,) = measured.health.get([provider.id], midnight=NOW).values()
    assert health.breaker.open_until == NOW - timedelta(days=1)


def test_several_processes_shift_the_dates_once(measured: Store, message: Make) -> None:
    (ids,) = measured.queue.enqueue([message()], now=NOW)
    heard: list[Topic] = []
    measured.subscribe(heard.append)
    other = Store.open(measured.location.path, standard_drivers())
    assert other.clock.adjust("boot", 1000.0 + DAY, 30.0) == DAY
    assert measured.clock.adjust("boot", 1000.2 + DAY, 30.0) == 0.0
    other.close()
    assert heard == []
    assert measured.clock.adjust("boot", 1000.0, 30.0) == -DAY
    assert measured.queue.get(ids[0]).next_attempt_date == NOW
    assert Topic.QUEUE in heard


def test_a_small_difference_is_no_setting_of_the_clock(measured: Store, message: Make) -> None:
    (ids,) = measured.queue.enqueue([message()], now=NOW)
    assert measured.clock.adjust("boot", 1029.0, 30.0) == 0.0
    assert measured.queue.get(ids[0]).next_attempt_date == NOW


def test_small_differences_add_up(measured: Store, message: Make) -> None:
    for step in range(1, 6):
        moved = measured.clock.adjust("boot", 1000.0 + 10.0 * step, 30.0)
        assert moved == (40.0 if step == 4 else 0.0)


def test_the_clock_is_measured_anew_after_a_restart_of_the_computer(
    measured: Store, message: Make
) -> None:
    (ids,) = measured.queue.enqueue([message()], now=NOW)
    assert measured.clock.adjust("next boot", 999999.0, 30.0) == 0.0
    assert measured.queue.get(ids[0]).next_attempt_date == NOW
    assert measured.clock.adjust("next boot", 999999.0 + DAY, 30.0) == DAY
