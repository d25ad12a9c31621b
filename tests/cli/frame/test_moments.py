"""Points in time as people type them."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.cli.frame.moments import at, moment

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        (" 1d12h ", timedelta(hours=36)),
    ],
)
def test_a_duration_counts_from_now(text: str, duration: timedelta) -> None:
    assert moment(text) == duration
    assert at(moment(text), NOW) == NOW + duration


def test_a_date_with_an_offset_is_that_moment() -> None:
    expected = datetime(2026, 11, 30, 7, tzinfo=UTC)
    for text in ("2026-11-30T08:00+01:00", "2026-11-30T07:00Z", "2026-11-30 07:00:00+00:00"):
        assert moment(text) == expected
        assert at(moment(text), NOW) == expected


def test_a_date_without_an_offset_is_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(time, "tzset"):  # Windows: whatever zone it has
        assert moment("2026-11-30T08:00") == datetime(2026, 11, 30, 8).astimezone()
        return
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XYZ-05:30")
        time.tzset()
        try:
            assert moment("2026-11-30T08:00") == datetime(2026, 11, 30, 2, 30, tzinfo=UTC)
        finally:
            patch.undo()
            time.tzset()


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "2026-11-30", "20261130", "2", "2 hours", "-2h", "2.5h", "h", "2026"),
        *("2026-13-01T08:00", "2026-11-30T25:00", "9999-12-31T23:59", "0001-01-01T00:00"),
        *("999999w", "9" * 400 + "h", "9w" * 9999, "2026-11-30T08:00+99:00", "٣h"),
    ],
)
def test_a_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        moment(text)
