"""A database of the first version, with something in every table, keeps all of it and works on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from mailadmin.domain.claim import Disposition
from mailadmin.domain.log import LogStatus
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.location import parse_location
from mailadmin.store import Store
from mailadmin.store.base.database import Database
from mailadmin.store.migrations import all_steps, migrate
from tests.store.sender import take

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
THEN = "2026-03-01T12:00:00.000+00:00"
SHA256 = hashlib.sha256(b"Hi").hexdigest()

# status, next attempt, attempts, schedule step, provider, owner, attempt, unknown outcomes, deleted
ROWS: tuple[tuple[Any, ...], ...] = (
    ("QUEUED", THEN, 0, 0, None, None, None, 0, None),
    ("DEFERRED", THEN, 2, 2, None, None, None, 0, None),
    ("UNCERTAIN", THEN, 1, 1, 2, None, 1, 1, None),
    ("IN PROGRESS", None, 0, 0, 2, "host/1/2/dead", 2, 0, None),
    ("IN PROGRESS", None, 0, 0, 2, "host/1/2/dead", 3, 0, None),
    ("HELD", None, 1, 1, None, None, None, 0, None),
    ("FAILED", None, 1, 1, None, None, None, 0, None),
    ("QUEUED", THEN, 0, 0, None, None, None, 0, THEN),
)
# email, provider, ended, passed the point of no return
ATTEMPTS = ((3, 2, THEN, THEN), (4, 2, None, None), (5, 2, None, THEN))


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    path = tmp_path / "mail.db"
    database = Database(parse_location(path), 1.0)
    assert migrate(database, all_steps()[:1]) == [1]
    database.close_connection()
    old = apsw.Connection(str(path))
    with old:
        for number in (1, 2):
            old.execute(
                "INSERT INTO provider VALUES (?, ?, 'Relay', 'smtp', 'h', 587, '', 'o@x.org', '',"
                " 'TLS', 1, '', '', 10, 1, 4, 100, NULL, 60, NULL, NULL, NULL, NULL)",
                (number, f"uid{number}"),
            )
        old.execute(
            "INSERT INTO message VALUES (1, ?, 2, '<1@x>', 'Hello', '', NULL, ?, 'file')",
            (SHA256, THEN),
        )
        old.execute("INSERT INTO message_content VALUES (1, x'4869')")
        for queue_id, row in enumerate(ROWS, start=1):
            status, due, attempts, step, provider, owner, attempt, unknown, deleted = row
            old.execute(
                "INSERT INTO queue VALUES (?, NULL, 1, ?, 'Hello', ?, NULL, ?, ?, ?, 'why', 10,"
                " NULL, NULL, ?, ?, ?, ?, 1, ?, ?, ?, ?)",
                (queue_id, f"a{queue_id}@x.org", THEN, due, attempts, status, THEN, step, provider,
                 owner, THEN if owner else None, attempt, unknown, deleted),
            )  # fmt: skip
        for attempt, (email, provider, ended, passed) in enumerate(ATTEMPTS, start=1):
            old.execute(
                "INSERT INTO journal VALUES (?, ?, 1, ?, 'Hello', ?, 'IN PROGRESS', '')",
                (email, email, f"a{email}@x.org", THEN),
            )
            old.execute(
                "INSERT INTO attempt VALUES (?, ?, ?, 1, ?, 'Relay', 'host/1/2/dead', 1, ?, ?, ?,"
                " NULL, ?, '', NULL, '', '', 0)",
                (attempt, email, email, provider, THEN, ended, passed,
                 "uncertain" if ended else None),
            )  # fmt: skip
        old.execute("""INSERT INTO setting VALUES ('canary', '"kept"')""")
    old.close()
    return path


@pytest.fixture
def store(first_version: Path) -> Iterator[Store]:
    opened = Store.open(first_version, standard_drivers())
    yield opened
    opened.close()


def rows_of(path: Path, columns: str, table: str) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(path))
    rows = connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()  # noqa: S608
    connection.close()
    return rows


def test_no_stored_value_is_lost_or_changed(first_version: Path) -> None:
    kept = {
        "provider": "id, uid, caption, driver, host, port, username, send_from, send_from_name,"
        " encryption, enabled, priority, weight, max_connections, messages_per_connection,"
        " limit_per_second, limit_per_minute, limit_per_hour, limit_per_day, pause_reason,"
        " paused_at",
        "message": "id, sha256, size, message_id, subject, header_from, envelope_from,"
        " created_at, source",
        "message_content": "*",
        "journal": "*",
        "attempt": "*",
        "setting": "*",
        "queue": "id, resend_of, message_id, recipient, subject, created_at, last_attempt_at,"
        " next_attempt_at, attempts_count, status, reason, priority, not_before, expires_at,"
        " schedule_started_at, schedule_step, owner, epoch, lease_until, attempt_id,"
        " unknown_outcomes, deleted_at",
    }
    before = {table: rows_of(first_version, columns, table) for table, columns in kept.items()}
    Store.open(first_version, standard_drivers()).close()
    assert before == {table: rows_of(first_version, kept[table], table) for table in kept}
    newest = all_steps()[-1].version
    assert rows_of(first_version, "max(version)", "schema_version") == [(newest,)]


def test_the_counts_of_the_queue_include_the_old_rows(store: Store) -> None:
    summary = store.queue.summary()
    assert summary.counts == {
        QueueStatus.QUEUED: 1,
        QueueStatus.DEFERRED: 1,
        QueueStatus.UNCERTAIN: 1,
        QueueStatus.IN_PROGRESS: 2,
        QueueStatus.HELD: 1,
        QueueStatus.FAILED: 1,
    }
    assert summary.next_due == NOW


def test_email_the_old_program_left_in_progress_is_recovered(store: Store) -> None:
    later = Disposition(QueueStatus.UNCERTAIN, NOW + timedelta(minutes=15), "?", bind_provider=True)
    assert store.claims.recover(lambda _: True, lambda _unknown, _now: later, now=NOW) == 2
    before, after = store.queue.rows([4, 5])
    assert (before.status, before.provider_id) == (QueueStatus.QUEUED, None)
    assert (after.status, after.provider_id) == (QueueStatus.UNCERTAIN, 2)
    assert store.log.attempts(5)[0].outcome is OutcomeKind.UNCERTAIN
    assert store.log.get(4).status is LogStatus.FAIL


def test_waiting_mail_is_claimed_as_before(store: Store) -> None:
    first, second = store.providers.list()
    assert [claim.queue_id for claim in take(store, first, now=NOW)] == [1, 2]
    (bound,) = take(store, second, now=NOW)
    assert (bound.queue_id, bound.possible_duplicate) == (3, True)
    assert store.messages.content(1) == b"Hi"
    assert second.limit_per_minute == 60
