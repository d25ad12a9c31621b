"""The one timer of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from mailadmin.drivers.smtp.deadline import Deadline


class Clock:
    """The part of a loop that has to do with time, whose time is set by the test."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[asyncio.TimerHandle] = []
        self.set = 0  # how many there were

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return cast(asyncio.AbstractEventLoop, self)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: object
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self.loop)
        self.timers.append(timer)
        self.set += 1
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass

    def pass_to(self, now: float) -> None:
        """Let the time come, each timer ringing at its own."""
        while due := [t for t in self.timers if not t.cancelled() and t.when() <= now]:
            first = min(due, key=asyncio.TimerHandle.when)
            self.timers.remove(first)
            self.now = first.when()
            first._run()
        self.now = now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def expired() -> list[float]:
    return []


@pytest.fixture
def deadline(clock: Clock, expired: list[float]) -> Deadline:
    return Deadline(clock.loop, lambda: expired.append(clock.now))


def test_a_deadline_passes_at_its_time(
    clock: Clock, deadline: Deadline, expired: list[float]
) -> None:
    deadline.start(5)
    clock.pass_to(1004.9)
    assert expired == []
    clock.pass_to(1100)
    assert expired == [1005]


def test_a_deadline_that_was_met_does_not_pass(
    clock: Clock, deadline: Deadline, expired: list[float]
) -> None:
    deadline.start(5)
    deadline.stop()
    clock.pass_to(1100)
    assert expired == []


@pytest.mark.parametrize("stops", [True, False])
def test_only_the_newest_deadline_counts(
    clock: Clock, deadline: Deadline, expired: list[float], stops: bool
) -> None:
    for seconds in (300, 120, 600, 5, 60):  # the timer goes both ways
        clock.pass_to(clock.now + 1)
        deadline.start(seconds)
        if stops and seconds != 60:
            deadline.stop()
    clock.pass_to(2000)
    assert expired == [1005 + 60]


def test_a_deadline_can_be_set_again_after_it_passed(
    clock: Clock, deadline: Deadline, expired: list[float]
) -> None:
    deadline.start(5)
    clock.pass_to(1010)
    deadline.start(5)
    clock.pass_to(1020)
    assert expired == [1005, 1015]


def test_a_thousand_messages_set_the_timer_a_few_times(clock: Clock, deadline: Deadline) -> None:
    """Three deadlines each, ten messages a second."""
    for _ in range(1000):
        for seconds in (300, 120, 600):
            deadline.start(seconds)
            clock.pass_to(clock.now + 0.03)
            deadline.stop()
        clock.pass_to(clock.now + 0.01)
    assert clock.set <= 3


def test_a_closed_deadline_leaves_no_timer(
    clock: Clock, deadline: Deadline, expired: list[float]
) -> None:
    deadline.start(5)
    deadline.close()
    assert [timer for timer in clock.timers if not timer.cancelled()] == []
    clock.pass_to(2000)
    assert expired == []
