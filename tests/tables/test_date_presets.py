"""Date presets are whole days of a time zone, also when its clocks change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mailadmin.tables.date_presets import DatePreset, days_of, next_day, resolve, whole_days
from mailadmin.tables.query import DateRange

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/Sao_Paulo",  # changed its clocks at midnight
        "America/Havana",  # midnight came twice
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Australia/Lord_Howe",  # changes by half an hour
    )
]


def days(preset: DatePreset, now: str) -> tuple[date | None, date | None]:
    return days_of(resolve(preset, datetime.fromisoformat(now), UTC), UTC)


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        (DatePreset.TODAY, "2026-03-01", "2026-03-01"),
        (DatePreset.YESTERDAY, "2026-02-28", "2026-02-28"),
        (DatePreset.LAST_7_DAYS, "2026-02-23", "2026-03-01"),
        (DatePreset.LAST_30_DAYS, "2026-01-31", "2026-03-01"),
        (DatePreset.THIS_MONTH, "2026-03-01", "2026-03-31"),
        (DatePreset.LAST_MONTH, "2026-02-01", "2026-02-28"),
    ],
)
def test_each_preset_is_a_range_of_whole_days(preset: DatePreset, first: str, last: str) -> None:
    expected = (date.fromisoformat(first), date.fromisoformat(last))
    assert days(preset, "2026-03-01T00:00:00+00:00") == expected


def test_months_end_with_their_last_day() -> None:
    assert days(DatePreset.LAST_MONTH, "2024-03-31T12:00:00+00:00")[1] == date(2024, 2, 29)
    assert days(DatePreset.LAST_MONTH, "2026-01-15T12:00:00+00:00")[0] == date(2025, 12, 1)
    assert days(DatePreset.THIS_MONTH, "2026-02-10T12:00:00+00:00")[1] == date(2026, 2, 28)
    assert days(DatePreset.THIS_MONTH, "2026-12-31T23:59:59+00:00")[1] == date(2026, 12, 31)


def test_today_is_a_day_of_the_users_time_zone() -> None:
    now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # 0:30 of the 23rd in Berlin
    assert resolve(DatePreset.TODAY, now, BERLIN) == DateRange(
        datetime(2026, 11, 22, 23, tzinfo=UTC), datetime(2026, 11, 23, 23, tzinfo=UTC)
    )


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_the_clocks_change_has_23_or_25_hours(day: str, hours: int) -> None:
    now = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=BERLIN)
    today = resolve(DatePreset.TODAY, now, BERLIN)
    assert today.since is not None
    assert today.until is not None
    assert today.until - today.since == timedelta(hours=hours)


def test_a_day_without_midnight_begins_at_its_first_moment() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")  # 2018-11-04: 0:00 was 1:00
    day = whole_days(date(2018, 11, 4), date(2018, 11, 4), sao_paulo)
    assert day.since == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert day.until == datetime(2018, 11, 5, 2, tzinfo=UTC)


@given(
    some.sampled_from(ZONES),
    some.integers(1_262_304_000, 2_208_988_800),
)
def test_now_is_today_and_days_leave_no_gap(zone: ZoneInfo, seconds: int) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    today = resolve(DatePreset.TODAY, now, zone)
    yesterday = resolve(DatePreset.YESTERDAY, now, zone)
    assert today.since is not None
    assert today.until is not None
    assert today.since <= now < today.until
    assert yesterday.until == today.since
    assert resolve(DatePreset.LAST_7_DAYS, now, zone).until == today.until
    assert resolve(DatePreset.LAST_MONTH, now, zone).until == (
        resolve(DatePreset.THIS_MONTH, now, zone).since
    )
    assert next_day(now, zone) == today.until
    here = now.astimezone(zone).date()
    assert days_of(today, zone) == (here, here)


def test_a_range_of_days_may_be_open_at_either_end() -> None:
    assert whole_days(None, None) == DateRange()
    assert whole_days(date(2026, 1, 1), None, UTC).until is None
    assert whole_days(None, date.max, UTC) == DateRange()
    assert days_of(DateRange(), UTC) == (None, None)


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-07-01"])
def test_the_time_zone_of_the_system_is_the_default(day: str) -> None:
    now = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=BERLIN)
    for preset in DatePreset:
        assert resolve(preset, now) == resolve(preset, now, BERLIN)
    assert next_day(now) == next_day(now, BERLIN)
