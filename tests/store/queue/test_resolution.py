"""The administrator's two choices for email of which nobody knows whether it arrived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.claim import Claim, Disposition
from mailadmin.domain.log import LogStatus
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus, Resolution
from mailadmin.domain.topic import Topic
from mailadmin.store import Store
from mailadmin.store.queue.refusals import DUE_AGAIN, FAILED, GONE, NOTHING_UNKNOWN, SENDING
from mailadmin.store.queue.resolution import TREATED_AS_SENT
from tests.store.sender import ACCEPTED, DEFERRED, LEFT, UNKNOWN, lose, record, take

Make = Callable[..., NewMessage]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)


@pytest.fixture
def unsure(store: Store, provider: StoredProvider, message: Make) -> Claim:
    store.queue.enqueue([message()], now=NOW)
    (claim,) = take(store, provider, now=NOW)
    lose(store, claim, LATER, now=NOW)
    return claim


def test_uncertain_email_is_shown_as_a_possible_duplicate(store: Store, unsure: Claim) -> None:
    row = store.queue.get(unsure.queue_id)
    assert (row.status, row.possible_duplicate) == (QueueStatus.UNCERTAIN, True)


def test_email_treated_as_sent_leaves_the_queue_and_the_log_names_the_administrator(
    store: Store, unsure: Claim
) -> None:
    heard: list[Topic] = []
    store.subscribe(heard.append)
    result = store.queue.resolve([unsure.queue_id], Resolution.SENT)
    assert result.changed == (unsure.queue_id,)
    assert store.queue.count() == 0
    entry = store.log.get(unsure.email_id)
    assert (entry.status, entry.reason) == (LogStatus.SUCCESS, TREATED_AS_SENT)
    assert entry.active_queue_id is None
    (attempt,) = store.log.attempts(unsure.email_id)
    assert attempt.outcome is OutcomeKind.UNCERTAIN  # what happened is not rewritten
    assert set(heard) == {Topic.QUEUE, Topic.LOG}
    assert store.queue.undelete([unsure.queue_id]).changed == ()


def test_email_sent_again_is_due_now_through_its_provider_and_still_flagged(
    store: Store, provider: StoredProvider, unsure: Claim
) -> None:
    assert store.queue.resolve([unsure.queue_id], Resolution.RESEND, now=NOW).changed
    row = store.queue.get(unsure.queue_id)
    assert (row.next_attempt_date, row.provider_id) == (NOW, provider.id)
    assert row.possible_duplicate
    (again,) = take(store, provider, now=NOW)
    assert (again.possible_duplicate, again.schedule_step) == (True, 0)
    assert store.log.attempts(unsure.email_id)[-1].possible_duplicate


def test_held_and_deferred_possible_duplicates_can_be_decided_too(
    store: Store, provider: StoredProvider, unsure: Claim
) -> None:
    store.queue.hold([unsure.queue_id])
    assert store.queue.resolve([unsure.queue_id], Resolution.RESEND, now=NOW).changed
    (again,) = take(store, provider, now=NOW)
    deferred = Disposition(QueueStatus.DEFERRED, LATER, "451", bind_provider=True)
    record(store, again, UNKNOWN, deferred)
    assert store.queue.resolve([unsure.queue_id], Resolution.SENT, now=NOW).changed


def test_email_of_known_outcome_is_refused_with_a_reason(
    store: Store, provider: StoredProvider, message: Make, unsure: Claim
) -> None:
    (ids,) = store.queue.enqueue([message(*(f"a{n}@x.org" for n in range(4)))], now=NOW)
    sending, failing, waiting, held = ids
    store.queue.hold([waiting, held])
    first, second = take(store, provider, now=NOW)
    assert [first.queue_id, second.queue_id] == [sending, failing]
    refused = Disposition(QueueStatus.FAILED, None, "no")
    record(store, second, DEFERRED, refused)
    store.queue.release([waiting], now=NOW)
    store.queue.send_now([unsure.queue_id])
    result = store.queue.resolve([*ids, 999, unsure.queue_id], Resolution.SENT)
    assert result.changed == ()
    assert result.refused == {
        sending: SENDING,
        failing: FAILED,
        waiting: DUE_AGAIN,
        unsure.queue_id: DUE_AGAIN,
        held: NOTHING_UNKNOWN,
        999: GONE,
    }
    assert store.queue.count() == 5


def test_deleted_email_is_not_decided(store: Store, unsure: Claim) -> None:
    store.queue.delete([unsure.queue_id])
    result = store.queue.resolve([unsure.queue_id], Resolution.RESEND)
    assert result.refused == {unsure.queue_id: GONE}


@pytest.mark.parametrize("meanwhile", ["hold", "send_now", "delete"])
def test_a_late_acceptance_takes_the_email_out_whatever_was_done_meanwhile(
    store: Store, provider: StoredProvider, unsure: Claim, meanwhile: str
) -> None:
    getattr(store.queue, meanwhile)([unsure.queue_id])
    assert record(store, unsure, ACCEPTED, LEFT)
    assert store.queue.count() == 0
    assert store.queue.undelete([unsure.queue_id]).changed == ()
    assert store.log.get(unsure.email_id).status is LogStatus.SUCCESS
    assert take(store, provider, now=LATER) == []


def test_a_late_refusal_ends_the_uncertainty(
    store: Store, provider: StoredProvider, unsure: Claim
) -> None:
    refused = Disposition(QueueStatus.DEFERRED, LATER, "451")
    assert record(store, unsure, DEFERRED, refused)
    row = store.queue.get(unsure.queue_id)
    assert (row.status, row.possible_duplicate) == (QueueStatus.DEFERRED, False)
    assert row.attempts_count == 1  # one attempt, not two
    assert row.provider_id is None


@pytest.mark.parametrize(
    ("meanwhile", "status"), [("hold", QueueStatus.HELD), ("send_now", QueueStatus.QUEUED)]
)
def test_a_late_refusal_does_not_undo_what_a_person_did(
    store: Store, unsure: Claim, meanwhile: str, status: QueueStatus
) -> None:
    getattr(store.queue, meanwhile)([unsure.queue_id])
    before = store.queue.get(unsure.queue_id)
    refused = Disposition(QueueStatus.DEFERRED, LATER, "451")
    assert not record(store, unsure, DEFERRED, refused)
    assert store.queue.get(unsure.queue_id) == before
    assert before.status is status
    (attempt,) = store.log.attempts(unsure.email_id)
    assert attempt.outcome is OutcomeKind.DEFERRED  # the history knows better


def test_a_late_refusal_does_not_bring_back_deleted_email(store: Store, unsure: Claim) -> None:
    store.queue.delete([unsure.queue_id])
    refused = Disposition(QueueStatus.DEFERRED, LATER, "451")
    assert not record(store, unsure, DEFERRED, refused)
    assert store.log.get(unsure.email_id).active_queue_id is None
