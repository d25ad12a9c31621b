"""Durations as they are typed, and what a retry schedule comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.errors import InvalidInput
from mailadmin.policy import RetryPolicy
from mailadmin.policy.durations import (
    format_duration,
    parse_duration,
    parse_durations,
    preview,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5400),
        (" 1 h 30 M ", 5400),
        ("5d", 432000),
        ("1.5h", 5400),
        ("0s", 0),
    ],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text, "field") == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5x", "5 minutes", "-5m", "1e3s", "5m!"])
def test_a_text_that_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_duration(text, "field")
    assert raised.value.field == "field"


def test_several_durations_are_read() -> None:
    assert parse_durations("1m 5m,15m; 1h", "delays") == (60, 300, 900, 3600)
    assert parse_durations("  ", "delays") == ()
    with pytest.raises(InvalidInput, match="100 at most"):
        parse_durations("1m " * 101, "delays")


@given(st.integers(0, 10**9))
def test_a_written_duration_is_read_back(seconds: int) -> None:
    assert parse_duration(format_duration(seconds), "field") == seconds


def test_durations_are_written_in_their_largest_units() -> None:
    delays = RetryPolicy().delays
    assert " ".join(map(format_duration, delays)) == "1m 5m 15m 30m 1h 2h"
    assert [format_duration(n) for n in (0, 1.5, 90, 5400, 86400)] == [
        *("0s", "1.5s", "1m30s", "1h30m", "1d"),
    ]


def simulated(policy: RetryPolicy) -> list[float]:
    """The times the sender's own code comes to."""
    start = now = datetime(2026, 1, 1, tzinfo=UTC)
    times: list[float] = []
    for used in range(1, 10_000):
        later = policy.next_attempt(used, start, now, random=lambda: 0.5, last_attempt_at=now)
        if later is None:
            return times
        now = later
        times.append((now - start).total_seconds())
    raise AssertionError


@given(
    delays=st.lists(st.integers(1, 5000), max_size=6),
    repeat=st.integers(10, 5000),
    expiry=st.integers(60, 20_000),
    most=st.integers(1, 50),
)
def test_the_preview_has_the_times_of_the_sender(
    delays: list[int], repeat: int, expiry: int, most: int
) -> None:
    policy = RetryPolicy(tuple(map(float, delays)), float(repeat), 0.2, float(expiry))
    times = simulated(policy)
    found = preview(policy, most)
    assert found.retries == len(times)
    assert list(found.times) == times[:most]


def test_the_preview_of_the_default_schedule() -> None:
    found = preview(RetryPolicy(), 8)
    hours = [str(timedelta(seconds=time)) for time in found.times]
    assert hours[:3] == ["0:01:00", "0:06:00", "0:21:00"]
    assert hours[6] == "7:51:00"
    assert found.retries == 36
