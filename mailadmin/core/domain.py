"""The things Mail Admin speaks of: providers, queued email, log entries, attempts.

Frozen values without behaviour that needs a database, a network or a window. All dates are aware
`datetime`s in UTC; durations are seconds, sizes bytes.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailadmin.core.errors import KnownError


class Driver(StrEnum):
    """How a provider is spoken to."""

    SMTP = "smtp"


class Encryption(StrEnum):
    """How the connection to a provider is protected."""

    TLS = "TLS"  # STARTTLS on a plain connection (RFC 3207)
    SSL = "SSL"  # implicit TLS (RFC 8314 §3.3)
    NONE = "NONE"  # plain text, only to a loopback host

    @property
    def default_port(self) -> int:
        """The port of message submission for this encryption (RFC 6409, RFC 8314)."""
        return 465 if self is Encryption.SSL else 587


class QueueStatus(StrEnum):
    """State of one recipient in the queue. A success leaves the queue, so it is not here."""

    QUEUED = "QUEUED"
    IN_PROGRESS = "IN PROGRESS"
    DEFERRED = "DEFERRED"
    UNCERTAIN = "UNCERTAIN"
    HELD = "HELD"
    FAILED = "FAILED"


class LogStatus(StrEnum):
    """State of the last attempt of one email."""

    IN_PROGRESS = "IN PROGRESS"
    FAIL = "FAIL"
    SUCCESS = "SUCCESS"


class Stage(StrEnum):
    """Where in its course an attempt or a connection test was."""

    CREDENTIALS = "credentials"
    DNS = "DNS"
    CONNECT = "TCP"
    GREETING = "greeting"
    TLS = "TLS"
    AUTH = "AUTH"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    END_OF_DATA = "end of data"  # from the first byte of the final dot on


class OutcomeKind(StrEnum):
    """What an attempt means for the recipient (the design's classification)."""

    ACCEPTED = "accepted"  # the server took responsibility: 2xx after the final dot
    DEFERRED = "deferred"  # try again later: 4xx, or network trouble before the dot
    FAILED = "failed"  # permanent: 5xx about the recipient or the data
    PROVIDER_FAULT = "provider fault"  # about us: no attempt is used, the provider pauses
    UNCERTAIN = "uncertain"  # the dot may have been sent and no reply was read


class Scope(StrEnum):
    """Whom a failed attempt was about, which decides who may try next."""

    MESSAGE = "message"  # this email or its recipient: no other provider may be asked
    TRANSACTION = "transaction"  # too many recipients at once: again, in a transaction of its own
    PROVIDER = "provider"  # a definite failure of the provider before it accepted: the next one may
    NETWORK = "network"  # this computer has no network or no name look-up: nobody's attempt


class Resolution(StrEnum):
    """What an administrator decides about email of which nobody knows whether it arrived."""

    SENT = "sent"  # treat it as sent
    RESEND = "resend"  # send it again, as a possible duplicate


@dataclass(frozen=True, slots=True)
class ProviderPause:
    """Why nothing is sent through a provider until the administrator acts."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Provider:
    """An SMTP service mail is sent through. `id` is None until it is stored.

    `uid` never changes and is the key of its password in the keyring.
    """

    caption: str
    host: str
    port: int
    send_from: str
    username: str = ""
    send_from_name: str = ""
    encryption: Encryption = Encryption.TLS
    enabled: bool = True
    driver: Driver = Driver.SMTP
    ca_file: str = ""  # PEM file that replaces the system's authorities; "" for the system's
    trusted_fingerprint: str = ""  # SHA-256 of one trusted certificate, hex; "" for none
    priority: int = 10  # lower is tried first
    weight: int = 1  # share among providers of the same priority
    max_connections: int = 4
    messages_per_connection: int = 100
    limit_per_second: int | None = None
    limit_per_minute: int | None = None
    limit_per_hour: int | None = None
    limit_per_day: int | None = None
    pause: ProviderPause | None = None
    uid: str = field(default_factory=lambda: uuid.uuid4().hex)
    id: int | None = None

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits in force, the shortest first."""
        given = (
            (self.limit_per_second, 1),
            (self.limit_per_minute, 60),
            (self.limit_per_hour, 3600),
            (self.limit_per_day, 86400),
        )
        return tuple(Limit(count, seconds) for count, seconds in given if count is not None)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages during any `seconds`."""

    count: int
    seconds: int


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


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply (RFC 5321 §4.2), its text verbatim with the code on each line."""

    code: int
    text: str
    enhanced: str = ""  # enhanced status code, "5.1.1" (RFC 3463), "" if none was given


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt for one recipient ended."""

    kind: OutcomeKind
    stage: Stage
    reason: str  # one sentence for a person; holds the reply's code and text
    reply: Reply | None = None
    retry_after: float | None = None  # seconds the server asked to wait, if it did
    scope: Scope = Scope.MESSAGE


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message ready to be committed to the queue: the exact bytes that will be sent."""

    content: bytes
    recipients: tuple[str, ...]
    subject: str
    message_id: str  # the Message-ID header with its angle brackets
    header_from: str = ""
    envelope_from: str | None = None  # None: the address of the provider that sends it
    provider_id: int | None = None  # the provider that alone may send it; None: any
    priority: int = 10  # lower is claimed first
    not_before: datetime | None = None
    expires_at: datetime | None = None
    source: str = ""  # where it came from: "compose", "file", "command line", …
    origin: str = ""  # SHA-256 of the file it was read from, hex; "" if it was none


@dataclass(frozen=True, slots=True)
class QueuedEmail:
    """One recipient of one message that has not been sent yet: a row of the Queue."""

    id: int
    email_id: int  # its ID in the Log, the same over every resend
    message_id: int  # the stored message
    email: str
    subject: str
    created_at: datetime
    last_attempt_date: datetime | None
    next_attempt_date: datetime | None
    attempts_count: int
    status: QueueStatus
    reason: str
    provider_id: int | None = None  # that alone may send it: by choice, or as it may have sent it
    possible_duplicate: bool = False  # an earlier attempt may have sent it


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One email that was attempted at least once: a row of the Log."""

    id: int
    active_queue_id: int | None  # None once it left the queue
    message_id: int
    email: str
    subject: str
    attempt_date: datetime
    status: LogStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send one email, whatever became of it."""

    id: int
    email_id: int
    queue_id: int
    number: int
    provider_id: int | None
    provider_caption: str
    started_at: datetime
    finished_at: datetime | None
    point_of_no_return_at: datetime | None
    stage: Stage | None
    outcome: OutcomeKind | None  # None while it runs or when its owner died before the dot
    reason: str
    reply_text: str  # verbatim
    possible_duplicate: bool

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, None while it runs."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """What is known of a stored message without reading its bytes."""

    id: int
    sha256: str
    size: int
    message_id: str
    subject: str
    header_from: str
    envelope_from: str | None
    created_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of an action on many rows: those changed, and why others were not."""

    changed: tuple[int, ...]
    refused: dict[int, str] = field(default_factory=dict)  # row ID → one sentence
    undo: int | None = None  # what `Outbox.undo` takes it back by; None: it can't be
    left: int = 0  # rows that were not reached, because it was cancelled or `trouble` came
    trouble: KnownError | None = None


@dataclass(frozen=True, slots=True)
class QueueSummary:
    """The queue in numbers, for the status bar and the tab."""

    counts: dict[QueueStatus, int]
    next_due: datetime | None  # earliest next attempt of a waiting email

    @property
    def total(self) -> int:
        """All unsent email."""
        return sum(self.counts.values())


class Topic(StrEnum):
    """What changed, so that a view knows whether to look."""

    PROVIDERS = "providers"
    QUEUE = "queue"
    LOG = "log"
    CREDENTIALS = "credentials"
    SETTINGS = "settings"
