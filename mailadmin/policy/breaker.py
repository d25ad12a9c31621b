"""The circuit breaker of a provider: after some failures in a row it is left alone for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from mailadmin.domain.health import Breaker
from mailadmin.domain.outcome import Outcome, Scope

OPENS_AT = 5
"""Consecutive failures."""

FIRST_REST = 60.0
"""Seconds; each rest that follows without a success between is twice as long."""

LONGEST_REST = 1800.0
"""Seconds."""


class BreakerState(Enum):
    """Whether mail goes through."""

    CLOSED = "closed"  # it does
    OPEN = "open"  # nothing does
    HALF_OPEN = "half open"  # one message does, to find out


def breaker_state(breaker: Breaker, now: datetime) -> BreakerState:
    """The state at `now`."""
    if breaker.open_until is None:
        return BreakerState.CLOSED
    return BreakerState.OPEN if now < breaker.open_until else BreakerState.HALF_OPEN


def counts(outcome: Outcome) -> bool:
    """Whether a failure is one of those that open the breaker: the driver says which are."""
    return outcome.scope is Scope.PROVIDER and outcome.unreachable


def breaker_after_failure(breaker: Breaker, now: datetime) -> Breaker:
    """The breaker after one more failure; what failed while it was open changes nothing."""
    if breaker_state(breaker, now) is BreakerState.OPEN:
        return breaker
    failures = breaker.failures + 1
    if failures < OPENS_AT:
        return Breaker(failures)
    rest = min(max(FIRST_REST, breaker.rest * 2), LONGEST_REST)
    return Breaker(failures, now + timedelta(seconds=rest), rest)


def breaker_after_success() -> Breaker:
    """Everything is forgiven."""
    return Breaker()
