"""Claim, point of no return, record, recover: who may do what, and what a crash leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.claim import Claim, Disposition
from mailadmin.domain.log import LogStatus
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from tests.smtp_providers import with_changes
from tests.store.sender import ACCEPTED, passes, record, take

Make = Callable[..., NewMessage]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
UNCERTAIN = Disposition(QueueStatus.UNCERTAIN, LATER, "unknown", bind_provider=True)


def as_uncertain(_unknown: int, _now: datetime) -> Disposition:
    return UNCERTAIN


def alive(_owner: str) -> bool:
    return False


def dead(_owner: str) -> bool:
    return True


@pytest.fixture
def claim(store: Store, provider: StoredProvider, message: Make) -> Claim:
    store.queue.enqueue([message()], now=NOW)
    (made,) = take(store, provider, now=NOW)
    return made


def test_a_claim_is_in_progress_in_queue_and_log_with_an_attempt(
    store: Store, provider: StoredProvider, claim: Claim
) -> None:
    row = store.queue.get(claim.queue_id)
    assert (row.status, row.last_attempt_date) == (QueueStatus.IN_PROGRESS, NOW)
    assert row.next_attempt_date is None
    entry = store.log.get(claim.email_id)
    assert (entry.status, entry.active_queue_id) == (LogStatus.IN_PROGRESS, row.id)
    (attempt,) = store.log.attempts(claim.email_id)
    assert (attempt.provider_caption, attempt.finished_at) == (provider.caption, None)
    assert take(store, provider, owner="other", now=NOW) == []


def test_claims_come_by_priority_then_due_time_then_id(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    late, early, urgent = message("late@x.org"), message("early@x.org"), message("urgent@x.org")
    store.queue.enqueue([late], now=NOW)
    store.queue.enqueue([early], now=NOW - timedelta(minutes=1))
    store.queue.enqueue([replace(urgent, priority=1)], now=NOW)
    store.queue.enqueue([replace(message("not@yet.org"), not_before=LATER)], now=NOW)
    claims = take(store, provider, 9, now=NOW)
    assert [c.recipient for c in claims] == ["urgent@x.org", "early@x.org", "late@x.org"]


def test_success_leaves_the_queue_and_the_log_says_so(store: Store, claim: Claim) -> None:
    assert passes(store, claim, now=NOW)
    assert record(store, claim, ACCEPTED, Disposition(None, None, "Accepted"), now=LATER)
    assert store.queue.count() == 0
    entry = store.log.get(claim.email_id)
    assert (entry.status, entry.active_queue_id) == (LogStatus.SUCCESS, None)
    (attempt,) = store.log.attempts(claim.email_id)
    assert (attempt.reply_text, attempt.outcome) == ("250 2.0.0 Ok", OutcomeKind.ACCEPTED)
    assert attempt.point_of_no_return_at == NOW
    assert attempt.duration == 600


def test_a_deferral_counts_an_attempt_and_waits(
    store: Store, provider: StoredProvider, claim: Claim
) -> None:
    outcome = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "later", Reply(451, "451 later"))
    record(store, claim, outcome, Disposition(QueueStatus.DEFERRED, LATER, "later"))
    row = store.queue.get(claim.queue_id)
    assert (row.status, row.attempts_count, row.next_attempt_date, row.reason) == (
        QueueStatus.DEFERRED, 1, LATER, "later",
    )  # fmt: skip
    assert store.log.get(claim.email_id).status is LogStatus.FAIL
    assert take(store, provider, now=NOW) == []
    (again,) = take(store, provider, now=LATER)
    assert (again.epoch, again.attempts_count) == (claim.epoch + 1, 1)
    assert [a.number for a in store.log.attempts(claim.email_id)] == [1, 2]


def test_a_providers_fault_uses_no_attempt(store: Store, claim: Claim) -> None:
    fault = Outcome(OutcomeKind.PROVIDER_FAULT, Stage.AUTH, "535 no")
    back = Disposition(QueueStatus.QUEUED, NOW, "535 no", uses_attempt=False)
    record(store, claim, fault, back)
    row = store.queue.get(claim.queue_id)
    assert (row.status, row.attempts_count) == (QueueStatus.QUEUED, 0)


def test_a_crash_before_the_point_of_no_return_goes_back_to_the_queue(
    store: Store, claim: Claim
) -> None:
    assert store.claims.recover(dead, as_uncertain, now=NOW) == 1
    row = store.queue.get(claim.queue_id)
    assert (row.status, row.attempts_count, row.next_attempt_date) == (QueueStatus.QUEUED, 0, NOW)


def test_a_crash_after_the_point_of_no_return_is_uncertain_and_bound_to_its_provider(
    store: Store, provider: StoredProvider, claim: Claim
) -> None:
    passes(store, claim)
    assert store.claims.recover(dead, as_uncertain, now=NOW) == 1
    row = store.queue.get(claim.queue_id)
    assert (row.status, row.provider_id) == (QueueStatus.UNCERTAIN, provider.id)
    other = store.providers.add(replace(provider.without_id(), uid="other"))
    assert take(store, other, now=LATER) == []
    (again,) = take(store, provider, instead_of=frozenset({99}), now=LATER)
    assert again.possible_duplicate
    assert store.log.attempts(claim.email_id)[-1].possible_duplicate


def test_a_living_owners_claim_is_left_alone_until_its_lease_ends(
    store: Store, claim: Claim
) -> None:
    assert store.claims.recover(alive, as_uncertain, now=NOW) == 0
    assert store.claims.renew("sender", 60, now=NOW + timedelta(seconds=50)) == 1
    still = NOW + timedelta(seconds=100)
    assert store.claims.recover(alive, as_uncertain, now=still) == 0
    ended = NOW + timedelta(seconds=111)
    assert store.claims.recover(alive, as_uncertain, now=ended) == 1


def test_a_stale_owner_may_neither_send_nor_record(
    store: Store, provider: StoredProvider, claim: Claim
) -> None:
    store.claims.recover(dead, as_uncertain, now=NOW)
    assert not passes(store, claim)
    (newer,) = take(store, provider, owner="other", now=LATER)
    assert not passes(store, claim)
    assert not record(store, claim, ACCEPTED, Disposition(None, None, "late"))
    assert not store.claims.give_back_all([claim])
    assert store.queue.get(claim.queue_id).status is QueueStatus.IN_PROGRESS
    assert passes(store, newer)


def test_a_definite_outcome_that_comes_late_ends_the_uncertainty(
    store: Store, claim: Claim
) -> None:
    passes(store, claim)
    store.claims.recover(dead, as_uncertain, now=NOW)
    assert record(store, claim, ACCEPTED, Disposition(None, None, "Accepted"))
    assert store.queue.count() == 0
    assert store.log.get(claim.email_id).status is LogStatus.SUCCESS


def test_mail_of_unknown_outcome_is_held_when_its_provider_is_deleted(
    store: Store, provider: StoredProvider, claim: Claim
) -> None:
    passes(store, claim)
    store.claims.recover(dead, as_uncertain, now=NOW)
    store.providers.remove(provider.id)
    row = store.queue.get(claim.queue_id)
    assert (row.status, row.next_attempt_date) == (QueueStatus.HELD, None)
    assert store.log.attempts(claim.email_id)[0].provider_caption == provider.caption


def test_email_that_may_have_arrived_is_held_if_its_provider_was_deleted_meanwhile(
    store: Store, provider: StoredProvider, claim: Claim
) -> None:
    other = store.providers.add(replace(provider.without_id(), uid="other"))
    passes(store, claim)
    store.providers.remove(provider.id)
    unknown = Outcome(OutcomeKind.UNCERTAIN, Stage.END_OF_DATA, "connection lost")
    assert record(store, claim, unknown, UNCERTAIN)
    row = store.queue.get(claim.queue_id)
    assert (row.status, row.next_attempt_date) == (QueueStatus.HELD, None)
    assert "provider" in row.reason
    assert take(store, other, now=LATER) == []


def test_a_deferred_possible_duplicate_is_held_with_its_provider(
    store: Store, provider: StoredProvider, claim: Claim
) -> None:
    store.providers.add(replace(provider.without_id(), uid="other"))
    passes(store, claim)
    unknown = Outcome(OutcomeKind.UNCERTAIN, Stage.END_OF_DATA, "connection lost")
    record(store, claim, unknown, UNCERTAIN)
    (again,) = take(store, provider, now=LATER)
    later = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "451")
    deferred = Disposition(QueueStatus.DEFERRED, LATER, "451", bind_provider=True)
    record(store, again, later, deferred)
    store.providers.remove(provider.id)
    assert store.queue.get(claim.queue_id).status is QueueStatus.HELD


def test_a_pause_is_committed_with_the_refusal_unless_the_provider_changed(
    store: Store, provider: StoredProvider, claim: Claim
) -> None:
    store.providers.update(with_changes(provider, host="other.example.org"))
    assert not store.providers.pause_unchanged(provider, "535")
    store.providers.update(provider)
    fault = Outcome(OutcomeKind.PROVIDER_FAULT, Stage.AUTH, "535")
    back = Disposition(QueueStatus.QUEUED, NOW, "535", uses_attempt=False)

    def fail() -> None:
        with store.claims.together():
            record(store, claim, fault, back)
            store.providers.pause_unchanged(provider, "535")
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        fail()
    assert store.providers.get(provider.id).pause is None
    assert store.queue.get(claim.queue_id).status is QueueStatus.IN_PROGRESS


def test_only_the_owners_own_claims_are_renewed(store: Store, claim: Claim) -> None:
    assert store.claims.renew("other", 3600, now=NOW) == 0
    ended = NOW + timedelta(seconds=61)
    assert store.claims.recover(alive, as_uncertain, now=ended) == 1


def test_a_possible_duplicate_given_back_is_held_if_its_provider_is_gone(
    store: Store, provider: StoredProvider, claim: Claim
) -> None:
    other = store.providers.add(replace(provider.without_id(), uid="other"))
    assert passes(store, claim)
    unknown = Outcome(OutcomeKind.UNCERTAIN, Stage.END_OF_DATA, "connection lost")
    assert record(store, claim, unknown, UNCERTAIN)
    (again,) = take(store, provider, now=LATER)
    store.providers.remove(provider.id)
    assert store.claims.give_back_all([again], "The queue was closed.", now=LATER)
    row = store.queue.get(claim.queue_id)
    assert (row.status, row.next_attempt_date) == (QueueStatus.HELD, None)
    assert row.reason.startswith("The queue was closed. ")
    assert row.possible_duplicate
    assert take(store, other, now=LATER) == []
    assert store.log.get(claim.email_id).reason == row.reason


def test_giving_back_a_recorded_claim_leaves_its_history(store: Store, claim: Claim) -> None:
    assert passes(store, claim, now=NOW)
    assert record(store, claim, ACCEPTED, Disposition(None, None, "Accepted"), now=NOW)
    before = store.log.attempts(claim.email_id)
    assert store.claims.give_back_all([claim], now=LATER) == frozenset()
    assert store.log.attempts(claim.email_id) == before
