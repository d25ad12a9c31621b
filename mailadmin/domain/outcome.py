"""How an attempt ended: its stage, the reply of the server, and what both mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where an attempt was when the sender itself ended it, without a word from a driver.

    A driver has stages of its own: any text can be the stage of an outcome.
    """

    CREDENTIALS = "credentials"
    SENDER = "MAIL FROM"  # before anything of the message was told
    CONTENT = "DATA"  # the stored bytes were read, or sent
    HANDED_OVER = "end of data"  # past the point of no return


class OutcomeKind(StrEnum):
    """What an attempt means for the recipient. The drivers classify."""

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
    stage: str  # the driver's own word
    reason: str  # one sentence for a person; holds the reply's code and text
    reply: Reply | None = None
    retry_after: float | None = None  # seconds the server asked to wait, if it did
    scope: Scope = Scope.MESSAGE
    unreachable: bool = False  # the provider could not be spoken to: opens its circuit breaker
