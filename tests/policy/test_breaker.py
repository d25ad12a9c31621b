"""The circuit breaker: when it opens, for how long, and what closes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.health import Breaker
from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.policy import (
    BreakerState,
    breaker_after_failure,
    breaker_after_success,
    breaker_state,
    counts,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN


def after(failures: int) -> Breaker:
    breaker = Breaker()
    for _ in range(failures):
        breaker = breaker_after_failure(breaker, NOW)
    return breaker


def test_the_breaker_opens_at_the_fifth_failure_for_a_minute() -> None:
    assert [breaker_state(after(n), NOW) for n in range(6)] == [CLOSED] * 5 + [OPEN]
    assert after(4) == Breaker(4)
    assert after(5) == Breaker(5, NOW + timedelta(seconds=60), 60.0)


def test_one_message_probes_when_the_rest_is_over() -> None:
    breaker = after(5)
    just_before = NOW + timedelta(seconds=59, microseconds=999_999)
    assert breaker_state(breaker, just_before) is OPEN
    assert breaker_state(breaker, NOW + timedelta(seconds=60)) is HALF_OPEN


def test_each_rest_is_twice_as_long_up_to_half_an_hour() -> None:
    breaker, now, rests = after(5), NOW, []
    for _ in range(8):
        assert breaker.open_until is not None
        rests.append((breaker.open_until - now).total_seconds())
        now = breaker.open_until
        breaker = breaker_after_failure(breaker, now)
        assert breaker_state(breaker, now) is OPEN
    assert rests == [60, 120, 240, 480, 960, 1800, 1800, 1800]


def test_failures_while_the_breaker_is_open_change_nothing() -> None:
    breaker = after(5)
    for seconds in (0, 1, 59.9):
        assert breaker_after_failure(breaker, NOW + timedelta(seconds=seconds)) == breaker


def test_a_success_closes_the_breaker_and_the_count_starts_anew() -> None:
    assert breaker_after_success() == Breaker()
    assert breaker_state(breaker_after_success(), NOW) is CLOSED
    assert breaker_after_failure(breaker_after_success(), NOW) == Breaker(1)


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("unreachable", [True, False])
def test_unreachable_providers_count(scope: Scope, *, unreachable: bool) -> None:
    """What the driver calls unreachable, and only if it is the provider's trouble."""
    outcome = Outcome(OutcomeKind.DEFERRED, "a stage", "no", scope=scope, unreachable=unreachable)
    assert counts(outcome) is (unreachable and scope is Scope.PROVIDER)
