"""What the sender does to the queue: claim, point of no return, record, recover.

Every step is conditional on the claim's owner and epoch, so a sender that was suspended past the
end of its lease can neither send nor overwrite what another one did since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import peewee

from mailadmin.core.domain import (
    LogStatus,
    Outcome,
    OutcomeKind,
    Provider,
    QueueStatus,
    Stage,
    Topic,
)
from mailadmin.core.sending import Claim, Disposition
from mailadmin.store.database import Database
from mailadmin.store.providers import PROVIDER_GONE
from mailadmin.store.schema import AttemptRow, JournalRow, MessageRow, QueueRow

_LOG_STATUS = {OutcomeKind.ACCEPTED: LogStatus.SUCCESS}

INTERRUPTED = "Sending was interrupted before the message could have been sent."


class Claims:
    """The sender's side of the outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self,
        owner: str,
        provider: Provider,
        limit: int,
        *,
        lease: float,
        bound_only: bool = False,
        now: datetime | None = None,
    ) -> list[Claim]:
        """Take up to `limit` due emails for `provider`, each with an attempt and a Log row.

        `lease` is for how many seconds the claims are valid unless renewed. In the order of
        priority, due time and ID. Email bound to another provider is left to that one; with
        `bound_only` all that is not bound to this one.
        """
        now = now or datetime.now(UTC)
        which = _due(provider, bound_only, now)
        # Looked up without the write lock, so that an idle sender never takes it.
        if not self._database.fetch(QueueRow.select(QueueRow.id).where(*which).limit(1).tuples()):
            return []
        with self._database.write(Topic.QUEUE, Topic.LOG):
            due = self._database.fetch(
                QueueRow.select(QueueRow, MessageRow)
                .join(MessageRow)
                .where(*which)
                .order_by(QueueRow.priority, QueueRow.next_attempt_at, QueueRow.id)
                .limit(limit)
            )
            return [self._claim(row, owner, provider, lease, now) for row in due]

    def _claim(
        self, row: Any, owner: str, provider: Provider, lease: float, now: datetime
    ) -> Claim:
        email_id = row.resend_of or row.id
        epoch = row.epoch + 1
        duplicate = row.unknown_outcomes > 0
        self._database.run(
            JournalRow.insert(
                id=email_id,
                queue_id=row.id,
                message=row.message_id,
                recipient=row.recipient,
                subject=row.subject,
                attempt_at=now,
                status=LogStatus.IN_PROGRESS,
                reason="",
            ).on_conflict(
                conflict_target=[JournalRow.id],
                preserve=[
                    JournalRow.queue_id,
                    JournalRow.attempt_at,
                    JournalRow.status,
                    JournalRow.reason,
                ],
            )
        )
        attempt_id = self._database.run(
            AttemptRow.insert(
                email=email_id,
                queue_id=row.id,
                number=self._attempts(email_id) + 1,
                provider=provider.id,
                provider_caption=provider.caption,
                owner=owner,
                epoch=epoch,
                started_at=now,
                reason="",
                enhanced_code="",
                reply_text="",
                possible_duplicate=duplicate,
            )
        )
        self._database.run(
            QueueRow.update(
                status=QueueStatus.IN_PROGRESS,
                owner=owner,
                epoch=epoch,
                lease_until=now + timedelta(seconds=lease),
                attempt_id=attempt_id,
                last_attempt_at=now,
                next_attempt_at=None,
                provider=provider.id,
            ).where(QueueRow.id == row.id)
        )
        return Claim(
            queue_id=row.id,
            email_id=email_id,
            message_id=row.message_id,
            attempt_id=int(attempt_id),
            recipient=row.recipient,
            owner=owner,
            epoch=epoch,
            attempts_count=row.attempts_count,
            schedule_step=row.schedule_step,
            schedule_started_at=row.schedule_started_at,
            expires_at=row.expires_at,
            envelope_from=row.message.envelope_from,
            size=row.message.size,
            unknown_outcomes=row.unknown_outcomes,
        )

    def _attempts(self, email_id: int) -> int:
        query = AttemptRow.select(peewee.fn.COUNT(AttemptRow.id)).where(
            AttemptRow.email == email_id
        )
        return int(self._database.first(query.tuples())[0])

    def renew(self, owner: str, lease: float, *, now: datetime | None = None) -> int:
        """Extend all claims of `owner` by `lease` seconds from now; gives their number."""
        until = (now or datetime.now(UTC)) + timedelta(seconds=lease)
        with self._database.write():
            return int(
                self._database.run(
                    QueueRow.update(lease_until=until).where(
                        QueueRow.status == QueueStatus.IN_PROGRESS, QueueRow.owner == owner
                    )
                )
            )

    def pass_point_of_no_return(self, claim: Claim, *, now: datetime | None = None) -> bool:
        """Commit that the final dot may be sent. False: the claim is stale, send nothing."""
        with self._database.write():
            if not self._holds(claim, sending=True):
                return False
            self._database.run(
                AttemptRow.update(point_of_no_return_at=now or datetime.now(UTC)).where(
                    AttemptRow.id == claim.attempt_id
                )
            )
        return True

    def record(
        self,
        claim: Claim,
        outcome: Outcome,
        disposition: Disposition,
        *,
        also: Callable[[], object] | None = None,
        now: datetime | None = None,
    ) -> bool:
        """Commit the outcome of an attempt and the email's new state in one transaction.

        `also` is done in the same transaction, whoever holds the email now. False if the claim is
        stale: the attempt is completed in the history, the email left to whoever holds it.
        """
        now = now or datetime.now(UTC)
        reply = outcome.reply
        with self._database.write(Topic.QUEUE, Topic.LOG):
            self._database.run(
                AttemptRow.update(
                    finished_at=now,
                    stage=outcome.stage,
                    outcome=outcome.kind,
                    reason=outcome.reason,
                    reply_code=None if reply is None else reply.code,
                    enhanced_code="" if reply is None else reply.enhanced,
                    reply_text="" if reply is None else reply.text,
                ).where(AttemptRow.id == claim.attempt_id)
            )
            if also is not None:
                also()
            if not self._holds(claim, sending=False):
                return False
            self._settle(claim, outcome.kind, disposition)
        return True

    def _settle(self, claim: Claim, kind: OutcomeKind, disposition: Disposition) -> None:
        row = QueueRow.id == claim.queue_id
        if disposition.bind_provider and self._unbound(claim):
            # Its provider was deleted meanwhile, and no other one may send it a second time.
            disposition = replace(
                disposition,
                status=QueueStatus.HELD,
                next_attempt_date=None,
                reason=f"{disposition.reason} {PROVIDER_GONE}",
            )
        if disposition.status is None:
            self._database.run(QueueRow.delete().where(row))
        else:
            used = int(disposition.uses_attempt)
            values: dict[str, Any] = {
                "status": disposition.status,
                "reason": disposition.reason,
                "next_attempt_at": disposition.next_attempt_date,
                "attempts_count": QueueRow.attempts_count + used,
                "schedule_step": QueueRow.schedule_step + used,
                "unknown_outcomes": QueueRow.unknown_outcomes + int(kind is OutcomeKind.UNCERTAIN),
                "owner": None,
                "lease_until": None,
            }
            if not disposition.bind_provider:
                values["provider"] = None
            self._database.run(QueueRow.update(**values).where(row))
        self._database.run(
            JournalRow.update(
                status=_LOG_STATUS.get(kind, LogStatus.FAIL),
                reason=disposition.reason,
                queue_id=None if disposition.status is None else claim.queue_id,
            ).where(JournalRow.id == claim.email_id)
        )

    def _unbound(self, claim: Claim) -> bool:
        query = QueueRow.select(QueueRow.provider).where(QueueRow.id == claim.queue_id)
        return bool(self._database.first(query.tuples()) == (None,))

    def _holds(self, claim: Claim, *, sending: bool) -> bool:
        """Whether the email's current attempt is this claim's; while `sending`, also its owner.

        A claim that was recovered as UNCERTAIN keeps its epoch until somebody claims it again: its
        definite outcome, arriving late, is better than an unknown one and may still be recorded.
        """
        condition = [
            QueueRow.id == claim.queue_id,
            QueueRow.epoch == claim.epoch,
            QueueRow.attempt_id == claim.attempt_id,
            QueueRow.deleted_at.is_null(),
        ]
        if sending:
            condition += [
                QueueRow.owner == claim.owner,
                QueueRow.status == QueueStatus.IN_PROGRESS,
            ]
        else:
            condition.append(QueueRow.status.in_((QueueStatus.IN_PROGRESS, QueueStatus.UNCERTAIN)))
        return self._database.first(QueueRow.select(QueueRow.id).where(*condition)) is not None

    def recover(
        self,
        is_gone: Callable[[str], bool],
        uncertain: Callable[[int, datetime], Disposition],
        *,
        now: datetime | None = None,
    ) -> int:
        """Settle the claims whose lease ended or whose owner is gone; gives their number.

        Before the point of no return nothing can have been sent: back to QUEUED, no attempt used.
        After it the outcome is unknown: `uncertain(unknown outcomes so far, now)` says what then.
        """
        now = now or datetime.now(UTC)
        held = QueueRow.status == QueueStatus.IN_PROGRESS
        claimed = self._database.fetch(
            QueueRow.select(QueueRow.id, QueueRow.owner, QueueRow.lease_until).where(held).tuples()
        )
        gone = {owner: is_gone(owner) for owner in {owner for _, owner, _ in claimed}}
        lost = [i for i, owner, until in claimed if until < now or gone[owner]]
        if not lost:
            return 0
        recovered = 0
        with self._database.write(Topic.QUEUE, Topic.LOG):
            for row_id in lost:
                row = self._database.first(QueueRow.select().where(QueueRow.id == row_id, held))
                if row is not None and (row.lease_until < now or gone.get(row.owner, False)):
                    self._recover(row, uncertain, now)
                    recovered += 1
        return recovered

    def _recover(
        self, row: Any, uncertain: Callable[[int, datetime], Disposition], now: datetime
    ) -> None:
        attempt = self._database.first(AttemptRow.select().where(AttemptRow.id == row.attempt_id))
        claim = Claim(
            queue_id=row.id,
            email_id=row.resend_of or row.id,
            message_id=row.message_id,
            attempt_id=row.attempt_id,
            recipient=row.recipient,
            owner=row.owner,
            epoch=row.epoch,
            attempts_count=row.attempts_count,
            schedule_step=row.schedule_step,
            schedule_started_at=row.schedule_started_at,
            expires_at=row.expires_at,
            envelope_from=None,
            size=0,
            unknown_outcomes=row.unknown_outcomes,
        )
        if attempt is not None and attempt.point_of_no_return_at is not None:
            disposition = uncertain(row.unknown_outcomes, now)
            outcome = Outcome(
                OutcomeKind.UNCERTAIN,
                Stage.END_OF_DATA,
                "Sending was interrupted when the message may have been sent.",
            )
            self.record(claim, outcome, disposition, now=now)
        else:
            self.give_back(claim, now=now)

    def give_back(self, claim: Claim, *, now: datetime | None = None) -> bool:
        """Return an email that was claimed and can't have been sent; no attempt is used."""
        now = now or datetime.now(UTC)
        with self._database.write(Topic.QUEUE, Topic.LOG):
            self._database.run(
                AttemptRow.update(finished_at=now, reason=INTERRUPTED).where(
                    AttemptRow.id == claim.attempt_id
                )
            )
            if not self._holds(claim, sending=True):
                return False
            status = QueueStatus.UNCERTAIN if claim.unknown_outcomes else QueueStatus.QUEUED
            self._settle(
                claim,
                OutcomeKind.DEFERRED,
                Disposition(
                    status,
                    now,
                    INTERRUPTED,
                    uses_attempt=False,
                    bind_provider=claim.unknown_outcomes > 0,
                ),
            )
        return True


def _due(provider: Provider, bound_only: bool, now: datetime) -> tuple[Any, ...]:
    bound = QueueRow.provider == provider.id
    return (
        QueueRow.deleted_at.is_null(),
        QueueRow.next_attempt_at.is_null(False),
        QueueRow.next_attempt_at <= now,
        bound if bound_only else QueueRow.provider.is_null() | bound,
    )
