"""The check of a database: each thing that can be wrong is found, and nothing else."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from mailadmin.domain.claim import ClaimRequest
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.location import Location
from mailadmin.store import Store
from mailadmin.store.base import reading
from mailadmin.store.upkeep.findings import FindingKind
from mailadmin.store.upkeep.integrity import check
from tests.store.upkeep.test_backup import damage

TAMPERINGS = [
    (FindingKind.DAMAGED_MESSAGE, "UPDATE message_content SET content = zeroblob(length(content))"),
    (FindingKind.DAMAGED_MESSAGE, "UPDATE message_content SET content = content || x'00'"),
    (FindingKind.DAMAGED_MESSAGE, "UPDATE message SET size = size + 1"),
    (FindingKind.DAMAGED_MESSAGE, "UPDATE message_content SET content = 5"),
    (FindingKind.MISSING_CONTENT, "DELETE FROM message_content"),
    (FindingKind.UNUSED_MESSAGE, "DELETE FROM queue WHERE id = 1"),
    (FindingKind.LOST_QUEUE_ID, "UPDATE journal SET queue_id = 77"),
    (FindingKind.LOST_QUEUE_ID, "UPDATE journal SET queue_id = 1"),  # another email's
    (FindingKind.ATTEMPT_WITHOUT_EMAIL, "UPDATE attempt SET email_id = 77"),
    (FindingKind.BROKEN_REFERENCE, "UPDATE queue SET provider_id = 77"),
    (FindingKind.ABANDONED_CLAIM, "UPDATE queue SET lease_until = '2020-01-01T00:00:00.000+00:00'"),
    (FindingKind.NEVER_DUE, "UPDATE queue SET next_attempt_at = NULL WHERE id = 1"),
    (FindingKind.WRONG_COUNTS, "UPDATE queue_count SET number = number + 1"),
    (FindingKind.WRONG_COUNTS, "DELETE FROM queue_count"),
    (FindingKind.DUE_UNASKED, "UPDATE queue SET status = 'HELD' WHERE id = 1"),
    (FindingKind.UNKNOWN_DRIVER, "UPDATE provider SET driver = 'graph'"),
    (FindingKind.UNKNOWN_DRIVER, "UPDATE provider SET settings = '{'"),
    (FindingKind.WRONG_COLUMNS, "UPDATE provider SET host = 'other.example'"),
    (FindingKind.WRONG_COLUMNS, "UPDATE provider SET encryption = 'ROT13'"),
]


@pytest.fixture
def mail(store: Store, message: Callable[..., NewMessage], provider: StoredProvider) -> Store:
    """One email that waits (1), one that is being sent (2) by somebody alive, one held (3)."""
    future = datetime.now(UTC) + timedelta(hours=1)
    store.queue.enqueue([message("bob@example.org")], now=future)
    store.queue.enqueue([message("ann@example.org")])
    assert len(store.claims.claim("somebody", ClaimRequest(provider, 5), lease=60).claims) == 1
    store.queue.hold(store.queue.enqueue([message("cy@example.org")])[0])
    return store


def tamper(store: Store, statement: str) -> None:
    connection = apsw.Connection(str(store.location.path))
    connection.execute("PRAGMA foreign_keys = 0")
    connection.execute(statement)
    connection.close()


def test_a_sound_database_has_no_findings(mail: Store) -> None:
    report = mail.check()
    assert report.sound
    assert report.findings == ()
    assert report.messages_checked == 3
    assert report.bytes_checked == sum(len(mail.messages.content(i)) for i in (1, 2, 3))
    assert report.schema_version > 0


@pytest.mark.parametrize(("kind", "statement"), TAMPERINGS, ids=lambda value: str(value)[:50])
def test_each_kind_of_damage_is_found(mail: Store, kind: FindingKind, statement: str) -> None:
    tamper(mail, statement)
    report = mail.check()
    assert not report.sound
    assert kind in {finding.kind for finding in report.findings}
    (finding,) = (one for one in report.findings if one.kind is kind)
    assert finding.count >= 1
    assert str(finding.problem).startswith(("1 ", f"{finding.count} ", "Of "))
    assert "{" not in str(finding.problem)
    if kind is FindingKind.UNUSED_MESSAGE:
        assert finding.ids == (1,)


def test_a_damaged_message_is_told_with_its_queue_ids(mail: Store) -> None:
    tamper(mail, "UPDATE message_content SET content = x'00' WHERE message_id = 2")
    (finding,) = mail.check().findings
    assert finding.ids == (2,)
    assert "(queue IDs 2)" in str(finding.problem)


def test_many_findings_are_counted_and_the_first_named(
    store: Store, message: Callable[..., NewMessage]
) -> None:
    store.queue.enqueue([message()] * 1203)
    tamper(store, "DELETE FROM message_content")
    (finding,) = store.check().findings
    assert (finding.count, finding.ids) == (1203, tuple(range(1, 21)))


def test_the_claim_of_a_dead_owner_is_found(mail: Store) -> None:
    asked: list[str] = []

    def is_gone(owner: str) -> bool:
        asked.append(owner)
        return True

    (finding,) = mail.check(is_gone=is_gone).findings
    assert (finding.kind, finding.ids) == (FindingKind.ABANDONED_CLAIM, (2,))
    assert asked == ["somebody"]


@pytest.mark.parametrize("table", ["queue_status", "message_content", "attempt"])
def test_a_damaged_page_is_found(mail: Store, table: str) -> None:
    """What can still be read is checked all the same."""
    path = mail.location.path
    damage(path, table)
    report = check(Location(path), drivers=standard_drivers())
    assert FindingKind.DAMAGED_FILE in {finding.kind for finding in report.findings}


def test_an_index_that_differs_from_its_table_is_found(mail: Store) -> None:
    """Every page can be read, and still mail would be overlooked."""
    damage(mail.location.path, "queue_status", b"QUEUED", b"QUEUEX")
    found = {
        finding.kind: finding
        for finding in check(mail.location, drivers=standard_drivers()).findings
    }
    finding = found[FindingKind.DAMAGED_FILE]
    assert "missing from index queue_status" in str(finding.problem)


def test_a_cancelled_check_is_not_complete(mail: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_BETWEEN_REPORTS", 0.0)
    told: list[tuple[int, int]] = []

    def cancel(done: int, total: int) -> bool:
        told.append((done, total))
        return False

    report = mail.check(cancel)
    assert len(told) == 1
    assert not report.complete
    assert not report.sound


def test_progress_ends_at_the_whole(mail: Store) -> None:
    told: list[tuple[int, int]] = []

    def note(done: int, total: int) -> bool:
        told.append((done, total))
        return True

    assert mail.check(note).sound
    assert told[-1][0] == told[-1][1]
    assert all(done <= total for done, total in told)


def test_a_large_message_is_not_held_in_memory(
    store: Store, message: Callable[..., NewMessage]
) -> None:
    store.queue.enqueue([message(text="x" * 30_000_000)])
    tracemalloc.start()
    try:
        assert store.check().sound
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_check_changes_no_byte(mail: Store) -> None:
    path = mail.location.path
    mail.close()
    before = path.read_bytes()
    assert check(Location(path), drivers=standard_drivers()).sound
    assert path.read_bytes() == before
    assert list(Path(path.parent).iterdir()) == [path]


@pytest.mark.parametrize("open_elsewhere", [False, True])
def test_a_file_without_write_permission_is_checked(
    mail: Store, monkeypatch: pytest.MonkeyPatch, open_elsewhere: bool
) -> None:
    """A copy on a read-only disk is read as it lies there."""
    if not open_elsewhere:
        mail.close()
    before = sorted(mail.location.path.parent.iterdir())
    monkeypatch.setattr("os.access", lambda *_: False)
    assert check(mail.location, drivers=standard_drivers()).sound
    assert sorted(mail.location.path.parent.iterdir()) == before
