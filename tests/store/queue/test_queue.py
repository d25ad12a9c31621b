"""Accepting mail, and what its users do to the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.claim import Disposition
from mailadmin.domain.errors import NotFound
from mailadmin.domain.log import LogStatus
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from mailadmin.store.messages import MessageDamaged
from mailadmin.store.queue.refusals import GONE, SENDING
from mailadmin.tables.query import OneOf, TableQuery
from tests.store.sender import record, send, take

Make = Callable[..., NewMessage]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def fail(store: Store, provider: StoredProvider) -> None:
    """Have the first due email refused for good."""
    (claim,) = take(store, provider, 1)
    outcome = Outcome(OutcomeKind.FAILED, Stage.RCPT, "no such user")
    record(store, claim, outcome, Disposition(QueueStatus.FAILED, None, "no such user"))


def test_a_message_is_stored_once_however_many_recipients_it_has(
    store: Store, message: Make
) -> None:
    mail = message("a@x.org", "b@x.org", "c@x.org")
    (ids,) = store.queue.enqueue([mail])
    rows = store.queue.rows(ids)
    assert [row.email for row in rows] == ["a@x.org", "b@x.org", "c@x.org"]
    assert {row.stored_id for row in rows} == {rows[0].stored_id}
    assert store.messages.content(rows[0].stored_id) == mail.content
    assert store.messages.get(rows[0].stored_id).size == len(mail.content)


def test_messages_are_accepted_together_or_not_at_all(store: Store, message: Make) -> None:
    broken = NewMessage(None, ("x@x.org",), "x", "<x>")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        store.queue.enqueue([message(), broken])
    assert store.queue.count() == 0


def test_dates_come_back_aware_and_in_utc(store: Store, message: Make) -> None:
    (ids,) = store.queue.enqueue([message()], now=NOW)
    row = store.queue.get(ids[0])
    assert row.created_at == NOW
    assert row.created_at.utcoffset() == timedelta(0)


def test_a_flipped_byte_is_noticed(store: Store, message: Make) -> None:
    (ids,) = store.queue.enqueue([message()])
    stored_id = store.queue.get(ids[0]).stored_id
    store._database.peewee.execute_sql(
        "UPDATE message_content SET content = CAST(? AS BLOB)", (b"Subject: forged\r\n\r\n",)
    )
    with pytest.raises(MessageDamaged, match="SHA-256"):
        store.messages.content(stored_id)


def test_rows_are_sorted_searched_and_filtered_in_the_database(store: Store, message: Make) -> None:
    store.queue.enqueue([message("b@x.org", subject="100% off"), message("a@x.org")])
    by_email = TableQuery("email", descending=False)
    assert list(store.queue.ids(by_email)) == [2, 1]
    assert list(store.queue.ids(TableQuery(search="100% O"))) == [1]
    assert list(store.queue.ids(TableQuery(search="_"))) == []
    store.queue.hold([2])
    assert list(store.queue.ids(TableQuery(filters=(("status", OneOf(("HELD",))),)))) == [2]
    assert store.queue.count(TableQuery(filters=(("status", OneOf(("HELD", "QUEUED"))),))) == 2
    assert [row.id for row in store.queue.rows([2, 99, 1])] == [2, 1]


def test_hold_release_and_send_now_change_what_is_due(store: Store, message: Make) -> None:
    (ids,) = store.queue.enqueue([message()], now=NOW)
    assert store.queue.hold(ids).changed == tuple(ids)
    held = store.queue.get(ids[0])
    assert (held.status, held.next_attempt_date) == (QueueStatus.HELD, None)
    assert store.queue.summary().next_due is None
    assert "already held" in store.queue.hold(ids).refused[ids[0]]
    later = NOW + timedelta(hours=1)
    assert store.queue.release(ids, now=later).changed == tuple(ids)
    assert store.queue.get(ids[0]).next_attempt_date == later
    assert "not held" in store.queue.release(ids).refused[ids[0]]
    store.queue.hold(ids)
    assert store.queue.send_now(ids, now=later).changed == tuple(ids)
    assert store.queue.get(ids[0]).status is QueueStatus.QUEUED


def test_failed_email_can_be_sent_now_but_not_held(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    (ids,) = store.queue.enqueue([message()])
    fail(store, provider)
    assert "failed" in store.queue.hold(ids).refused[ids[0]]
    assert store.queue.send_now(ids).changed == tuple(ids)


def test_email_in_progress_can_not_be_changed(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    (ids,) = store.queue.enqueue([message()])
    take(store, provider, 1)
    for action in (
        store.queue.hold, store.queue.release, store.queue.send_now, store.queue.delete,
    ):  # fmt: skip
        assert action(ids).refused == {ids[0]: SENDING}


def test_deleting_can_be_undone_as_it_was(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    (ids,) = store.queue.enqueue([message()])
    fail(store, provider)
    before = store.queue.get(ids[0])
    assert store.queue.delete(ids).changed == tuple(ids)
    with pytest.raises(NotFound):
        store.queue.get(ids[0])
    assert store.queue.count() == 0
    assert store.log.get(ids[0]).active_queue_id is None
    assert store.queue.undelete(ids).changed == tuple(ids)
    assert store.queue.get(ids[0]) == before
    assert store.log.get(ids[0]).active_queue_id == ids[0]


def test_deleting_email_that_another_window_deleted_is_refused(store: Store, message: Make) -> None:
    (ids,) = store.queue.enqueue([message("a@x.org", "b@x.org")])
    store.queue.delete(ids[:1])
    result = store.queue.delete(ids)
    assert result.changed == (ids[1],)
    assert result.refused == {ids[0]: GONE}


def test_deleted_mail_is_never_claimed(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    (ids,) = store.queue.enqueue([message()])
    store.queue.delete(ids)
    assert take(store, provider, 10) == []


def test_old_deletions_are_purged_with_their_message(store: Store, message: Make) -> None:
    (ids,) = store.queue.enqueue([message("a@x.org", "b@x.org")])
    stored_id = store.queue.get(ids[0]).stored_id
    long_ago = datetime.now(UTC) - timedelta(days=3)
    store.queue.delete(ids[:1], now=long_ago)
    assert store.queue.purge_deleted() == 1
    assert store.messages.content(stored_id)  # the other recipient still needs it
    store.queue.delete(ids[1:], now=long_ago)
    assert store.queue.purge_deleted() == 1
    with pytest.raises(NotFound):
        store.messages.content(stored_id)
    assert ids[0] in store.queue.undelete(ids).refused


def test_recent_deletions_are_kept_for_undo(store: Store, message: Make) -> None:
    (ids,) = store.queue.enqueue([message()])
    store.queue.delete(ids)
    assert store.queue.purge_deleted() == 0
    assert store.queue.undelete(ids).changed == tuple(ids)


def test_resend_from_the_log_makes_a_new_row_of_the_same_email(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    (ids,) = store.queue.enqueue([message()])
    (claim,) = take(store, provider, 1)
    accepted = Outcome(OutcomeKind.ACCEPTED, Stage.END_OF_DATA, "250 ok")
    record(store, claim, accepted, Disposition(None, None, "250 ok"))
    assert store.queue.resend([ids[0], 77]).refused.keys() == {77}
    (queued,) = store.queue.rows(store.queue.ids())
    assert queued.id != ids[0]
    assert queued.email_id == ids[0]
    entry = store.log.get(ids[0])
    assert (entry.active_queue_id, entry.status) == (queued.id, LogStatus.SUCCESS)
    assert "still in the queue" in store.queue.resend(ids).refused[ids[0]]


def test_ids_are_never_given_again(store: Store, message: Make) -> None:
    (first,) = store.queue.enqueue([message()])
    store.queue.delete(first, now=datetime.now(UTC) - timedelta(days=3))
    store.queue.purge_deleted()
    (second,) = store.queue.enqueue([message()])
    assert second[0] > first[0]


def test_subscribers_hear_of_commits_and_not_of_failures(store: Store, message: Make) -> None:
    heard: list[Topic] = []
    unsubscribe = store.subscribe(heard.append)
    with pytest.raises(NotFound):
        store.providers.get(1)
    assert heard == []
    store.queue.enqueue([message()])
    assert heard == [Topic.QUEUE]
    unsubscribe()
    store.queue.enqueue([message()])
    assert heard == [Topic.QUEUE]


def test_another_connection_notices_a_commit(store: Store, message: Make) -> None:
    other = Store.open(store.location.path, standard_drivers())
    before = other.data_version()
    assert other.data_version() == before
    store.queue.enqueue([message()])
    assert other.data_version() != before
    other.close()


def test_skip_known_leaves_out_recipients_of_a_file_that_is_known(
    store: Store, message: Make, provider: StoredProvider
) -> None:
    first = replace(message("ann@x.org", "bob@x.org"), origin="a" * 64)
    assert store.queue.enqueue([first], skip_known=True) == [[1, 2]]
    (sent, _) = take(store, provider)
    send(store, sent)
    more = replace(first, recipients=("ann@x.org", "bob@x.org", "cat@x.org"))
    other = replace(first, origin="b" * 64)
    none = replace(first, origin="")
    assert store.queue.enqueue([first, more, other, none], skip_known=True) == [
        *([], [3], [4, 5], [6, 7])
    ]
    assert store.queue.enqueue([first]) == [[8, 9]]  # on purpose


def test_a_deleted_email_may_be_imported_again(store: Store, message: Make) -> None:
    first = replace(message("ann@x.org"), origin="a" * 64)
    (ids,) = store.queue.enqueue([first], skip_known=True)
    store.queue.delete(ids)
    assert store.queue.enqueue([first], skip_known=True) == [[2]]
