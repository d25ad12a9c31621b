"""What an administrator decides about email of which nobody knows whether it arrived."""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from mailadmin.core.domain import BulkResult, QueueStatus, Resolution, Topic
from mailadmin.store.database import Database
from mailadmin.store.fields import to_text
from mailadmin.store.refusals import DUE_AGAIN, FAILED, GONE, NOTHING_UNKNOWN, SENDING

TREATED_AS_SENT = "Treated as sent by the administrator."

_REFUSALS = {
    QueueStatus.IN_PROGRESS: SENDING,
    QueueStatus.FAILED: FAILED,
    QueueStatus.QUEUED: DUE_AGAIN,
}

_FOUND = """
    SELECT q.id, q.status, q.unknown_outcomes > 0
    FROM json_each(:ids) AS wanted CROSS JOIN queue AS q ON q.id = wanted.value
    WHERE q.deleted_at IS NULL"""

_CHOSEN = "id IN (SELECT value FROM json_each(:ids))"
_SENT = (
    f"""UPDATE journal SET status = 'SUCCESS', reason = :reason, queue_id = NULL
        WHERE id IN (SELECT coalesce(resend_of, id) FROM queue WHERE {_CHOSEN})""",
    f"DELETE FROM queue WHERE {_CHOSEN}",
)
_RESEND = (
    f"""UPDATE queue SET status = 'QUEUED', next_attempt_at = :now, schedule_started_at = :now,
        schedule_step = 0, not_before = NULL, avoid = '' WHERE {_CHOSEN}""",
)


def resolve(
    database: Database, ids: Sequence[int], resolution: Resolution, now: datetime
) -> BulkResult:
    """Do as decided with the possible duplicates among `ids`; say why the others were left.

    SENT takes the email out of the queue for good, its Log entry says who said so. RESEND makes it
    due now, through the provider it is bound to, flagged as before.
    """
    topics = (Topic.QUEUE, Topic.LOG) if resolution is Resolution.SENT else (Topic.QUEUE,)
    unique = list(dict.fromkeys(ids))
    with database.write(*topics):
        rows = database.sql(_FOUND, {"ids": json.dumps(unique)})
        refused = dict.fromkeys(unique, GONE)
        for row_id, status, unknown in rows:
            refused[row_id] = _REFUSALS.get(status, "" if unknown else NOTHING_UNKNOWN)
        changed = tuple(row_id for row_id in unique if not refused[row_id])
        batch = {"ids": json.dumps(changed), "now": to_text(now), "reason": TREATED_AS_SENT}
        for statement in _SENT if resolution is Resolution.SENT else _RESEND:
            database.sql(statement, batch)
    return BulkResult(changed, {row_id: why for row_id, why in refused.items() if why})
