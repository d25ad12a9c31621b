"""How a provider has been doing, as it is stored: the same for every sender and window."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mailadmin.domain.provider import Limit


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of a limit is used up now, and when the next message may go."""

    limit: Limit
    used: int
    free_at: datetime | None = None  # None: there is room


@dataclass(frozen=True, slots=True)
class Breaker:
    """The circuit breaker of a provider: closed while `open_until` is None.

    From `open_until` on one message is let through as a probe.
    """

    failures: int = 0  # consecutive connect, TLS and 421 failures
    open_until: datetime | None = None
    rest: float = 0.0  # seconds of the last rest; the next one is twice as long


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """How a provider has been doing, as it is stored: the same for every sender and window."""

    provider_id: int
    breaker: Breaker = field(default_factory=Breaker)
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure: str = ""
    sent_today: int = 0
    limits: tuple[LimitUse, ...] = ()
