"""The SQL of claims: whole batches per statement, so that SQLite works outside the interpreter.

Waiting email is in exactly one of four partial indexes (see `m0003`), each in the order of claims:

- `queue_new`, `queue_retry`: any provider may send it; before and after its first counted attempt;
- `queue_avoiding`: any provider may that is not in `avoid`;
- `queue_bound`: only one provider may, because it was queued for that one, or may have arrived
  through it.

A batch is a JSON array in one parameter: see `store.base.json_rows`.
"""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

from typing import NamedTuple

from mailadmin.store.base.json_rows import batch

_WAITING = "next_attempt_at IS NOT NULL AND deleted_at IS NULL"
_FREE = f"{_WAITING} AND provider_id IS NULL"
_NEW = f"{_FREE} AND avoid = '' AND schedule_step = 0"
_RETRY = f"{_FREE} AND avoid = '' AND schedule_step > 0"
_AVOIDING = f"{_FREE} AND avoid <> ''"
_BOUND = f"{_WAITING} AND provider_id = :provider"


class ClaimKey(NamedTuple):
    """What a claim is known by; it holds as long as all four are the email's."""

    attempt_id: int
    queue_id: int
    epoch: int
    owner: str


_CLAIMS = batch("claim", "claims", ClaimKey)


def _claim(epoch: str) -> str:
    """What `selection.claim_of` reads, of a claim with that epoch."""
    return f"""
    q.id, coalesce(q.resend_of, q.id), q.message_id, q.recipient, {epoch}, q.attempts_count,
    q.schedule_step, q.schedule_started_at, q.expires_at, m.envelope_from, m.size,
    q.unknown_outcomes, q.last_attempt_at, q.avoid, q.provider_id IS NOT NULL"""


_SCANNED = 20_000  # rows of one index looked at in search of those that a provider may have

_DOMAIN = (
    "lower(substr(q.recipient, 1 + length(rtrim(q.recipient, replace(q.recipient, '@', '')))))"
    " NOT IN (SELECT value FROM json_each(:not_domains))"
)
_MAY = "instr(q.avoid, :avoided) = 0"
_IN_TURN = (
    "NOT EXISTS (SELECT 1 FROM json_each(:instead_of)"
    " WHERE instr(q.avoid, ',' || value || ',') = 0)"
)


def _source(index: str, rows: str, only: str = "") -> str:
    """SQL for the first due rows of one priority in an index; `only` is a further condition."""
    due = f"""
        SELECT * FROM queue INDEXED BY {index}
        WHERE {rows} AND priority = :priority AND next_attempt_at <= :now
        ORDER BY next_attempt_at, id LIMIT {_SCANNED if only else ":limit"}"""
    return f"""SELECT * FROM (
        SELECT :priority, q.next_attempt_at, {_claim("q.epoch + 1")}
        FROM ({due}) AS q CROSS JOIN message AS m ON m.id = q.message_id
        {f"WHERE {only} LIMIT :limit" if only else ""})"""


def _candidates(*sources: str) -> str:
    """SQL for due rows of one priority, at most `:limit` of each source, with a claim's columns."""
    return " UNION ALL ".join(sources)


def _priorities(*sources: tuple[str, str]) -> str:
    """SQL for the lowest priority above `:after` of waiting email; NULL without the provider."""
    lowest = ", ".join(
        f"""ifnull((SELECT priority FROM queue INDEXED BY {index}
            WHERE {rows} AND priority > :after ORDER BY priority LIMIT 1), 9e999)"""
        for index, rows in sources
    )
    return f"""SELECT iif(EXISTS (SELECT 1 FROM provider WHERE id = :provider),
        nullif(min({lowest}), 9e999), NULL)"""


_OF_ITS_OWN = (("queue_bound", _BOUND), ("queue_avoiding", _AVOIDING))
_ALL = (("queue_new", _NEW), ("queue_retry", _RETRY), *_OF_ITS_OWN)

PRIORITY = _priorities(*_ALL)
PRIORITY_INSTEAD = _priorities(*_OF_ITS_OWN)

