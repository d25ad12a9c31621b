"""What the sender and the store tell each other about attempts: claims and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailadmin.domain.outcome import Outcome
from mailadmin.domain.provider import Limit, StoredProvider
from mailadmin.domain.queue import QueueStatus


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to attempt one queued email: valid while `owner` holds `epoch` of the row."""

    queue_id: int
    email_id: int
    stored_id: int
    attempt_id: int
    recipient: str
    owner: str
    epoch: int
    attempts_count: int  # attempts used before this one
    schedule_step: int  # attempts used since the retry schedule last started
    schedule_started_at: datetime
    expires_at: datetime | None
    envelope_from: str | None
    size: int  # bytes of the message
    unknown_outcomes: int  # earlier attempts of which nobody knows whether they sent it
    last_attempt_at: datetime | None = None  # when the attempt before this one began
    avoid: frozenset[int] = frozenset()  # providers that failed it since it was last due
    bound: bool = False  # no other provider than the one that claims it may send it

    @property
    def possible_duplicate(self) -> bool:
        """Whether the recipient may have got the message already."""
        return self.unknown_outcomes > 0


@dataclass(frozen=True, slots=True)
class Disposition:
    """What becomes of a queued email after an attempt. `status` None: it left the queue."""

    status: QueueStatus | None
    next_attempt_date: datetime | None
    reason: str
    uses_attempt: bool = True  # False: the attempt was not about this email and doesn't count
    bind_provider: bool = False  # only the provider of this attempt may try again
    avoid: frozenset[int] = frozenset()  # providers that are not to try it before it is due again


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What a sender asks for: up to `limit` emails to send through `provider`."""

    provider: StoredProvider
    limit: int
    instead_of: frozenset[int] = frozenset()  # usable providers that come first: only email that
    # avoids all of them, or that is bound to `provider`, is given
    not_domains: frozenset[str] = frozenset()  # keys of recipients' domains to leave alone
    due_before: datetime | None = None  # set: email that became due later is left alone


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claims that were made, and when a limit of the provider lets the next one through."""

    claims: tuple[Claim, ...] = ()
    free_at: datetime | None = None  # set when a limit left due email unclaimed
    limit: Limit | None = None  # that limit


@dataclass(frozen=True, slots=True)
class Recording:
    """The outcome of an attempt and what becomes of the email, to be committed together."""

    claim: Claim
    outcome: Outcome
    disposition: Disposition
