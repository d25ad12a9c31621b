"""Log entries and attempts: what became of each email."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailadmin.domain.outcome import OutcomeKind


class LogStatus(StrEnum):
    """State of the last attempt of one email."""

    IN_PROGRESS = "IN PROGRESS"
    FAIL = "FAIL"
    SUCCESS = "SUCCESS"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One email that was attempted at least once: a row of the Log."""

    id: int
    active_queue_id: int | None  # None once it left the queue
    stored_id: int
    email: str
    subject: str
    attempt_date: datetime
    status: LogStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send one email, whatever became of it."""

    id: int
    email_id: int
    queue_id: int
    number: int
    provider_id: int | None
    provider_caption: str
    started_at: datetime
    finished_at: datetime | None
    point_of_no_return_at: datetime | None
    stage: str | None  # the driver's own word
    outcome: OutcomeKind | None  # None while it runs or when its owner died before the dot
    reason: str
    reply_text: str  # verbatim
    possible_duplicate: bool

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, None while it runs."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()
