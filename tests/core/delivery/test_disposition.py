"""What becomes of an email after each kind of outcome: a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.core.delivery.disposition import UNCERTAIN_DELAY, dispose
from mailadmin.core.delivery.options import DeliveryOptions
from mailadmin.core.domain import Outcome, OutcomeKind, QueueStatus, Stage
from mailadmin.core.sending import Claim

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLAIM = Claim(
    queue_id=1, email_id=1, message_id=1, attempt_id=1, recipient="a@b.org", owner="me", epoch=1,
    attempts_count=0, schedule_step=0, schedule_started_at=NOW, expires_at=None,
    envelope_from=None, size=10, unknown_outcomes=0,
)  # fmt: skip
UNKNOWN = replace(CLAIM, unknown_outcomes=1)


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
def test_each_outcome(
    claim: Claim,
    kind: OutcomeKind,
    status: QueueStatus | None,
    wait: timedelta | None,
    uses_attempt: bool,
    bound: bool,
) -> None:
    outcome = Outcome(kind, Stage.END_OF_DATA, "because")
    made = dispose(claim, outcome, DeliveryOptions(), NOW, lambda: 0.5)
    assert made.status is status
    assert made.next_attempt_date == (None if wait is None else NOW + wait)
    assert made.uses_attempt is uses_attempt
    assert made.bind_provider is bound
    assert "because" in made.reason


def test_mail_is_never_tried_after_it_expired() -> None:
    outcome = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "later")
    soon = replace(CLAIM, expires_at=NOW + timedelta(seconds=10))
    made = dispose(soon, outcome, DeliveryOptions(), NOW, lambda: 0.5)
    assert made.next_attempt_date == soon.expires_at
    made = dispose(soon, outcome, DeliveryOptions(), NOW + timedelta(seconds=10), lambda: 0.5)
    assert made.status is QueueStatus.FAILED
