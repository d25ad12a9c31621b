"""What becomes of an email after each kind of outcome: a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.delivery.disposition import UNCERTAIN_DELAY, dispose
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.claim import Claim, Disposition
from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.smtp.stages import Stage

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLAIM = Claim(
    queue_id=1, email_id=1, stored_id=1, attempt_id=1, recipient="a@b.org", owner="me", epoch=1,
    attempts_count=0, schedule_step=0, schedule_started_at=NOW, expires_at=None,
    envelope_from=None, size=10, unknown_outcomes=0,
)  # fmt: skip
UNKNOWN = replace(CLAIM, unknown_outcomes=1)


def disposed(claim: Claim, outcome: Outcome, now: datetime, elsewhere: bool = False) -> Disposition:
    return dispose(
        claim, outcome, DeliveryOptions(), now, lambda: 0.5, elsewhere=elsewhere, provider_id=1
    )


@pytest.mark.parametrize(
    ("claim", "kind", "status", "wait", "uses_attempt", "bound"),
    [
        (CLAIM, OutcomeKind.ACCEPTED, None, None, True, False),
        (CLAIM, OutcomeKind.FAILED, QueueStatus.FAILED, None, True, False),
        (CLAIM, OutcomeKind.DEFERRED, QueueStatus.DEFERRED, timedelta(minutes=1), True, False),
        (UNKNOWN, OutcomeKind.DEFERRED, QueueStatus.DEFERRED, timedelta(minutes=1), True, True),
        (CLAIM, OutcomeKind.PROVIDER_FAULT, QueueStatus.QUEUED, timedelta(0), False, False),
        (UNKNOWN, OutcomeKind.PROVIDER_FAULT, QueueStatus.UNCERTAIN, timedelta(0), False, True),
        (CLAIM, OutcomeKind.UNCERTAIN, QueueStatus.UNCERTAIN, UNCERTAIN_DELAY, True, True),
        (UNKNOWN, OutcomeKind.UNCERTAIN, QueueStatus.HELD, None, True, False),
    ],
)
def test_each_outcome_leads_to_its_status_and_date(
    claim: Claim,
    kind: OutcomeKind,
    status: QueueStatus | None,
    wait: timedelta | None,
    uses_attempt: bool,
    bound: bool,
) -> None:
    outcome = Outcome(kind, Stage.END_OF_DATA, "because")
    made = disposed(claim, outcome, NOW)
    assert made.status is status
    assert made.next_attempt_date == (None if wait is None else NOW + wait)
    assert made.uses_attempt is uses_attempt
    assert made.bind_provider is bound
    assert "because" in made.reason


def test_mail_is_never_tried_after_it_expired() -> None:
    outcome = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "later")
    soon = replace(CLAIM, expires_at=NOW + timedelta(seconds=10))
    made = disposed(soon, outcome, NOW)
    assert made.next_attempt_date == soon.expires_at
    made = disposed(soon, outcome, NOW + timedelta(seconds=10))
    assert made.status is QueueStatus.FAILED


def test_a_failure_of_the_provider_is_for_the_next_one_and_uses_no_attempt() -> None:
    down = Outcome(OutcomeKind.DEFERRED, Stage.CONNECT, "down", scope=Scope.PROVIDER)
    made = disposed(replace(CLAIM, avoid=frozenset({7})), down, NOW, elsewhere=True)
    assert (made.status, made.next_attempt_date) == (QueueStatus.QUEUED, NOW)
    assert (made.avoid, made.uses_attempt) == (frozenset({1, 7}), False)
    last = disposed(replace(CLAIM, avoid=frozenset({7})), down, NOW)
    assert (last.status, last.avoid, last.uses_attempt) == (QueueStatus.DEFERRED, frozenset(), True)


@pytest.mark.parametrize(("claim", "scope"), [(UNKNOWN, Scope.PROVIDER), (CLAIM, Scope.MESSAGE)])
def test_possible_duplicates_and_greylisting_never_go_to_another_provider(
    claim: Claim, scope: Scope
) -> None:
    outcome = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "later", scope=scope)
    made = disposed(claim, outcome, NOW, elsewhere=True)
    assert (made.status, made.avoid) == (QueueStatus.DEFERRED, frozenset())
    assert made.bind_provider is claim.possible_duplicate


def test_without_a_network_no_attempt_is_used() -> None:
    outcome = Outcome(OutcomeKind.DEFERRED, Stage.DNS, "no answer", scope=Scope.NETWORK)
    made = disposed(CLAIM, outcome, NOW, elsewhere=True)
    assert (made.status, made.uses_attempt) == (QueueStatus.DEFERRED, False)
    assert made.next_attempt_date == NOW + timedelta(seconds=30)


def test_a_recipient_too_many_is_sent_at_once_in_the_next_transaction() -> None:
    outcome = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "too many", scope=Scope.TRANSACTION)
    made = disposed(CLAIM, outcome, NOW)
    assert (made.status, made.next_attempt_date) == (QueueStatus.QUEUED, NOW)
    assert not made.uses_attempt


# When the time is over -------------------------------------------------------------------------

LATER = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "451 4.7.1 later")
OURS = Outcome(OutcomeKind.PROVIDER_FAULT, Stage.AUTH, "535 5.7.8 bad", scope=Scope.PROVIDER)
OFFLINE = Outcome(OutcomeKind.DEFERRED, Stage.DNS, "no answer", scope=Scope.NETWORK)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize("claim", [CLAIM, UNKNOWN])
@pytest.mark.parametrize("outcome", [LATER, OURS, OFFLINE], ids=lambda outcome: outcome.reason)
def test_mail_past_the_expiry_its_author_gave_it_is_given_up(
    claim: Claim, outcome: Outcome
) -> None:
    limited = replace(claim, expires_at=NOW)
    before = disposed(limited, outcome, NOW - MOMENT)
    assert before.status is not QueueStatus.FAILED
    assert before.next_attempt_date is not None
    assert before.next_attempt_date <= NOW  # so that the last attempt falls on it
    over = disposed(limited, outcome, NOW)
    assert (over.status, over.next_attempt_date) == (QueueStatus.FAILED, None)
    assert over.reason == f"Given up, the time it was to be sent in is over. {outcome.reason}"


def test_after_days_of_trying_it_is_given_up_and_the_last_failure_named() -> None:
    long_tried = replace(CLAIM, schedule_step=40, last_attempt_at=NOW + timedelta(days=4, hours=22))
    made = disposed(long_tried, LATER, NOW + timedelta(days=5))
    assert (made.status, made.next_attempt_date) == (QueueStatus.FAILED, None)
    assert made.reason == "Given up, it could not be sent within 5d. 451 4.7.1 later"


@pytest.mark.parametrize("outcome", [OURS, OFFLINE], ids=lambda outcome: outcome.reason)
def test_days_without_a_network_or_a_password_expire_nothing(outcome: Outcome) -> None:
    made = disposed(replace(CLAIM, last_attempt_at=NOW), outcome, NOW + timedelta(days=400))
    assert made.status in {QueueStatus.QUEUED, QueueStatus.DEFERRED}
    assert not made.uses_attempt


def test_mail_is_tried_once_more_when_the_computer_was_off_past_its_expiry() -> None:
    tried_before = replace(CLAIM, schedule_step=3, last_attempt_at=NOW)
    made = disposed(tried_before, LATER, NOW + timedelta(days=400))
    assert made.status is QueueStatus.DEFERRED


@pytest.mark.parametrize("kind", [OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN, OutcomeKind.FAILED])
def test_a_definite_outcome_goes_before_the_expiry(kind: OutcomeKind) -> None:
    """Accepted is accepted, and what may have arrived is not called given up."""
    outcome = Outcome(kind, Stage.END_OF_DATA, "because")
    assert disposed(replace(CLAIM, expires_at=NOW), outcome, NOW) == disposed(CLAIM, outcome, NOW)


def test_in_its_last_moment_it_still_goes_to_the_next_provider_and_the_next_transaction() -> None:
    over = replace(CLAIM, expires_at=NOW)
    down = replace(LATER, scope=Scope.PROVIDER)
    assert disposed(over, down, NOW, elsewhere=True).status is QueueStatus.QUEUED
    assert disposed(over, down, NOW).status is QueueStatus.FAILED
    too_many = replace(LATER, scope=Scope.TRANSACTION)
    assert disposed(over, too_many, NOW).status is QueueStatus.QUEUED


def test_never_duplicate_holds_at_the_first_unknown_outcome() -> None:
    outcome = Outcome(OutcomeKind.UNCERTAIN, Stage.END_OF_DATA, "because")
    options = DeliveryOptions(never_duplicate=True)
    made = dispose(CLAIM, outcome, options, NOW, lambda: 0.5, elsewhere=True, provider_id=1)
    assert (made.status, made.next_attempt_date) == (QueueStatus.HELD, None)
