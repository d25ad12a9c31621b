"""What an administrator decides about email of which nobody knows whether it arrived."""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from mailadmin.domain.queue import BulkResult, QueueStatus, Resolution
from mailadmin.domain.topic import Topic
from mailadmin.store.base.batches import in_batches
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text
from mailadmin.store.base.reading import Progress, go_on
from mailadmin.store.queue.refusals import DUE_AGAIN, FAILED, GONE, NOTHING_UNKNOWN, SENDING

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
    database: Database,
    ids: Sequence[int],
    resolution: Resolution,
    now: datetime,
    progress: Progress = go_on,
) -> BulkResult:
    """Do as decided with the possible duplicates among `ids`; say why the others were left.

    SENT takes the email out of the queue for good, its Log entry says who said so. RESEND makes it
    due now, through the provider it is bound to, flagged as before.
    """
    topics = (Topic.QUEUE, Topic.LOG) if resolution is Resolution.SENT else (Topic.QUEUE,)

    def work(batch: list[int]) -> dict[int, str]:
        refused = dict.fromkeys(batch, GONE)
        for row_id, status, unknown in database.sql(_FOUND, {"ids": json.dumps(batch)}):
            refused[row_id] = _REFUSALS.get(status, "" if unknown else NOTHING_UNKNOWN)
        chosen = json.dumps([row_id for row_id in batch if not refused[row_id]])
        bindings = {"ids": chosen, "now": to_text(now), "reason": TREATED_AS_SENT}
        for statement in _SENT if resolution is Resolution.SENT else _RESEND:
            database.sql(statement, bindings)
        return {row_id: why for row_id, why in refused.items() if why}

    return in_batches(database, ids, work, topics, progress)
