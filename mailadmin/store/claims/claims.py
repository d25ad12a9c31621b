"""What the sender does to the queue: claim, point of no return, record, give back, recover.

Every step is conditional on the claim's owner and epoch, so a sender that was suspended past the
end of its lease can neither send nor overwrite what another one did since.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from mailadmin.domain.claim import Claim, Claimed, ClaimRequest, Disposition, Recording
from mailadmin.domain.outcome import Outcome, OutcomeKind, Stage
from mailadmin.domain.provider import Limit, StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text
from mailadmin.store.base.json_rows import as_json
from mailadmin.store.claims import statements
from mailadmin.store.claims.limits import Limits
from mailadmin.store.claims.recording import record
from mailadmin.store.claims.selection import FIRST, QUEUE_ID, claim_of, due, select
from mailadmin.store.providers import PROVIDER_GONE, Providers

INTERRUPTED = "Sending was interrupted before the message could have been sent."
_UNKNOWN = "Sending was interrupted when the message may have been sent."
REPEATED = "Sending was interrupted. It is repeated, which comes to no second message."


class Claims:
    """The sender's side of the queue."""

    def __init__(self, database: Database, limits: Limits, providers: Providers) -> None:
        self._database = database
        self._limits = limits
        self._providers = providers

    def together(self) -> AbstractContextManager[None]:
        """One transaction for all that is done inside; subscribers hear of it once, at its end."""
        return self._database.write()

    def claim(
        self, owner: str, request: ClaimRequest, *, lease: float, now: datetime | None = None
    ) -> Claimed:
        """Take due email for a provider, each with an attempt and a Log row.

        `lease` is for how many seconds the claims are valid unless renewed. In the order of
        priority, due time and ID; where first attempts and retries wait, they share the places.
        """
        now = now or datetime.now(UTC)
        if not self._database.in_transaction:
            # Looked up without the write lock, so that an idle sender never takes it.
            rows, held_back = self._select(request, now)
            if not rows:
                return Claimed((), *self._wait(request, held_back, now))
        with self._database.write():
            rows, held_back = self._select(request, now)
            claims = self._take(rows, owner, request.provider, lease, now) if rows else ()
            return Claimed(claims, *self._wait(request, held_back, now))

    def _select(self, request: ClaimRequest, now: datetime) -> tuple[list[Any], bool]:
        return select(self._database, self._limits, request, now)

    def _wait(
        self, request: ClaimRequest, held_back: bool, now: datetime
    ) -> tuple[datetime | None, Limit | None]:
        use = self._limits.blocking(request.provider, now) if held_back else None
        return (None, None) if use is None else (use.free_at, use.limit)

    def _take(
        self, rows: Sequence[Any], owner: str, provider: StoredProvider, lease: float, now: datetime
    ) -> tuple[Claim, ...]:
        database = self._database
        batch = {
            "ids": json.dumps([row[QUEUE_ID] for row in rows]),
            "now": to_text(now),
            "until": to_text(now + timedelta(seconds=lease)),
            "owner": owner,
            "provider": provider.id,
            "caption": provider.caption,
        }
        with database.write(Topic.QUEUE, Topic.LOG):
            database.sql(statements.LOG, batch)
            attempts = dict(database.sql(statements.ATTEMPT, batch))
            batch["attempts"] = json.dumps(attempts)
            database.sql(statements.TAKE, batch)
        return tuple(claim_of(row[FIRST:], owner, attempts[row[QUEUE_ID]]) for row in rows)

    def pass_points(
        self, claims: Sequence[Claim], *, now: datetime | None = None
    ) -> frozenset[int]:
        """Commit that the final dot may be sent; gives the attempt IDs for which it may.

        The others are stale: nothing must be sent for them.
        """
        if not claims:
            return frozenset()
        batch = {"claims": _json(claims), "now": to_text(now or datetime.now(UTC))}
        with self._database.write():
            live = self._database.sql(statements.PASS, batch)
        return frozenset(attempt_id for (attempt_id,) in live)

    def record_all(
        self, recordings: Sequence[Recording], *, now: datetime | None = None
    ) -> frozenset[int]:
        """Commit outcomes and the emails' new states in one transaction.

        Gives the attempt IDs that were recorded on their email. An attempt of a stale claim is
        completed in the history alone, and the email is left to the sender that holds it.
        """
        return record(self._database, recordings, now)

    def give_back_all(
        self,
        claims: Sequence[Claim],
        reason: str = INTERRUPTED,
        *,
        now: datetime | None = None,
    ) -> frozenset[int]:
        """Return email that was claimed and can't have been sent; no attempt is used.

        Gives the attempt IDs whose email went back; the others were stale.
        """
        if not claims:
            return frozenset()
        batch = {
            "claims": _json(claims),
            "now": to_text(now or datetime.now(UTC)),
            "reason": reason,
            "gone": PROVIDER_GONE,
        }
        with self._database.write(Topic.QUEUE, Topic.LOG):
            self._database.sql(statements.RETURN_LOG, batch)
            live = self._database.sql(statements.RETURN, batch)
            self._database.sql(statements.RETURN_ATTEMPT, batch)
        return frozenset(attempt_id for (attempt_id,) in live)

    def forget_avoided(self, older_than: float, *, now: datetime | None = None) -> int:
        """Let any provider have email again that has been due for `older_than` seconds.

        All that might have sent it instead have gone away. Gives the number of rows.
        """
        before = to_text((now or datetime.now(UTC)) - timedelta(seconds=older_than))
        if not self._database.sql(statements.AVOIDED, {"before": before})[0][0]:
            return 0
        with self._database.write():
            return len(self._database.sql(statements.FORGET_AVOIDED, {"before": before}))

    def postpone(
        self,
        provider: StoredProvider,
        first: datetime,
        limit: Limit,
        reason: str,
        *,
        at_most: int = 5000,
        now: datetime | None = None,
    ) -> int:
        """Show on due email when a limit will let it through; gives the number of rows.

        From `first` on `limit.count` at a time, in the order of claims; no attempt is used.
        """
        now = now or datetime.now(UTC)
        with self._database.write():
            rows = due(self._database, ClaimRequest(provider, at_most), at_most, now)
            if not rows:
                return 0
            turns = range(-(-len(rows) // limit.count))
            times = [to_text(first + timedelta(seconds=turn * limit.seconds)) for turn in turns]
            of_each = {row[QUEUE_ID]: times[k // limit.count] for k, row in enumerate(rows)}
            with self._database.write(Topic.QUEUE):
                self._database.sql(
                    statements.POSTPONE, {"times": json.dumps(of_each), "reason": reason}
                )
        return len(rows)

    def renew(self, owner: str, lease: float, *, now: datetime | None = None) -> int:
        """Extend all claims of `owner` by `lease` seconds from now; gives their number."""
        until = (now or datetime.now(UTC)) + timedelta(seconds=lease)
        with self._database.write():
            renewed = self._database.sql(
                statements.RENEW, {"owner": owner, "until": to_text(until)}
            )
        return len(renewed)

    def recover(
        self,
        is_gone: Callable[[str], bool],
        uncertain: Callable[[int, datetime], Disposition],
        *,
        now: datetime | None = None,
    ) -> int:
        """Settle the claims whose lease ended or whose owner is gone; gives their number.

        Before the point of no return nothing can have been sent: back to QUEUED, no attempt used.
        After it the outcome is unknown: `uncertain(unknown outcomes so far, now)` says what then,
        unless the provider is one of `Providers.repeatable`: then its attempt is repeated by it.
        """
        now = now or datetime.now(UTC)
        moment = to_text(now)
        owners = self._database.sql(statements.IN_FLIGHT)
        gone = [owner for owner, _ in owners if is_gone(owner)]
        if not gone and all(until >= moment for _, until in owners):
            return 0
        with self._database.write(Topic.QUEUE, Topic.LOG):
            lost = self._database.sql(
                statements.ABANDONED, {"now": moment, "gone": json.dumps(gone)}
            )
            outcome = Outcome(OutcomeKind.UNCERTAIN, Stage.HANDED_OVER, _UNKNOWN)
            repeatable = self._providers.repeatable() if lost else frozenset()
            passed: list[Recording] = []
            unsent: list[Claim] = []
            for *row, owner, attempt_id, was_passed, provider_id in lost:
                claim = claim_of(row, owner, attempt_id)
                if was_passed and provider_id in repeatable:
                    passed.append(repeated(claim, now))
                elif was_passed:
                    disposition = uncertain(claim.unknown_outcomes, now)
                    passed.append(Recording(claim, outcome, disposition))
                else:
                    unsent.append(claim)
            self.record_all(passed, now=now)
            self.give_back_all(unsent, now=now)
        return len(lost)


def repeated(claim: Claim, now: datetime) -> Recording:
    """An attempt that was broken off and is made once more, by the same provider."""
    return Recording(
        claim,
        Outcome(OutcomeKind.DEFERRED, Stage.HANDED_OVER, REPEATED),
        Disposition(QueueStatus.QUEUED, now, REPEATED, uses_attempt=False, bind_provider=True),
    )


def _json(claims: Sequence[Claim]) -> str:
    return as_json(
        [statements.ClaimKey(c.attempt_id, c.queue_id, c.epoch, c.owner) for c in claims]
    )
