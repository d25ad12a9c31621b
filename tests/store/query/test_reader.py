"""What the tables are asked for, compared with the same question put to Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailadmin.domain.claim import Disposition
from mailadmin.domain.errors import StorageCorrupt
from mailadmin.domain.log import LogEntry
from mailadmin.domain.message import NewMessage
from mailadmin.domain.queue import QueuedEmail, QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.store.log import search as log_search
from mailadmin.store.query.text_patterns import LONGEST_PATTERN
from mailadmin.tables.query import (
    UNDECIDED,
    ColumnFilter,
    DateRange,
    NumberRange,
    OneOf,
    TableQuery,
    TextFilter,
)
from tests.smtp_providers import smtp_provider
from tests.store.sender import DEFERRED, record, send, take

START = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
SUBJECTS = (
    "Invoice 50%",
    "under_score",
    'He said "no"',
    "О'Коннор Привет",
    "ΑΒΓ αβγ",
    "請求書 20*",
    "a[b]c?",
    "back\\slash",
    "😀 smile",
    "äöü ÄÖÜ",
    "Ä[B]*C?Ö",
    "= 1 + 1",
    "plain",
    "PLAIN",
    "KAPALI",
    "",
    "NEAR AND OR",
)
# Letters whose cases are one character each, and what SQL, LIKE, GLOB and FTS5 take for signs.
PIECES = st.text("abcnoXYZ äÖПрαΒ請求書😀%_*?[]\\\"'^!=-+()0123\u202e", max_size=5)
NEEDLES = PIECES | st.sampled_from(SUBJECTS) | st.sampled_from(SUBJECTS).map(str.upper)

Row = LogEntry | QueuedEmail

INDEXED = (("log", "email"), ("log", "attempt_date"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Sixty emails in the queue and in the Log, and thirty sent: a part of the Log is indexed."""
    opened = Store.open(tmp_path_factory.mktemp("table") / "mail.db", standard_drivers())
    provider = opened.providers.add(
        smtp_provider("Relay", "smtp.example.org", 587, "o@example.org")
    )
    for number in range(90):
        if number == 60:
            while opened.log.search.catch_up(7):
                pass
        subject = SUBJECTS[number % len(SUBJECTS)] + (f" {number}" if number % 3 else "")
        address = f"{'Ann' if number % 2 else 'bob'}{number}@example.org"
        now = START + timedelta(hours=number)
        message = NewMessage(b"Subject: x\r\n\r\n", (address,), subject, f"<{number}@example.org>")
        opened.queue.enqueue([message], now=now)
        (claim,) = take(opened, provider, now=now)
        if number % 3 == 2:
            send(opened, claim, now=now)
        else:
            reason = f"{400 + number % 5} {SUBJECTS[-1 - number % 9]}"
            status = (QueueStatus.HELD, QueueStatus.FAILED)[number % 2]
            record(opened, claim, DEFERRED, Disposition(status, None, reason), now=now)
    yield opened
    opened.close()


def rows_of(store: Store, table: str) -> list[Any]:
    source = getattr(store, table)
    return list(source.rows(source.ids(TableQuery("id", descending=False))))


def holds(needle: str, *cells: str) -> bool:
    if needle == "kapalı":  # without dot, whose upper case is the one of i
        needle = "KAPALI"
    return any(needle.lower() in cell.lower() for cell in cells)


def found(store: Store, table: str, query: TableQuery) -> list[int]:
    """IDs by `ids`, after `head` and `count` said the same."""
    source = getattr(store, table)
    ids = list(source.ids(query))
    head = source.head(query, 7)
    assert list(head.ids) == ids[:7]
    assert head.total in {len(ids), None}
    assert source.count(query) == len(ids)
    return ids


def expected(rows: list[Any], passes: Callable[[Any], bool]) -> list[int]:
    return [row.id for row in rows if passes(row)]


@pytest.mark.parametrize("table", ["log", "queue"])
@given(needle=NEEDLES)
@example(needle="привет")
@example(needle="αβγ ΑΒΓ")
@example(needle="請求書")
@example(needle="ä[b]*c?ö")
@example(needle='"')
@example(needle="x" * (LONGEST_PATTERN + 1))
@example(needle="xample")
@example(needle="яЯ" * LONGEST_PATTERN)
@example(needle="kapalı")
@example(needle="' OR 1 --")
def test_a_search_finds_the_rows_that_hold_its_text(store: Store, table: str, needle: str) -> None:
    rows = rows_of(store, table)
    query = TableQuery("id", descending=False, search=needle)
    assert found(store, table, query) == expected(
        rows, lambda row: holds(needle, row.email, row.subject, row.reason)
    )


