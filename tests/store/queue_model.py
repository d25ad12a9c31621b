"""The queue as plain Python: what the store's SQL must do, a row at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest

from mailadmin.domain.claim import Claim, Recording
from mailadmin.domain.log import LogStatus
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus

WAITING = {QueueStatus.QUEUED, QueueStatus.DEFERRED, QueueStatus.UNCERTAIN}


@dataclass
class Mail:
    """A row of the queue."""

    id: int
    email: int
    priority: int
    due: datetime | None
    status: QueueStatus = QueueStatus.QUEUED
    attempts: int = 0
    step: int = 0
    unknown: int = 0
    bound: int | None = None
    avoid: frozenset[int] = frozenset()
    attempt: int | None = None
    epoch: int = 0
    owner: str | None = None
    lease: datetime | None = None
    deleted: bool = False
    replaced: frozenset[int] = frozenset()  # the changes that queued its email again


@dataclass
class Try:
    """An attempt."""

    mail: int
    provider: int
    flagged: bool  # as a possible duplicate
    passed: bool = False
    outcome: OutcomeKind | None = None
    accepted: bool = False  # by the server, whoever knows of it


@dataclass
class QueueModel:
    """All of it, and what the senders' side may do to it."""

    mails: dict[int, Mail] = field(default_factory=dict)
    tries: dict[int, Try] = field(default_factory=dict)
    log: dict[int, tuple[LogStatus, int | None]] = field(default_factory=dict)

    def due(
        self, provider: int, limit: int, instead_of: frozenset[int], now: datetime
    ) -> list[Mail]:
        """What a claim must give, in its order."""
        chosen: list[Mail] = []
        able = [mail for mail in self.mails.values() if _may(mail, provider, instead_of, now)]
        retries_first = limit == 1 and max(self.tries, default=0) % 2 == 1
        for priority in sorted({mail.priority for mail in able}):
            same = sorted(
                (mail for mail in able if mail.priority == priority), key=lambda m: (m.due, m.id)
            )
            new = [mail for mail in same if mail.step == 0]
            old = [mail for mail in same if mail.step > 0]
            pairs = zip_longest(old, new) if retries_first else zip_longest(new, old)
            turns = [mail for pair in pairs for mail in pair if mail is not None]
            chosen += turns[: limit - len(chosen)]
        return sorted(chosen, key=lambda m: (m.priority, m.due, m.id))

    def claim(self, claim: Claim, provider: int, now: datetime, lease: timedelta) -> None:
        """Note a claim that the store made."""
        mail = self.mails[claim.queue_id]
        assert claim.attempt_id > max(self.tries, default=0)
        mail.status, mail.due = QueueStatus.IN_PROGRESS, None
        mail.owner, mail.epoch, mail.attempt = claim.owner, mail.epoch + 1, claim.attempt_id
        mail.lease = now + lease
        self.tries[claim.attempt_id] = Try(mail.id, provider, mail.unknown > 0)
        self.log[mail.email] = (LogStatus.IN_PROGRESS, mail.id)

    def live(self, claim: Claim) -> bool:
        """Whether a claim may still send."""
        mail = self.mails.get(claim.queue_id)
        return (
            mail is not None
            and mail.attempt == claim.attempt_id
            and mail.status is QueueStatus.IN_PROGRESS
            and not mail.deleted
        )

    def pass_points(self, claims: Iterable[Claim]) -> set[int]:
        """The attempts that may send."""
        passed = {claim.attempt_id for claim in claims if self.live(claim)}
        for attempt in passed:
            self.tries[attempt].passed = True
        return passed

    def record(self, recordings: Sequence[Recording]) -> set[int]:
        """The attempts whose outcome counted for their email."""
        return {r.claim.attempt_id for r in recordings if self._record(r)}

    def _record(self, recording: Recording) -> bool:
        claim, to = recording.claim, recording.disposition
        kind = recording.outcome.kind
        mail = self.mails.get(claim.queue_id)
        attempt = self.tries[claim.attempt_id]
        late = attempt.outcome is OutcomeKind.UNCERTAIN
        counts = self.live(claim)
        if late and mail is not None and mail.attempt == claim.attempt_id:
            uncertain = mail.status is QueueStatus.UNCERTAIN and not mail.deleted
            counts = kind is not OutcomeKind.UNCERTAIN and (to.status is None or uncertain)
        if attempt.outcome in (None, OutcomeKind.UNCERTAIN):
            attempt.outcome = kind
        if mail is None or not counts:
            return False
        if to.status is None:
            del self.mails[mail.id]
            self.log[mail.email] = (LogStatus.SUCCESS, None)
            return True
        mail.status, mail.due = to.status, to.next_attempt_date
        mail.attempts = max(0, mail.attempts + to.uses_attempt - late)
        mail.step = max(0, mail.step + to.uses_attempt - late)
        mail.unknown += (kind is OutcomeKind.UNCERTAIN) - late
        mail.bound = attempt.provider if to.bind_provider else None
        mail.avoid, mail.owner = to.avoid, None
        self.log[mail.email] = (LogStatus.FAIL, mail.id)
        return True

    def give_back(self, claims: Iterable[Claim], now: datetime) -> set[int]:
        """The attempts whose email went back."""
        back = [claim for claim in claims if self.live(claim)]
        for claim in back:
            mail = self.mails[claim.queue_id]
            mail.status = QueueStatus.UNCERTAIN if mail.unknown else QueueStatus.QUEUED
            mail.due, mail.owner = now, None
            if mail.unknown and mail.bound is None:
                mail.status, mail.due = QueueStatus.HELD, None
            self.log[mail.email] = (LogStatus.FAIL, mail.id)
        return {claim.attempt_id for claim in back}


def _may(mail: Mail, provider: int, instead_of: frozenset[int], now: datetime) -> bool:
    if mail.deleted or mail.due is None or mail.due > now:
        return False
    if mail.bound is not None:
        return mail.bound == provider
    return provider not in mail.avoid and instead_of <= mail.avoid
