"""The columns that are declared: their keys and order are the public contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mailadmin.domain.log import LogEntry, LogStatus
from mailadmin.domain.queue import QueuedEmail, QueueStatus
from mailadmin.tables.choice import fits
from mailadmin.tables.column import Column, Kind
from mailadmin.tables.date_presets import DatePreset
from mailadmin.tables.log import LOG
from mailadmin.tables.providers import PROVIDERS
from mailadmin.tables.query import DateRange, NumberRange, OneOf, TextFilter
from mailadmin.tables.queue import QUEUE
from tests.smtp_providers import stored_provider

NOW = datetime(2026, 11, 30, tzinfo=UTC)
PROVIDER = stored_provider("Relay", "smtp.example.org", 587, "o@example.org", id=3)
QUEUED = QueuedEmail(7, 7, 1, "ann@example.org", "Hello", NOW, NOW, NOW, 2, QueueStatus.HELD, "")
LOGGED = LogEntry(7, None, 1, "ann@example.org", "Hello", NOW, LogStatus.FAIL, "451")


def test_keys_and_titles_are_those_of_the_contract() -> None:
    assert [column.key for column in PROVIDERS] == [
        "id", "caption", "driver", "host", "port", "username", "send_from", "send_from_name",
        "encryption", "enabled",
    ]  # fmt: skip
    assert [column.key for column in QUEUE] == [
        "id", "email", "subject", "last_attempt_date", "next_attempt_date", "attempts_count",
        "status", "reason",
    ]  # fmt: skip
    assert [column.key for column in LOG] == [
        "id", "active_queue_id", "email", "subject", "attempt_date", "status", "reason",
    ]  # fmt: skip
    declared: list[Column[Any]] = [*PROVIDERS, *QUEUE, *LOG]
    for column in declared:
        words = column.title.lower().replace(" ", "_")
        assert words == column.key


@pytest.mark.parametrize(
    ("columns", "row"), [(PROVIDERS, PROVIDER), (QUEUE, QUEUED), (LOG, LOGGED)]
)
def test_every_column_holds_what_its_kind_says(
    columns: tuple[Column[Any], ...], row: object
) -> None:
    types: dict[Kind, tuple[type, ...]] = {
        Kind.TEXT: (str,),
        Kind.NUMBER: (int, type(None)),
        Kind.DATE: (datetime, type(None)),
        Kind.CHOICE: (str, bool),
    }
    for column in columns:
        value = column.value(row)
        assert isinstance(value, types[column.kind]), column.key
        assert bool(column.values) == (column.kind is Kind.CHOICE)
        if column.kind is Kind.CHOICE:
            written = str(value).lower() if isinstance(value, bool) else value
            assert written in column.values
            assert all(type(each) is str for each in column.offered)


def test_numbers_and_dates_are_at_the_right() -> None:
    assert [column.key for column in QUEUE if column.right] == [
        "id", "last_attempt_date", "next_attempt_date", "attempts_count",
    ]  # fmt: skip
    assert [column.key for column in QUEUE if column.dates] == [
        "last_attempt_date", "next_attempt_date",
    ]  # fmt: skip


def test_a_filter_fits_columns_of_its_kind_alone() -> None:
    columns = [Column[object](kind.value, "", kind) for kind in Kind]
    for chosen, kinds in (
        (TextFilter("x"), ["text"]),
        (TextFilter(" ! "), []),
        (NumberRange(1), ["number"]),
        (NumberRange(), []),
        (DateRange(NOW), ["date"]),
        (DateRange(), []),
        (DatePreset.TODAY, ["date"]),
        (OneOf(("x",)), ["choice"]),
        (OneOf(()), []),
    ):
        assert [column.key for column in columns if fits(column, chosen)] == kinds
    assert not fits(Column("text", "", filterable=False), TextFilter("x"))
