"""What can wait is done beside the sending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mailadmin.delivery import upkeep
from mailadmin.delivery.upkeep import FIRST_BATCH, Upkeep
from mailadmin.domain.message import NewMessage
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.store.log.search import BATCH

ROWS = BATCH + 500


class Rounds:
    """Tells that a batch was done; no mail is being sent."""

    def __init__(self) -> None:
        self._count = 0
        self._told = threading.Condition()

    def __call__(self) -> bool:
        with self._told:
            self._count += 1
            self._told.notify_all()
        return False

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Wait for the batch after which this is true."""
        while True:
            with self._told:
                seen = self._count
            if true():
                return
            with self._told:
                assert self._told.wait_for(lambda: self._count > seen, 60)  # noqa: B023


@pytest.fixture
def long_log(store: Store) -> Store:
    """A store with a long Log."""
    message = NewMessage(b"Subject: x\r\n\r\n", ("ann@example.org",), "x", "<1@example.org>")
    store.queue.enqueue([message])
    store._database.sql(
        "WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?) "
        "INSERT INTO journal (id, message_id, recipient, subject, attempt_at, status, reason) "
        "SELECT i, 1, 'ann@example.org', 'x', '2026-01-01T00:00:00.000+00:00', 'SUCCESS', '' "
        "FROM number",
        (ROWS,),
    )
    return store


def indexed(store: Store) -> int:
    return int(
        store._database.sql("SELECT count(*) FROM log_search WHERE log_search MATCH 'exa'")[0][0]
    )


def test_the_log_is_indexed_batch_by_batch(long_log: Store) -> None:
    rounds = Rounds()
    running = Upkeep(long_log, rounds, every=0.0)
    running.start()
    rounds.wait_until(lambda: indexed(long_log) == ROWS)
    running.stop()


def test_while_mail_is_sent_only_one_batch_in_a_round(long_log: Store) -> None:
    Upkeep(long_log, lambda: True)._round()
    assert indexed(long_log) == FIRST_BATCH


def test_what_was_deleted_long_ago_is_removed_for_good(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    purged = threading.Event()

    def told(*, go_on: Callable[[], bool]) -> None:
        if go_on():
            purged.set()

    monkeypatch.setattr(upkeep, "_PURGE_EVERY", 0.0)
    monkeypatch.setattr(store.queue, "purge_deleted", told)
    running = Upkeep(store, lambda: False, every=0.0)
    running.start()
    assert purged.wait(60)
    running.stop()


def test_trouble_with_the_database_ends_nothing(
    long_log: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_PATIENCE", 0.01)
    other = Store.open(long_log.location.path, standard_drivers())
    refused = threading.Event()
    catch_up = long_log.log.search.catch_up

    def watched(limit: int) -> int:
        try:
            return catch_up(limit)
        except Exception:
            refused.set()
            raise

    monkeypatch.setattr(long_log.log.search, "catch_up", watched)
    rounds = Rounds()
    running = Upkeep(long_log, rounds, every=0.0)
    try:
        with other._database.write():
            running.start()
            assert refused.wait(60)
        rounds.wait_until(lambda: indexed(long_log) == ROWS)
    finally:
        running.stop()
        other.close()
    assert indexed(long_log) == ROWS
