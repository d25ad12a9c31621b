"""The backoff: 1, 5, 15, 30 minutes, 1 and 2 hours, then every 4 hours, for 5 days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.core.policy import RetryPolicy

QUEUED = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3600, 86400


def middle() -> float:
    """No jitter."""
    return 0.5


@pytest.mark.parametrize(
    ("attempts_used", "delay"),
    [
        (0, MINUTE),
        (1, MINUTE),
        (2, 5 * MINUTE),
        (3, 15 * MINUTE),
        (4, 30 * MINUTE),
        (5, HOUR),
        (6, 2 * HOUR),
        (7, 4 * HOUR),
        (8, 4 * HOUR),
        (100, 4 * HOUR),
    ],
)
def test_schedule(attempts_used: int, delay: int) -> None:
    due = RetryPolicy().next_attempt(attempts_used, QUEUED, QUEUED, random=middle)
    assert due == QUEUED + timedelta(seconds=delay)


@pytest.mark.parametrize(("random", "share"), [(0.0, 0.8), (0.5, 1.0), (0.75, 1.1)])
def test_jitter(random: float, share: float) -> None:
    due = RetryPolicy().next_attempt(7, QUEUED, QUEUED, random=lambda: random)
    assert due is not None
    assert (due - QUEUED).total_seconds() == pytest.approx(4 * HOUR * share)


def test_the_last_attempt_falls_on_the_expiry_and_then_it_is_over() -> None:
    policy = RetryPolicy()
    end = QUEUED + timedelta(days=5)
    late = policy.next_attempt(40, QUEUED, end - timedelta(hours=1), random=middle)
    assert late == end
    assert policy.next_attempt(41, QUEUED, end, random=middle) is None
    assert policy.next_attempt(41, QUEUED, end + timedelta(days=365), random=middle) is None


@pytest.mark.parametrize(
    ("attempts_used", "asked", "seconds"),
    [
        (1, 600, 600),  # longer than the backoff: honoured
        (1, 10, 60),  # shorter: the backoff holds
        (7, 600, 4 * HOUR),
        (1, 30 * DAY, 4 * HOUR),  # cut
        (1, None, 60),
    ],
)
def test_the_servers_wish(attempts_used: int, asked: float | None, seconds: float) -> None:
    def lowest() -> float:
        return 0.0

    exact = RetryPolicy(jitter=0.0)
    due = exact.next_attempt(attempts_used, QUEUED, QUEUED, random=lowest, retry_after=asked)
    assert due == QUEUED + timedelta(seconds=seconds)


@given(
    attempts_used=st.integers(0, 1000),
    waited=st.floats(0, 4.9 * DAY),
    random=st.floats(0, 1, exclude_max=True),
    asked=st.none() | st.floats(0, 1e9),
)
def test_never_early_never_after_the_expiry(
    attempts_used: int, waited: float, random: float, asked: float | None
) -> None:
    policy = RetryPolicy()
    now = QUEUED + timedelta(seconds=waited)
    end = QUEUED + timedelta(seconds=policy.expiry)
    due = policy.next_attempt(attempts_used, QUEUED, now, random=lambda: random, retry_after=asked)
    assert due is not None
    assert now < due <= end
    if due < end:
        tolerance = timedelta(microseconds=1)
        least = max(policy.delay(attempts_used) * 0.8, min(asked or 0, 4 * HOUR))
        assert due - now >= timedelta(seconds=least) - tolerance
