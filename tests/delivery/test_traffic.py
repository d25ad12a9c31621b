"""Messages in transmission, and what was accepted during the last minute."""

from __future__ import annotations

from mailadmin.delivery.traffic import Traffic


def test_what_begins_and_ends_is_counted() -> None:
    traffic = Traffic()
    traffic.begin()
    traffic.begin()
    traffic.end()
    assert traffic.in_flight == 1


def test_a_minute_is_remembered() -> None:
    now = 1000.0
    traffic = Traffic(lambda: now)
    for moment in (1000.0, 1030.0, 1059.0):
        now = moment
        traffic.accepted()
    counts = []
    for moment in (1060.0, 1060.5, 1090.5, 1200.0):
        now = moment
        counts.append(traffic.per_minute)
    assert counts == [3, 2, 1, 0]