CANDIDATES = _candidates(
    _source("queue_new", _NEW),
    _source("queue_retry", _RETRY),
    _source("queue_bound", _BOUND),
    _source("queue_avoiding", _AVOIDING, _MAY),
)
CANDIDATES_NOT_DOMAINS = _candidates(
    _source("queue_new", _NEW, _DOMAIN),
    _source("queue_retry", _RETRY, _DOMAIN),
    _source("queue_bound", _BOUND, _DOMAIN),
    _source("queue_avoiding", _AVOIDING, f"{_MAY} AND {_DOMAIN}"),
)
CANDIDATES_INSTEAD = _candidates(
    _source("queue_bound", _BOUND, _DOMAIN),
    _source("queue_avoiding", _AVOIDING, f"{_MAY} AND {_IN_TURN} AND {_DOMAIN}"),
)

NEWEST_ATTEMPT = "SELECT coalesce(max(id), 0) FROM attempt"

LOG = """
    INSERT INTO journal
        (id, queue_id, message_id, recipient, subject, attempt_at, status, reason)
    SELECT coalesce(q.resend_of, q.id), q.id, q.message_id, q.recipient, q.subject, :now,
        'IN PROGRESS', ''
    FROM json_each(:ids) AS claimed CROSS JOIN queue AS q ON q.id = claimed.value
    WHERE true
    ON CONFLICT (id) DO UPDATE SET queue_id = excluded.queue_id,
        attempt_at = excluded.attempt_at, status = excluded.status, reason = ''"""

ATTEMPT = """
    INSERT INTO attempt
        (email_id, queue_id, number, provider_id, provider_caption, owner, epoch, started_at,
        reason, enhanced_code, reply_text, possible_duplicate)
    SELECT coalesce(q.resend_of, q.id), q.id,
        1 + (SELECT count(*) FROM attempt AS a WHERE a.email_id = coalesce(q.resend_of, q.id)),
        :provider, :caption, :owner, q.epoch + 1, :now, '', '', '', q.unknown_outcomes > 0
    FROM json_each(:ids) AS claimed CROSS JOIN queue AS q ON q.id = claimed.value
    ORDER BY claimed.key
    RETURNING queue_id, id"""

# :attempts is an object of queue ID → attempt ID.
TAKE = """
    UPDATE queue SET status = 'IN PROGRESS', owner = :owner, epoch = epoch + 1,
        lease_until = :until, attempt_id = claimed.attempt_id, last_attempt_at = :now,
        next_attempt_at = NULL
    FROM (SELECT CAST(key AS INTEGER) AS id, value AS attempt_id FROM json_each(:attempts))
        AS claimed
    WHERE queue.id = claimed.id"""

# Those of :claims that still hold.
_LIVE = """
    FROM claim CROSS JOIN queue AS q ON q.id = claim.queue_id
    WHERE q.attempt_id = claim.attempt_id AND q.epoch = claim.epoch AND q.owner = claim.owner
        AND q.status = 'IN PROGRESS' AND q.deleted_at IS NULL"""

PASS = f"""
    WITH {_CLAIMS}
    UPDATE attempt SET point_of_no_return_at = :now
    WHERE id IN (SELECT q.attempt_id {_LIVE}) RETURNING id"""

# Email that may have arrived and whose provider was deleted is for nobody to send again.
_RETURNED = f"""
    WITH {_CLAIMS}, back AS MATERIALIZED (
        SELECT q.id, coalesce(q.resend_of, q.id) AS email_id, q.unknown_outcomes > 0 AS unknown,
            q.unknown_outcomes > 0 AND q.provider_id IS NULL AS lost {_LIVE})"""
_REASON = "CASE WHEN back.lost THEN :reason || ' ' || :gone ELSE :reason END"

RETURN_LOG = f"""
    {_RETURNED}
    UPDATE journal SET status = 'FAIL', reason = {_REASON}, queue_id = back.id
    FROM back WHERE journal.id = back.email_id"""
RETURN_ATTEMPT = f"""
    WITH {_CLAIMS}
    UPDATE attempt SET finished_at = :now, reason = :reason
    WHERE finished_at IS NULL AND id IN (SELECT attempt_id FROM claim)"""
