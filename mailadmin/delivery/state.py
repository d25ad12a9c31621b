"""What the sender tells about itself: its state, and notices that somebody must act on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailadmin.domain.claim import Claim, Disposition
from mailadmin.domain.errors import KnownError
from mailadmin.domain.outcome import Outcome
from mailadmin.domain.provider import StoredProvider


class Activity(StrEnum):
    """The one thing the status bar says."""

    SENDING = "sending"
    WAITING = "waiting"  # for the next attempt
    IDLE = "idle"  # nothing is waiting to be sent
    PAUSED = "paused"
    NO_PROVIDER = "no enabled provider"
    PASSWORD_NEEDED = "password needed"
    PROVIDER_PAUSED = "provider paused"
    RESTING = "providers rest"  # every usable provider failed too often, until `until`
    LIMITED = "limit reached"  # all due mail waits for a provider's limit, until `until`
    OFFLINE = "offline"
    STORAGE_TROUBLE = "storage trouble"
    STOPPED = "stopped"


class Condition(StrEnum):
    """What a provider is to the sender now."""

    READY = "ready"
    PROBING = "probing"  # one message finds out whether it works again
    RESTING = "resting"  # its breaker is open
    LIMITED = "limit reached"
    OFFLINE = "offline"
    PASSWORD_NEEDED = "password needed"
    PAUSED = "paused"  # until the administrator acts
    DISABLED = "disabled"
    UNUSABLE = "unusable"  # this version can't send through it


@dataclass(frozen=True, slots=True)
class ProviderCondition:
    """A provider's condition, until when if that is known, and why or what to do."""

    condition: Condition
    until: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SenderState:
    """A snapshot of the sender."""

    activity: Activity
    sending: int = 0  # email in flight
    total: int = 0  # email in the queue
    per_minute: int = 0  # accepted during the last 60 seconds
    until: datetime | None = None  # WAITING: the next attempt; RESTING, LIMITED: its end
    providers: tuple[StoredProvider, ...] = ()  # PASSWORD_NEEDED, PROVIDER_PAUSED, RESTING…: which
    conditions: dict[int, ProviderCondition] = field(default_factory=dict)  # by provider ID
    healthy_providers: int = 0  # enabled, not paused, with a password
    trouble: KnownError | None = None  # STORAGE_TROUBLE


class NoticeKind(StrEnum):
    """Why somebody is told."""

    PASSWORD_NEEDED = "password needed"
    PROVIDER_PAUSED = "provider paused"
    PROVIDER_RESTING = "provider resting"  # its breaker opened; told once until it works again
    NEEDS_DECISION = "decision needed"  # email of unknown outcome is held; `provider` sent it last


@dataclass(frozen=True, slots=True)
class Notice:
    """An incident that needs the administrator; told once, however many messages it concerns."""

    kind: NoticeKind
    provider: StoredProvider
    text: str


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """How an attempt ended and what that made of the email."""

    provider: StoredProvider
    claim: Claim
    outcome: Outcome
    disposition: Disposition | None  # None: the claim was stale, the email is somebody else's
