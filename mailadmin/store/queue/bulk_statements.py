"""The SQL of changes to many rows of the queue. A batch of IDs is a JSON array in one parameter."""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.store.base.json_rows import batch
from mailadmin.store.queue import refusals

_WAITING = (QueueStatus.QUEUED, QueueStatus.DEFERRED, QueueStatus.UNCERTAIN)
_UNSENT = (*_WAITING, QueueStatus.HELD, QueueStatus.FAILED)  # but for what is being sent

_ROWS = "FROM json_each(:ids) AS wanted CROSS JOIN queue AS q ON q.id = wanted.value"
_ENTRIES = """FROM json_each(:ids) AS wanted CROSS JOIN journal AS j
    ON j.id = wanted.value AND j.queue_id IS NULL"""

# What is noted of a deleted row whose email was queued again: until that is undone it can't come
# back, or the email would be sent twice.
_REPLACED = "REPLACED"


def _note(status: str = "q.status") -> str:
    return f"""
    INSERT INTO undo_row (undo_id, queue_id, epoch, provider_id, status, next_attempt_at,
        schedule_started_at, schedule_step, avoid, not_before, reason)
    SELECT :undo, q.id, q.epoch, q.provider_id, {status}, q.next_attempt_at,
        q.schedule_started_at, q.schedule_step, q.avoid, q.not_before, q.reason """


SENT_AGAIN = "Sent again from the Log."


@dataclass(frozen=True, slots=True)
class Change:
    """A change of rows: `left` selects those it doesn't apply to (ID and status).

    `statements` change the others; they get the batch `:ids`, the time `:now` and `:undo`, a token.
    """

    kind: str
    left: str
    statements: tuple[str, ...]
    refusals: Mapping[str | None, str] = field(default_factory=dict)  # by what `left` says
    topics: tuple[Topic, ...] = (Topic.QUEUE,)


def _change(
    kind: str,
    allowed: tuple[QueueStatus, ...],
    values: str,
    why: Mapping[str | None, str],
    *also: str,
    topics: tuple[Topic, ...] = (Topic.QUEUE,),
) -> Change:
    """A change of those rows whose status is `allowed`."""
    statuses = ", ".join(f"'{status}'" for status in allowed)
    chosen = f"{_ROWS} WHERE q.deleted_at IS NULL AND q.status IN ({statuses})"
    return Change(
        kind,
        f"""SELECT wanted.value, q.status
            FROM json_each(:ids) AS wanted
                LEFT JOIN queue AS q ON q.id = wanted.value AND q.deleted_at IS NULL
            WHERE q.id IS NULL OR q.status NOT IN ({statuses})""",
        (
            _note() + chosen,
            *(statement.format(chosen=chosen) for statement in also),
            f"UPDATE queue SET {values} WHERE id IN (SELECT q.id {chosen})",
        ),
        {None: refusals.GONE, QueueStatus.IN_PROGRESS: refusals.SENDING, **why},
        topics,
    )


_FRESH = """status = 'QUEUED', next_attempt_at = :now, schedule_started_at = :now,
    schedule_step = 0, avoid = ''"""

HOLD = _change(
    "hold",
    _WAITING,
    "status = 'HELD', next_attempt_at = NULL",
    {QueueStatus.HELD: refusals.HELD_ALREADY, QueueStatus.FAILED: refusals.FAILED},
)
RELEASE = _change(
    "release",
    (QueueStatus.HELD,),
    _FRESH,
    dict.fromkeys((*_WAITING, QueueStatus.FAILED), refusals.NOT_HELD),
)
SEND_NOW = _change("send now", _UNSENT, f"{_FRESH}, not_before = NULL", {})
DELETE = _change(
    "delete",
    _UNSENT,
    "deleted_at = :now",
    {},
    """WITH gone AS MATERIALIZED (
        SELECT q.id AS queue_id, coalesce(q.resend_of, q.id) AS email_id {chosen})
    UPDATE journal SET queue_id = NULL FROM gone
    WHERE journal.id = gone.email_id AND journal.queue_id = gone.queue_id""",
    topics=(Topic.QUEUE, Topic.LOG),
)

_REJOIN = """WITH back AS MATERIALIZED (
        SELECT q.id AS queue_id, coalesce(q.resend_of, q.id) AS email_id {rows})
    UPDATE journal SET queue_id = back.queue_id FROM back WHERE journal.id = back.email_id"""

_DELETED = f"""q.deleted_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM undo_row WHERE queue_id = q.id AND status = '{_REPLACED}')"""

UNDELETE = Change(
    "undelete",
    f"""SELECT wanted.value, iif(q.deleted_at IS NULL, NULL, '{_REPLACED}')
        FROM json_each(:ids) AS wanted LEFT JOIN queue AS q ON q.id = wanted.value
        WHERE NOT coalesce({_DELETED}, FALSE)""",
    (
        _REJOIN.format(rows=f"{_ROWS} WHERE {_DELETED}"),
        # It is as if they had not been deleted: what was done to them before can be undone.
        f"""DELETE FROM undo_row WHERE (undo_id, queue_id) IN (
            SELECT u.undo_id, u.queue_id {_ROWS}
                CROSS JOIN undo_row AS u ON u.queue_id = q.id
                CROSS JOIN undo_step AS s ON s.id = u.undo_id
            WHERE s.kind = 'delete' AND {_DELETED})""",
        """DELETE FROM undo_step WHERE kind = 'delete'
            AND NOT EXISTS (SELECT 1 FROM undo_row WHERE undo_id = undo_step.id)""",
        f"UPDATE queue SET deleted_at = NULL WHERE id IN (SELECT q.id {_ROWS} WHERE {_DELETED})",
    ),
    {None: refusals.REMOVED, _REPLACED: refusals.CHANGED_SINCE},
    (Topic.QUEUE, Topic.LOG),
)

