"""What a sender does to a store, in short."""

from __future__ import annotations

from datetime import datetime

from mailadmin.domain.claim import Claim, ClaimRequest, Disposition, Recording
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store

ACCEPTED = Outcome(
    OutcomeKind.ACCEPTED, Stage.END_OF_DATA, "Accepted", Reply(250, "250 2.0.0 Ok", "2.0.0")
)
DEFERRED = Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "later", Reply(451, "451 later"))
UNKNOWN = Outcome(OutcomeKind.UNCERTAIN, Stage.END_OF_DATA, "connection lost")
LEFT = Disposition(None, None, "Accepted")


def take(
    store: Store,
    provider: StoredProvider,
    limit: int = 5,
    *,
    now: datetime | None = None,
    owner: str = "sender",
    instead_of: frozenset[int] = frozenset(),
    not_domains: frozenset[str] = frozenset(),
) -> list[Claim]:
    """Claim what is due."""
    request = ClaimRequest(provider, limit, instead_of, not_domains)
    return list(store.claims.claim(owner, request, lease=60, now=now).claims)


def passes(store: Store, claim: Claim, *, now: datetime | None = None) -> bool:
    """Pass the point of no return of one claim."""
    return claim.attempt_id in store.claims.pass_points([claim], now=now)


def record(
    store: Store,
    claim: Claim,
    outcome: Outcome,
    disposition: Disposition,
    *,
    now: datetime | None = None,
) -> bool:
    """Record one outcome; whether it still counted."""
    done = store.claims.record_all([Recording(claim, outcome, disposition)], now=now)
    return claim.attempt_id in done


def send(store: Store, claim: Claim, *, now: datetime | None = None) -> None:
    """Have a message accepted and recorded."""
    assert passes(store, claim, now=now)
    assert record(store, claim, ACCEPTED, LEFT, now=now)


def defer(
    store: Store,
    claim: Claim,
    until: datetime,
    *,
    now: datetime | None = None,
    avoid: frozenset[int] = frozenset(),
) -> None:
    """Have a message refused for now."""
    status = QueueStatus.QUEUED if avoid else QueueStatus.DEFERRED
    to = Disposition(status, until, "later", uses_attempt=not avoid, avoid=avoid)
    assert record(store, claim, DEFERRED, to, now=now)


def lose(store: Store, claim: Claim, until: datetime, *, now: datetime | None = None) -> None:
    """Lose the connection after the final dot: nobody knows whether it arrived."""
    assert passes(store, claim, now=now)
    to = Disposition(QueueStatus.UNCERTAIN, until, "unknown", bind_provider=True)
    assert record(store, claim, UNKNOWN, to, now=now)
