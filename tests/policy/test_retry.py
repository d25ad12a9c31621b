"""The backoff: 1, 5, 15, 30 minutes, 1 and 2 hours, then every 4 hours, for 5 days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.policy import RetryPolicy

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
def test_the_wait_grows_with_the_attempts(attempts_used: int, delay: int) -> None:
    due = RetryPolicy().next_attempt(attempts_used, QUEUED, QUEUED, random=middle)
    assert due == QUEUED + timedelta(seconds=delay)


@pytest.mark.parametrize(("random", "share"), [(0.0, 0.8), (0.5, 1.0), (0.75, 1.1)])
def test_jitter_varies_the_wait_to_both_sides(random: float, share: float) -> None:
    due = RetryPolicy().next_attempt(7, QUEUED, QUEUED, random=lambda: random)
    assert due is not None
    assert (due - QUEUED).total_seconds() == pytest.approx(4 * HOUR * share)


def test_the_last_attempt_falls_on_the_expiry() -> None:
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
def test_the_wait_that_a_server_asks_for_is_the_least(
    attempts_used: int, asked: float | None, seconds: float
) -> None:
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
def test_the_next_attempt_is_neither_early_nor_after_the_expiry(
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


# Time in which nothing could be sent -----------------------------------------------------------

LATE = QUEUED + timedelta(days=30)
SHORT = RetryPolicy(delays=(60.0,), repeat=600.0, jitter=0.0, expiry=3600.0)


def again(policy: RetryPolicy, used: int, last: datetime | None, now: datetime) -> datetime | None:
    return policy.next_attempt(used, QUEUED, now, random=middle, last_attempt_at=last)


@pytest.mark.parametrize(
    ("before", "expires"),
    [
        (timedelta(minutes=1), True),
        (timedelta(hours=4), True),
        (timedelta(hours=8), True),  # two of the longest waits
        (timedelta(hours=8, seconds=1), False),
        (timedelta(days=29), False),
    ],
)
def test_mail_tried_regularly_expires_and_mail_after_a_gap_does_not(
    before: timedelta, expires: bool
) -> None:
    due = again(RetryPolicy(), 8, LATE - before, LATE)
    assert due == (None if expires else LATE + timedelta(hours=4))


def test_a_first_attempt_after_a_long_time_off_is_not_the_last() -> None:
    assert again(RetryPolicy(), 1, None, LATE) == LATE + timedelta(minutes=1)
    # What was tried before the schedule was started anew says nothing about this schedule.
    assert again(RetryPolicy(), 1, LATE - timedelta(minutes=1), LATE) == LATE + timedelta(minutes=1)


def test_mail_expires_after_a_gap_once_it_is_tried_regularly_again() -> None:
    due = again(RetryPolicy(), 8, LATE - timedelta(days=10), LATE)
    assert due is not None
    assert again(RetryPolicy(), 9, LATE, due) is None


def test_the_gap_is_measured_by_the_longest_wait_of_the_schedule() -> None:
    long_first = RetryPolicy(delays=(DAY,), repeat=60.0, jitter=0.0, expiry=3600.0)
    assert again(long_first, 2, LATE - timedelta(days=2), LATE) is None
    assert again(long_first, 2, LATE - timedelta(days=2, seconds=1), LATE) is not None
    assert again(SHORT, 2, LATE - timedelta(seconds=1200), LATE) is None
    assert again(SHORT, 2, LATE - timedelta(seconds=1201), LATE) is not None


def test_without_delays_the_gap_is_measured_by_the_repetition() -> None:
    bare = RetryPolicy(delays=(), repeat=600.0, jitter=0.0, expiry=3600.0)
    assert again(bare, 1, None, QUEUED) == QUEUED + timedelta(seconds=600)
    assert again(bare, 9, LATE - timedelta(seconds=1200), LATE) is None


@given(st.lists(st.booleans(), max_size=40), st.floats(0, 1, exclude_max=True))
def test_no_series_of_regular_attempts_goes_on_for_ever(off: list[bool], random: float) -> None:
    """However often the computer was off: it ends within a wait of the expiry of time on."""
    policy, now, last = SHORT, QUEUED, None
    for used in range(1, 100):
        due = policy.next_attempt(used, QUEUED, now, random=lambda: random, last_attempt_at=last)
        if due is None:
            return
        assert due > now
        last, now = now, due + timedelta(days=1 if used <= len(off) and off[used - 1] else 0)
    raise AssertionError


@pytest.mark.parametrize(("random", "share"), [(0.0, 1.0), (0.5, 1.1), (0.99, 1.198)])
@pytest.mark.parametrize("asked", [4 * HOUR, 4 * HOUR + 1, 30 * DAY, 1e300])
def test_a_wait_asked_for_beyond_four_hours_is_cut_before_the_jitter(
    asked: float, random: float, share: float
) -> None:
    due = RetryPolicy().next_attempt(1, QUEUED, QUEUED, random=lambda: random, retry_after=asked)
    assert due is not None
    assert (due - QUEUED).total_seconds() == pytest.approx(4 * HOUR * share)