@given(needle=NEEDLES, sign=st.sampled_from(["", "=", "^", "!"]))
def test_a_text_filter_compares_one_column(store: Store, needle: str, sign: str) -> None:
    def passes(row: Row) -> bool:
        cell, text = row.subject.lower(), needle.lower()
        match sign:
            case "=":
                return cell == text
            case "^":
                return not text or cell.startswith(text)
            case "!":
                return not text or text not in cell
        return text in cell

    chosen = TextFilter(f'{sign}"{needle}"')
    query = TableQuery("id", descending=False).with_filter("subject", chosen)
    assert found(store, "log", query) == expected(rows_of(store, "log"), passes)


def test_rows_changed_after_indexing_are_found_by_their_new_text(store: Store) -> None:
    search = store.log.search
    assert search.catch_up(1000) > 0
    assert search.catch_up(1000) == 0
    row = rows_of(store, "log")[5]
    database = store._database
    database.sql("UPDATE journal SET reason = 'quite another reason' WHERE id = ?", (row.id,))
    query = TableQuery(search="another reas")
    assert found(store, "log", query) == [row.id]
    assert search.catch_up(1000) == 1
    assert found(store, "log", query) == [row.id]
    database.sql("UPDATE journal SET reason = ? WHERE id = ?", (row.reason, row.id))
    assert search.catch_up(1000) == 1
    assert found(store, "log", query) == []
    assert in_index(store, '"ano" AND "oth"') == []
    database.sql(
        "INSERT INTO journal SELECT 9999, queue_id, message_id, recipient, 'xyzzy',"
        " attempt_at, status, reason FROM journal WHERE id = ?",
        (row.id,),
    )
    search.catch_up(1000)
    assert in_index(store, '"xyz"') == [9999]
    database.sql("DELETE FROM journal WHERE id = 9999")
    search.catch_up(1000)
    assert in_index(store, '"xyz"') == []


