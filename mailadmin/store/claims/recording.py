"""Records outcomes: the attempt, the email's new state and the Log, a batch per statement."""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from mailadmin.domain.claim import Recording
from mailadmin.domain.log import LogStatus
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.topic import Topic
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text
from mailadmin.store.providers import PROVIDER_GONE

# :recordings is an array of arrays. An outcome counts for the email as long as its attempt is the
# email's newest one and either still open or of unknown outcome: what is known, late, is better
# than what is not. After a crash the email may have been changed by a person meanwhile: then only
# an acceptance still counts, because it must not be sent again.
_LIVE = """
    FROM jsonb_each(:recordings) AS r
        CROSS JOIN queue AS q ON q.id = r.value ->> 1
        CROSS JOIN attempt AS a ON a.id = r.value ->> 0
    WHERE q.attempt_id = a.id AND q.epoch = r.value ->> 2
        AND (q.status = 'IN PROGRESS' AND q.deleted_at IS NULL
            OR a.outcome = 'uncertain' AND r.value ->> 3 <> 'uncertain'
                AND (r.value ->> 4 OR q.status = 'UNCERTAIN' AND q.deleted_at IS NULL))"""

# Bound to its provider, which was deleted meanwhile: no other one may send it a second time.
_LOST = "(r.value ->> 7 AND a.provider_id IS NULL)"
_REASON = f"iif({_LOST}, r.value ->> 6 || ' ' || :gone, r.value ->> 6)"

# Bound for what this attempt came to, or since it was queued for one provider.
_BOUND = "iif(r.value ->> 7, a.provider_id, iif(q.unknown_outcomes = 0, q.provider_id, NULL))"

# Materialized, so that the batch is read first and each row is then found by its key.
_LOG = f"""
    WITH live AS MATERIALIZED (
        SELECT coalesce(q.resend_of, q.id) AS id, r.value ->> 5 AS status, {_REASON} AS reason,
            iif(r.value ->> 4, NULL, q.id) AS queue_id {_LIVE})
    UPDATE journal SET status = live.status, reason = live.reason, queue_id = live.queue_id
    FROM live WHERE journal.id = live.id"""

_LEAVE = f"""
    DELETE FROM queue WHERE id IN (SELECT q.id {_LIVE} AND r.value ->> 4) RETURNING attempt_id"""

_STAY = f"""
    WITH live AS MATERIALIZED (
        SELECT q.id, iif({_LOST}, 'HELD', r.value ->> 8) AS status,
            iif({_LOST}, NULL, r.value ->> 9) AS next_attempt_at, {_REASON} AS reason,
            r.value ->> 10 AS used, r.value ->> 3 = 'uncertain' AS unknown,
            a.outcome IS 'uncertain' AS late,
            {_BOUND} AS provider_id,
            r.value ->> 11 AS avoid {_LIVE} AND NOT r.value ->> 4)
    UPDATE queue SET status = live.status, next_attempt_at = live.next_attempt_at,
        reason = live.reason, attempts_count = max(0, attempts_count + live.used - live.late),
        schedule_step = max(0, schedule_step + live.used - live.late),
        unknown_outcomes = unknown_outcomes + live.unknown - live.late,
        owner = NULL, lease_until = NULL, provider_id = live.provider_id, avoid = live.avoid
    FROM live WHERE queue.id = live.id
    RETURNING attempt_id"""

# :replies is an array of [attempt ID, stage, kind, reason, code, enhanced code, text].
_HISTORY = """
    UPDATE attempt SET finished_at = :now, stage = r.value ->> 1, outcome = r.value ->> 2,
        reason = r.value ->> 3, reply_code = r.value ->> 4, enhanced_code = r.value ->> 5,
        reply_text = r.value ->> 6
    FROM jsonb_each(:replies) AS r
    WHERE attempt.id = r.value ->> 0 AND (outcome IS NULL OR outcome = 'uncertain')"""


def record(
    database: Database, recordings: Sequence[Recording], now: datetime | None
) -> frozenset[int]:
    """Commit outcomes; gives the IDs of the attempts whose email they still counted for."""
    if not recordings:
        return frozenset()
    moment = to_text(now or datetime.now(UTC))
    rows = [_row(recording) for recording in recordings]
    batch = {"recordings": _json(rows), "gone": PROVIDER_GONE}
    leaving = sum(row[4] for row in rows)
    live: list[Any] = []
    with database.write(Topic.QUEUE, Topic.LOG):
        database.sql(_LOG, batch)
        if leaving:
            live += database.sql(_LEAVE, batch)
        if leaving < len(rows):
            live += database.sql(_STAY, batch)
        replies = _json([_reply(recording) for recording in recordings])
        database.sql(_HISTORY, {"now": moment, "replies": replies})
    return frozenset(attempt_id for (attempt_id,) in live)


def _row(recording: Recording) -> list[Any]:
    claim, disposition = recording.claim, recording.disposition
    kind = recording.outcome.kind
    leaves = disposition.status is None
    after = disposition.next_attempt_date
    return [
        claim.attempt_id,
        claim.queue_id,
        claim.epoch,
        kind,
        leaves,
        LogStatus.SUCCESS if kind is OutcomeKind.ACCEPTED else LogStatus.FAIL,
        disposition.reason,
        disposition.bind_provider,
        disposition.status,
        None if after is None else to_text(after),
        disposition.uses_attempt,
        avoid_text(disposition.avoid),
    ]


def _reply(recording: Recording) -> list[Any]:
    outcome = recording.outcome
    reply = outcome.reply
    if reply is None:
        return [
            recording.claim.attempt_id,
            outcome.stage,
            outcome.kind,
            outcome.reason,
            None,
            "",
            "",
        ]
    return [
        recording.claim.attempt_id,
        outcome.stage,
        outcome.kind,
        outcome.reason,
        reply.code,
        reply.enhanced,
        reply.text,
    ]


def _json(rows: list[list[Any]]) -> str:
    """A batch as one parameter. What a server wrote must never keep its outcome from the disk."""
    text = json.dumps(rows, ensure_ascii=False, check_circular=False)
    if not text.isascii():  # half a surrogate pair has no UTF-8
        text = text.encode("utf-8", "replace").decode()
    return text


def avoid_text(providers: frozenset[int]) -> str:
    """Provider IDs as the queue keeps them: `,3,5,`, "" for none."""
    return f",{','.join(map(str, sorted(providers)))}," if providers else ""
