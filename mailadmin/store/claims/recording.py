"""Records outcomes: the attempt, the email's new state and the Log, a batch per statement."""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mailadmin.domain.claim import Recording
from mailadmin.domain.log import LogStatus
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text
from mailadmin.store.base.json_rows import as_json, batch
from mailadmin.store.providers import PROVIDER_GONE


class _Recorded(NamedTuple):
    """What became of one claim, and what the email is from now on."""

    attempt_id: int
    queue_id: int
    epoch: int
    outcome: OutcomeKind
    leaves: bool  # the queue
    log_status: LogStatus
    reason: str
    binds: bool  # the email to its provider
    status: QueueStatus | None  # None: it leaves
    next_attempt_at: str | None
    uses_attempt: bool
    avoid: str


class _Reply(NamedTuple):
    """What an attempt came to, as its history keeps it."""

    attempt_id: int
    stage: str
    outcome: OutcomeKind
    reason: str
    code: int | None
    enhanced: str
    text: str


_RECORDED = batch("r", "recordings", _Recorded)

# An outcome counts for the email as long as its attempt is the email's newest one and either still
# open or of unknown outcome: what is known, late, is better than what is not. After a crash the
# email may have been changed by a person meanwhile: then only an acceptance still counts, because
# it must not be sent again.
_LIVE = """
    FROM r
        CROSS JOIN queue AS q ON q.id = r.queue_id
        CROSS JOIN attempt AS a ON a.id = r.attempt_id
    WHERE q.attempt_id = a.id AND q.epoch = r.epoch
        AND (q.status = 'IN PROGRESS' AND q.deleted_at IS NULL
            OR a.outcome = 'uncertain' AND r.outcome <> 'uncertain'
                AND (r.leaves OR q.status = 'UNCERTAIN' AND q.deleted_at IS NULL))"""

# Bound to its provider, which was deleted meanwhile: no other one may send it a second time.
_LOST = "(r.binds AND a.provider_id IS NULL)"
_REASON = f"iif({_LOST}, r.reason || ' ' || :gone, r.reason)"

# Bound for what this attempt came to, or since it was queued for one provider.
_BOUND = "iif(r.binds, a.provider_id, iif(q.unknown_outcomes = 0, q.provider_id, NULL))"

# Materialized, so that the batch is read first and each row is then found by its key.
_LOG = f"""
    WITH {_RECORDED}, live AS MATERIALIZED (
        SELECT coalesce(q.resend_of, q.id) AS id, r.log_status AS status, {_REASON} AS reason,
            iif(r.leaves, NULL, q.id) AS queue_id {_LIVE})
    UPDATE journal SET status = live.status, reason = live.reason, queue_id = live.queue_id
    FROM live WHERE journal.id = live.id"""

_LEAVE = f"""
    WITH {_RECORDED}
    DELETE FROM queue WHERE id IN (SELECT q.id {_LIVE} AND r.leaves) RETURNING attempt_id"""

_STAY = f"""
    WITH {_RECORDED}, live AS MATERIALIZED (
        SELECT q.id, iif({_LOST}, 'HELD', r.status) AS status,
            iif({_LOST}, NULL, r.next_attempt_at) AS next_attempt_at, {_REASON} AS reason,
            r.uses_attempt AS used, r.outcome = 'uncertain' AS unknown,
            a.outcome IS 'uncertain' AS late,
            {_BOUND} AS provider_id,
            r.avoid {_LIVE} AND NOT r.leaves)
    UPDATE queue SET status = live.status, next_attempt_at = live.next_attempt_at,
        reason = live.reason, attempts_count = max(0, attempts_count + live.used - live.late),
        schedule_step = max(0, schedule_step + live.used - live.late),
        unknown_outcomes = unknown_outcomes + live.unknown - live.late,
        owner = NULL, lease_until = NULL, provider_id = live.provider_id, avoid = live.avoid
    FROM live WHERE queue.id = live.id
    RETURNING attempt_id"""

_HISTORY = f"""
    WITH {batch("r", "replies", _Reply)}
    UPDATE attempt SET finished_at = :now, stage = r.stage, outcome = r.outcome,
        reason = r.reason, reply_code = r.code, enhanced_code = r.enhanced, reply_text = r.text
    FROM r WHERE attempt.id = r.attempt_id
        AND (attempt.outcome IS NULL OR attempt.outcome = 'uncertain')"""


def record(
    database: Database, recordings: Sequence[Recording], now: datetime | None
) -> frozenset[int]:
    """Commit outcomes; gives the IDs of the attempts whose email they still counted for."""
    if not recordings:
        return frozenset()
    moment = to_text(now or datetime.now(UTC))
    rows = [_recorded(recording) for recording in recordings]
    bindings = {"recordings": as_json(rows), "gone": PROVIDER_GONE}
    leaving = sum(row.leaves for row in rows)
    live: list[Any] = []
    with database.write(Topic.QUEUE, Topic.LOG):
        database.sql(_LOG, bindings)
        if leaving:
            live += database.sql(_LEAVE, bindings)
        if leaving < len(rows):
            live += database.sql(_STAY, bindings)
        replies = as_json([_reply(recording) for recording in recordings])
        database.sql(_HISTORY, {"now": moment, "replies": replies})
    return frozenset(attempt_id for (attempt_id,) in live)


def _recorded(recording: Recording) -> _Recorded:
    claim, disposition = recording.claim, recording.disposition
    kind = recording.outcome.kind
    after = disposition.next_attempt_date
    return _Recorded(
        claim.attempt_id,
        claim.queue_id,
        claim.epoch,
        kind,
        disposition.status is None,
        LogStatus.SUCCESS if kind is OutcomeKind.ACCEPTED else LogStatus.FAIL,
        disposition.reason,
        disposition.bind_provider,
        disposition.status,
        None if after is None else to_text(after),
        disposition.uses_attempt,
        avoid_text(disposition.avoid),
    )


def _reply(recording: Recording) -> _Reply:
    outcome, reply = recording.outcome, recording.outcome.reply
    code, enhanced, text = (
        (None, "", "") if reply is None else (reply.code, reply.enhanced, reply.text)
    )
    return _Reply(
        recording.claim.attempt_id,
        outcome.stage,
        outcome.kind,
        outcome.reason,
        code,
        enhanced,
        text,
    )


def avoid_text(providers: frozenset[int]) -> str:
    """Provider IDs as the queue keeps them: `,3,5,`, "" for none."""
    return f",{','.join(map(str, sorted(providers)))}," if providers else ""