@pytest.mark.parametrize("needle", ["example", "привет", "請求書", "plain"])
def test_common_texts_are_found_without_the_index(
    store: Store, needle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = TableQuery("attempt_date", search=needle)
    by_the_index = found(store, "log", query)
    assert len(by_the_index) > 1
    for limit in ("FEW", "MANY", "MOST"):
        monkeypatch.setattr(log_search, limit, 1)
    assert store.log.search.candidates([needle], first_rows=False) is None
    assert found(store, "log", query) == by_the_index


def in_index(store: Store, match: str) -> list[int]:
    """What the index itself finds."""
    sql = "SELECT rowid FROM log_search WHERE log_search MATCH ?"
    return [row_id for (row_id,) in store._database.sql(sql, (match,))]


def test_email_in_progress_is_found_and_indexed_once_it_has_a_reason(
    message: Callable[..., NewMessage], tmp_path: Path
) -> None:
    store = Store.open(tmp_path / "other.db", standard_drivers())
    try:
        provider = store.providers.add(
            smtp_provider("Relay", "smtp.example.org", 587, "o@example.org")
        )
        store.queue.enqueue([message(subject="Xyzzy")])
        (claim,) = take(store, provider)
        assert store.log.search.catch_up() == 0
        assert found(store, "log", TableQuery(search="xyzzy")) == [1]
        send(store, claim)
        assert store.log.search.catch_up() == 1
        assert in_index(store, '"xyz" AND "Acc"') == [1]
    finally:
        store.close()


RANGES: tuple[tuple[str, str, ColumnFilter, Callable[[Any], bool]], ...] = (
    ("log", "id", NumberRange(10, 20), lambda row: 10 <= row.id <= 20),
    ("log", "id", NumberRange(None, 20), lambda row: row.id <= 20),
    ("queue", "attempts_count", NumberRange(1), lambda row: row.attempts_count >= 1),
    (
        "log",
        "active_queue_id",
        NumberRange(1, 30),
        lambda row: 1 <= (row.active_queue_id or 0) <= 30,
    ),
    (
        "log",
        "attempt_date",
        DateRange(START + timedelta(hours=5), START + timedelta(hours=9)),
        lambda row: START + timedelta(hours=5) <= row.attempt_date < START + timedelta(hours=9),
    ),
    (
        "queue",
        "last_attempt_date",
        DateRange(until=START + timedelta(hours=9)),
        lambda row: row.last_attempt_date < START + timedelta(hours=9),
    ),
    ("log", "status", OneOf(("SUCCESS",)), lambda row: row.status == "SUCCESS"),
    ("queue", "status", OneOf(("HELD", "QUEUED")), lambda row: row.status == "HELD"),
    ("queue", "status", OneOf((UNDECIDED,)), lambda row: row.possible_duplicate),
    ("queue", "status", OneOf((UNDECIDED, "FAILED")), lambda row: row.status == "FAILED"),
)


@pytest.mark.parametrize(("table", "key", "chosen", "passes"), RANGES)
def test_ranges_and_lists_filter_as_in_python(
    store: Store, table: str, key: str, chosen: ColumnFilter, passes: Callable[[Any], bool]
) -> None:
    query = TableQuery("id", descending=False).with_filter(key, chosen)
    assert found(store, table, query) == expected(rows_of(store, table), passes)


@pytest.mark.parametrize(
    ("key", "chosen", "count"),
    [
        ("status", OneOf(()), 90),
        ("status", OneOf(("\ud800",)), 0),
        ("id", NumberRange(10**30, None), 0),
        ("id", NumberRange(None, 10**30), 90),
        ("subject", TextFilter("!\x00"), 90),
        ("subject", TextFilter("=" + "я" * 9000), 0),
        ("subject", TextFilter("^" + "я" * 9000), 0),
    ],
)
def test_filters_with_extreme_values_are_answered(
    store: Store, key: str, chosen: ColumnFilter, count: int
) -> None:
    query = TableQuery("id", filters=((key, chosen),))
    assert len(found(store, "log", query)) == count


def test_a_search_reads_the_log_when_its_index_is_damaged(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = TableQuery("id", search="invoice")
    before = found(store, "log", query)

    def damaged(_match: str, _common: int) -> None:
        raise StorageCorrupt("no")

    monkeypatch.setattr(store.log.search, "_narrowed", damaged)
    assert found(store, "log", query) == before != []


def test_several_filters_and_a_search_add_up(store: Store) -> None:
    query = (
        TableQuery("id", descending=False, search="example")
        .with_filter("subject", TextFilter("!plain"))
        .with_filter("email", TextFilter("^ann"))
        .with_filter("id", NumberRange(20, None))
        .with_filter("status", OneOf(("FAIL",)))
    )
    assert found(store, "log", query) == expected(
        rows_of(store, "log"),
        lambda row: (
            "plain" not in row.subject.lower()
            and row.email.startswith("Ann")
            and row.id >= 20
            and row.status == "FAIL"
        ),
    )


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("log", "id active_queue_id email subject attempt_date status reason"),
        (
            "queue",
            "id email subject last_attempt_date next_attempt_date attempts_count status reason",
        ),
    ],
)
@pytest.mark.parametrize("descending", [False, True])
def test_every_column_sorts_text_in_any_case_and_equal_rows_by_id(
    store: Store, table: str, keys: str, descending: bool
) -> None:
    def key_of(row: Row, key: str) -> tuple[bool, object]:
        value = getattr(row, key)
        if isinstance(value, str):  # as SQLite's NOCASE compares: by UTF-8, ASCII folded
            value = "".join(c.lower() if c.isascii() else c for c in value).encode()
        return value is not None, value

    for key in keys.split():
        ordered = rows_of(store, table)
        if descending and (table, key) in INDEXED:
            ordered.reverse()
        ordered.sort(key=lambda row: key_of(row, key), reverse=descending)
        query = TableQuery(key, descending)
        assert found(store, table, query) == [row.id for row in ordered], key


def test_values_are_counted_under_the_other_filters(store: Store) -> None:
    query = TableQuery(search="plain").with_filter("status", OneOf(("HELD",)))
    counts = store.queue.value_counts(query, "status")
    rows = [row for row in rows_of(store, "queue") if holds("plain", row.subject, row.reason)]
    wanted = Counter(str(row.status) for row in rows)
    assert {each.value: each.count for each in counts} == {**wanted, UNDECIDED: 0}
    assert len(wanted) > 1
    providers = store.providers.value_counts(TableQuery(), "enabled")
    assert [(each.value, each.count) for each in providers] == [("true", 1)]


def test_an_address_has_its_history_in_any_case_without_reading_the_whole_log(store: Store) -> None:
    query = TableQuery("attempt_date").with_filter("email", TextFilter("=ANN5@Example.org"))
    assert len(found(store, "log", query)) == 1
    table = store.log._table
    source, values = table._table.reading(query, table._narrow)
    plan = store._database.sql(f"EXPLAIN QUERY PLAN SELECT journal.id FROM {source}", values)  # noqa: S608
    assert "USING COVERING INDEX journal_recipient (recipient=?)" in str(plan)
