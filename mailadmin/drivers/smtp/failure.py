"""How an exchange with a server is broken off."""

from __future__ import annotations

from mailadmin.domain.outcome import Reply, Stage
from mailadmin.policy import FailureKind, parse_retry_after


class SmtpFailure(Exception):
    """The connection could not be opened or could not go on.

    `detail` is one sentence for a person, with what to do where that is known. Neither it nor
    anything else in here holds a password. `reply` is what the server said, if it said something.
    """

    def __init__(
        self, stage: Stage, kind: FailureKind, detail: str, reply: Reply | None = None
    ) -> None:
        self.stage = stage
        self.kind = kind
        self.detail = detail
        self.reply = reply
        super().__init__(detail)

    @property
    def retry_after(self) -> float | None:
        """Seconds the server asked to wait, if it did and if waiting can help."""
        if self.reply is None or not 400 <= self.reply.code <= 499:
            return None
        return parse_retry_after(self.reply.text)

    def __repr__(self) -> str:
        return f"SmtpFailure({self.stage.value!r}, {self.kind.value!r}, {self.detail!r})"


class StaleClaim(Exception):
    """The right to send was lost before the point of no return. Nothing was sent."""


class Disconnected(ConnectionError):
    """The connection has ended, so there is no reply to be had."""


class MalformedReply(Exception):
    """What the server sent is no reply, is endless, or was not asked for."""
