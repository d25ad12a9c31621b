"""Queued email: one row for each recipient of a message that has not been sent yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailadmin.domain.errors import KnownError


class QueueStatus(StrEnum):
    """State of one recipient in the queue. A success leaves the queue, so it is not here."""

    QUEUED = "QUEUED"
    IN_PROGRESS = "IN PROGRESS"
    DEFERRED = "DEFERRED"
    UNCERTAIN = "UNCERTAIN"
    HELD = "HELD"
    FAILED = "FAILED"


class Resolution(StrEnum):
    """What an administrator decides about email of which nobody knows whether it arrived."""

    SENT = "sent"  # treat it as sent
    RESEND = "resend"  # send it again, as a possible duplicate


@dataclass(frozen=True, slots=True)
class QueuedEmail:
    """One recipient of one message that has not been sent yet: a row of the Queue."""

    id: int
    email_id: int  # its ID in the Log, the same over every resend
    stored_id: int  # the stored message
    email: str
    subject: str
    created_at: datetime
    last_attempt_date: datetime | None
    next_attempt_date: datetime | None
    attempts_count: int
    status: QueueStatus
    reason: str
    provider_id: int | None = None  # that alone may send it: by choice, or as it may have sent it
    possible_duplicate: bool = False  # an earlier attempt may have sent it


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of an action on many rows: those changed, and why others were not."""

    changed: tuple[int, ...]
    refused: dict[int, str] = field(default_factory=dict)  # row ID → one sentence
    undo: int | None = None  # what `Queue.undo` takes it back by; None: it can't be
    left: int = 0  # rows that were not reached, because it was cancelled or `trouble` came
    trouble: KnownError | None = None


@dataclass(frozen=True, slots=True)
class QueueSummary:
    """The queue in numbers, for the status bar and the tab."""

    counts: dict[QueueStatus, int]
    next_due: datetime | None  # earliest next attempt of a waiting email

    @property
    def total(self) -> int:
        """All unsent email."""
        return sum(self.counts.values())
