"""What becomes of a queued email after an attempt: pure functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.claim import Claim, Disposition
from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.domain.queue import QueueStatus
from mailadmin.policy.durations import format_duration

UNCERTAIN_DELAY = timedelta(minutes=15)
_OFFLINE_DELAY = timedelta(seconds=30)  # until mail is looked at again without a network


def dispose(
    claim: Claim,
    outcome: Outcome,
    options: DeliveryOptions,
    now: datetime,
    random: Callable[[], float],
    *,
    elsewhere: bool,
    provider_id: int,
) -> Disposition:
    """The email's next state. `random` gives a number in [0, 1) for the jitter.

    `elsewhere` tells that another provider than `provider_id`, which tried it, can try it now.
    """
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            return Disposition(None, None, outcome.reason)
        case OutcomeKind.FAILED:
            return Disposition(QueueStatus.FAILED, None, outcome.reason)
        case OutcomeKind.PROVIDER_FAULT:
            if _is_over(claim, now):
                return _out_of_time(outcome)
            return _back(claim, now, outcome.reason)
        case OutcomeKind.UNCERTAIN:
            return uncertain(
                claim.unknown_outcomes, now, outcome.reason, never=options.never_duplicate
            )
        case OutcomeKind.DEFERRED:
            return _again(
                claim,
                outcome,
                options,
                now,
                random,
                avoid=claim.avoid | {provider_id} if elsewhere else frozenset(),
            )


def uncertain(unknown_before: int, now: datetime, reason: str, *, never: bool) -> Disposition:
    """After an unknown outcome: one resend through the same provider, then an administrator.

    `unknown_before` counts the earlier unknown outcomes; `never` holds at the first one.
    """
    if unknown_before or never:
        return Disposition(
            QueueStatus.HELD,
            None,
            f"{reason} It may have arrived: release it to send it again, or delete it.",
        )
    return Disposition(
        QueueStatus.UNCERTAIN,
        now + UNCERTAIN_DELAY,
        f"{reason} It may have arrived; it will be sent once more, as a possible duplicate.",
        bind_provider=True,
    )


def _again(
    claim: Claim,
    outcome: Outcome,
    options: DeliveryOptions,
    now: datetime,
    random: Callable[[], float],
    *,
    avoid: frozenset[int],
) -> Disposition:
    """After a failure that is not the email's end: who tries it next, and when."""
    match outcome.scope:
        case Scope.TRANSACTION:
            return _back(claim, now, outcome.reason)
        case Scope.NETWORK:
            if _is_over(claim, now):
                return _out_of_time(outcome)
            wait = _OFFLINE_DELAY * (1 + options.retry.jitter * (2 * random() - 1))
            return Disposition(
                QueueStatus.DEFERRED,
                _in_time(claim, now + wait),
                outcome.reason,
                uses_attempt=False,
                bind_provider=claim.possible_duplicate,
            )
        case Scope.PROVIDER if avoid and not claim.possible_duplicate:
            return Disposition(
                QueueStatus.QUEUED, now, outcome.reason, uses_attempt=False, avoid=avoid
            )
        case _:
            return _deferred(claim, outcome, options, now, random)


def _back(claim: Claim, now: datetime, reason: str) -> Disposition:
    """Due again at once, no attempt used; email that may have arrived stays with its provider."""
    bound = claim.possible_duplicate
    return Disposition(
        QueueStatus.UNCERTAIN if bound else QueueStatus.QUEUED,
        now,
        reason,
        uses_attempt=False,
        bind_provider=bound,
    )


def _deferred(
    claim: Claim,
    outcome: Outcome,
    options: DeliveryOptions,
    now: datetime,
    random: Callable[[], float],
) -> Disposition:
    after = options.retry.next_attempt(
        claim.schedule_step + 1,
        claim.schedule_started_at,
        now,
        random=random,
        retry_after=outcome.retry_after,
        last_attempt_at=claim.last_attempt_at,
    )
    if _is_over(claim, now):
        return _out_of_time(outcome)
    if after is None:
        return _given_up(
            f"it could not be sent within {format_duration(options.retry.expiry)}", outcome
        )
    return Disposition(
        QueueStatus.DEFERRED,
        _in_time(claim, after),
        outcome.reason,
        bind_provider=claim.possible_duplicate,
    )


def _is_over(claim: Claim, now: datetime) -> bool:
    """Whether the time is over that whoever sent the email gave it."""
    return claim.expires_at is not None and now >= claim.expires_at


def _in_time(claim: Claim, when: datetime) -> datetime:
    """`when`, or the end of its time, so that the last attempt falls on it."""
    return when if claim.expires_at is None else min(when, claim.expires_at)


def _out_of_time(outcome: Outcome) -> Disposition:
    return _given_up("the time it was to be sent in is over", outcome)


def _given_up(why: str, outcome: Outcome) -> Disposition:
    return Disposition(QueueStatus.FAILED, None, f"Given up, {why}. {outcome.reason}")
