"""Which email a provider may have now: what is due, in whose turn, within the provider's limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from mailadmin.domain.claim import Claim, ClaimRequest
from mailadmin.domain.domain_names import to_unicode
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text
from mailadmin.store.claims import statements
from mailadmin.store.claims.limits import Limits

FIRST = 2  # where the columns of the claim begin in a selected row
QUEUE_ID = 2
_SCHEDULE_STEP = 8

_NONE: frozenset[int] = frozenset()

_BELOW_ALL = -(2**63)  # SQLite's smallest integer
_IN_ORDER = itemgetter(0, 1, QUEUE_ID)  # priority, due time, queue ID


def select(
    database: Database, limits: Limits, request: ClaimRequest, now: datetime
) -> tuple[list[Any], bool]:
    """The rows `request` may claim at `now`, and whether a limit of the provider held any back.

    In the order of priority, due time and ID.
    """
    provider = request.provider
    room = request.limit
    if provider.limits:
        room = limits.room(provider, request.limit, now)
    # One more than there is room for tells whether a limit holds any back.
    rows = due(database, request, min(request.limit, room + 1), now)
    return sorted(rows[:room], key=_IN_ORDER), len(rows) > room


def due(database: Database, request: ClaimRequest, limit: int, now: datetime) -> list[Any]:
    """Up to `limit` due rows that `request` may claim, first attempts and retries in turns."""
    batch = {
        "provider": request.provider.id,
        "avoided": f",{request.provider.id},",
        "now": to_text(min(now, request.due_before or now)),
        "after": _BELOW_ALL,
        "instead_of": json.dumps(sorted(request.instead_of)),
        "not_domains": json.dumps(sorted(_spellings(request.not_domains))),
    }
    # With one place at a time, first attempts and retries have it in turns.
    retries_first = limit == 1 and database.sql(statements.NEWEST_ATTEMPT)[0][0] % 2 == 1
    next_priority, candidates = _statements(request)
    rows: list[Any] = []
    while len(rows) < limit:
        (priority,) = database.sql(next_priority, batch)[0]
        if priority is None:
            break
        batch["priority"] = batch["after"] = priority
        places = batch["limit"] = limit - len(rows)
        rows += _in_turns(database.sql(candidates, batch), retries_first)[:places]
    return rows


def _spellings(domains: Iterable[str]) -> set[str]:
    """Both forms of each domain. One stored in another spelling is left alone once it is claimed:
    its provider's queue compares the key."""
    return {form for domain in domains for form in (domain, to_unicode(domain))}


def _in_turns(rows: list[Any], retries_first: bool) -> list[Any]:
    """First attempts and retries alternate for as long as there are both."""
    rows.sort(key=_IN_ORDER)
    first_attempts = [row for row in rows if not row[_SCHEDULE_STEP]]
    if len(first_attempts) in (0, len(rows)):
        return rows
    retries = [row for row in rows if row[_SCHEDULE_STEP]]
    both = (retries, first_attempts) if retries_first else (first_attempts, retries)
    return [row for pair in zip_longest(*both) for row in pair if row is not None]


def _statements(request: ClaimRequest) -> tuple[str, str]:
    if request.instead_of:
        return statements.PRIORITY_INSTEAD, statements.CANDIDATES_INSTEAD
    if request.not_domains:
        return statements.PRIORITY, statements.CANDIDATES_NOT_DOMAINS
    return statements.PRIORITY, statements.CANDIDATES


def claim_of(columns: Sequence[Any], owner: str, attempt_id: int) -> Claim:
    """The claim of a row, from the columns that `claim_statements` selects for it."""
    (
        queue_id,
        email_id,
        stored_id,
        recipient,
        epoch,
        attempts_count,
        schedule_step,
        schedule_started_at,
        expires_at,
        envelope_from,
        size,
        unknown_outcomes,
        last_attempt_at,
        avoid,
        bound,
    ) = columns
    return Claim(
        queue_id,
        email_id,
        stored_id,
        attempt_id,
        recipient,
        owner,
        epoch,
        attempts_count,
        schedule_step,
        datetime.fromisoformat(schedule_started_at),
        expires_at and datetime.fromisoformat(expires_at),
        envelope_from,
        size,
        unknown_outcomes,
        last_attempt_at and datetime.fromisoformat(last_attempt_at),
        frozenset(map(int, avoid.strip(",").split(","))) if avoid else _NONE,
        bool(bound),
    )