_AGAIN = f"{_ENTRIES} CROSS JOIN queue AS q ON q.resend_of = j.id AND q.deleted_at IS NULL"

RESEND = Change(
    "resend",
    """SELECT wanted.value, iif(j.id IS NULL, NULL, 'queued')
        FROM json_each(:ids) AS wanted LEFT JOIN journal AS j ON j.id = wanted.value
        WHERE j.id IS NULL OR j.queue_id IS NOT NULL""",
    (
        *(
            f"""{_note(f"'{_REPLACED}'")} {_ENTRIES}
            CROSS JOIN queue AS q ON {same_email} WHERE q.deleted_at IS NOT NULL"""
            for same_email in ("q.id = j.id", "q.resend_of = j.id")
        ),
        f"""INSERT INTO queue (message_id, recipient, subject, created_at, next_attempt_at,
            schedule_started_at, priority, reason, resend_of, status, attempts_count,
            schedule_step, epoch, unknown_outcomes)
        SELECT j.message_id, j.recipient, j.subject, :now, :now, :now, 10, '{SENT_AGAIN}', j.id,
            'QUEUED', 0, 0, 0, 0 {_ENTRIES} ORDER BY wanted.key""",
        f"{_note()} {_AGAIN}",
        f"""WITH again AS MATERIALIZED (SELECT j.id AS email_id, q.id AS queue_id {_AGAIN})
        UPDATE journal SET queue_id = again.queue_id FROM again
        WHERE journal.id = again.email_id""",
    ),
    {None: refusals.NOT_IN_LOG, "queued": refusals.STILL_QUEUED},
    (Topic.QUEUE, Topic.LOG),
)

# Undoing ----------------------------------------------------------------------------------------

# The plus signs keep SQLite from looking for all rows of a status, of which there may be many.
# Nobody has had the row since: no sender (the epoch), and no later change that can be undone.
_WAS = """
    WITH was AS MATERIALIZED (
        SELECT u.* FROM json_each(:ids) AS wanted
            CROSS JOIN undo_row AS u ON u.undo_id = :undo AND u.queue_id = wanted.value
        WHERE NOT EXISTS (SELECT 1 FROM undo_row AS later
            WHERE later.queue_id = u.queue_id AND later.undo_id > u.undo_id))"""
_SAME = "queue.id = was.queue_id AND queue.epoch = was.epoch"


_BACK = "RETURNING id, coalesce(resend_of, id)"


def _restore(status: str) -> str:
    """SQL that restores rows which still have the `status` that the change gave them.

    Email that only one provider may send is left as it is if that provider was deleted since.
    """
    return f"""{_WAS}
        UPDATE queue SET status = was.status, next_attempt_at = was.next_attempt_at,
            schedule_started_at = was.schedule_started_at, schedule_step = was.schedule_step,
            avoid = was.avoid, not_before = was.not_before, reason = was.reason
        FROM was
        WHERE {_SAME} AND +queue.status = '{status}' AND +queue.deleted_at IS NULL
            AND +queue.provider_id IS was.provider_id
        {_BACK}"""


@dataclass(frozen=True, slots=True)
class Undo:
    """How a change is undone.

    `back` gives the rows for which it worked, as `BroughtBack`; `then` gets them as `:back`.
    """

    back: str
    then: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = (Topic.QUEUE,)


class BroughtBack(NamedTuple):
    """A row that is what it was before."""

    queue_id: int
    email_id: int


_BROUGHT_BACK = batch("back", "back", BroughtBack)

UNDO = {
    "hold": Undo(_restore("HELD")),
    "release": Undo(_restore("QUEUED")),
    "send now": Undo(_restore("QUEUED")),
    "delete": Undo(
        f"""{_WAS} UPDATE queue SET deleted_at = NULL FROM was
            WHERE {_SAME} AND +queue.deleted_at IS NOT NULL {_BACK}""",
        (
            f"""WITH {_BROUGHT_BACK}
            UPDATE journal SET queue_id = back.queue_id FROM back
            WHERE journal.id = back.email_id""",
        ),
        (Topic.QUEUE, Topic.LOG),
    ),
    "resend": Undo(
        f"""{_WAS} DELETE FROM queue WHERE id IN (
            SELECT queue.id FROM was CROSS JOIN queue ON {_SAME}
            WHERE queue.status = 'QUEUED' AND queue.deleted_at IS NULL) {_BACK}""",
        (
            f"""WITH {_BROUGHT_BACK}
                UPDATE journal SET queue_id = NULL WHERE id IN (SELECT email_id FROM back)""",
            *(
                f"""WITH {_BROUGHT_BACK}
                    DELETE FROM undo_row WHERE undo_id = :undo AND status = '{_REPLACED}'
                    AND queue_id IN (SELECT q.id FROM back
                        CROSS JOIN queue AS q ON {email} = back.email_id)"""
                for email in ("q.id", "q.resend_of")
            ),
        ),
        (Topic.QUEUE, Topic.LOG),
    ),
}
ROWS = f"""
    SELECT queue_id FROM undo_row WHERE undo_id = :undo AND status <> '{_REPLACED}'
    ORDER BY queue_id"""
# :back is here an array of IDs.
UNDONE = """
    DELETE FROM undo_row
    WHERE undo_id = :undo AND queue_id IN (SELECT value FROM json_each(:back))"""
NOT_UNDONE = """
    SELECT u.queue_id, iif(q.deleted_at IS NULL, q.status, 'DELETED')
    FROM json_each(:ids) AS wanted
        CROSS JOIN undo_row AS u ON u.undo_id = :undo AND u.queue_id = wanted.value
        LEFT JOIN queue AS q ON q.id = wanted.value"""