RETURN = f"""
    {_RETURNED}
    UPDATE queue SET status = CASE WHEN back.lost THEN 'HELD'
            WHEN back.unknown THEN 'UNCERTAIN' ELSE 'QUEUED' END,
        next_attempt_at = CASE WHEN back.lost THEN NULL ELSE :now END,
        reason = {_REASON}, owner = NULL, lease_until = NULL
    FROM back WHERE queue.id = back.id
    RETURNING attempt_id"""

_IN_PROGRESS = "status = 'IN PROGRESS' AND deleted_at IS NULL"

RENEW = f"""
    UPDATE queue INDEXED BY queue_status SET lease_until = :until
    WHERE {_IN_PROGRESS} AND owner = :owner RETURNING id"""

IN_FLIGHT = f"""
    SELECT owner, min(lease_until) FROM queue INDEXED BY queue_status
    WHERE {_IN_PROGRESS} GROUP BY owner"""

# The columns of a claim, then its owner, its attempt, whether that passed the point, and through
# which provider.
ABANDONED = f"""
    SELECT {_claim("q.epoch")},
        q.owner, q.attempt_id, a.point_of_no_return_at IS NOT NULL, a.provider_id
    FROM queue AS q INDEXED BY queue_status CROSS JOIN attempt AS a ON a.id = q.attempt_id
        CROSS JOIN message AS m ON m.id = q.message_id
    WHERE q.status = 'IN PROGRESS' AND q.deleted_at IS NULL
        AND (q.lease_until < :now OR q.owner IN (SELECT value FROM json_each(:gone)))"""

AVOIDED = f"""
    SELECT EXISTS (SELECT 1 FROM queue INDEXED BY queue_avoiding
        WHERE {_AVOIDING} AND next_attempt_at < :before)"""
FORGET_AVOIDED = f"""
    UPDATE queue INDEXED BY queue_avoiding SET avoid = ''
    WHERE {_AVOIDING} AND next_attempt_at < :before RETURNING id"""

POSTPONE = """
    UPDATE queue SET next_attempt_at = later.until, reason = :reason
    FROM (SELECT CAST(key AS INTEGER) AS id, value AS until FROM json_each(:times)) AS later
    WHERE queue.id = later.id AND queue.next_attempt_at IS NOT NULL"""


def _next_due() -> str:
    """SQL for the earliest next attempt: the first row of each index at each priority."""
    walks = []
    looks = []
    for index, rows in (
        ("queue_new", _NEW),
        ("queue_retry", _RETRY),
        ("queue_avoiding", _AVOIDING),
    ):
        source = f"FROM queue INDEXED BY {index} WHERE {rows}"
        walks.append(
            f"{index}_at (priority) AS (SELECT min(priority) {source} UNION ALL"
            f" SELECT (SELECT min(priority) {source} AND priority > at.priority)"
            f" FROM {index}_at AS at WHERE at.priority IS NOT NULL)"
        )
        looks.append(
            f"SELECT (SELECT min(next_attempt_at) {source} AND priority = at.priority) AS due"
            f" FROM {index}_at AS at"
        )

    def bound(provider: str) -> str:
        return f"FROM queue INDEXED BY queue_bound WHERE {_WAITING} AND provider_id = {provider}"

    walks.append(
        f"""bound_at (provider_id, priority) AS (
        SELECT at.id, (SELECT min(priority) {bound("at.id")})
        FROM provider AS at UNION ALL
        SELECT at.provider_id,
            (SELECT min(priority) {bound("at.provider_id")} AND priority > at.priority)
        FROM bound_at AS at WHERE at.priority IS NOT NULL)"""
    )
    looks.append(
        f"SELECT (SELECT min(next_attempt_at) {bound('at.provider_id')} AND priority = at.priority)"
        " AS due FROM bound_at AS at"
    )
    return f"WITH RECURSIVE {', '.join(walks)} SELECT min(due) FROM ({' UNION ALL '.join(looks)})"


NEXT_DUE = _next_due()
