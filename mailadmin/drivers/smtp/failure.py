"""How an exchange with a server is broken off."""

from __future__ import annotations

from mailadmin.domain.outcome import Outcome, Reply
from mailadmin.drivers.session import DriverFailure
from mailadmin.drivers.smtp import classification
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.reply import parse_retry_after
from mailadmin.drivers.smtp.stages import Stage


class SmtpFailure(DriverFailure):
    """The connection could not be opened or could not go on.

    `detail` is what `str()` says. `reply` is what the server said, if it said something.
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
    def outcome(self) -> Outcome:
        """See `classification`."""
        return classification.outcome_of_failure(self)

    @property
    def session_lost(self) -> bool:
        """The server ended the connection, or the network did."""
        return self.kind is FailureKind.CONNECTION_LOST

    @property
    def secret_missing(self) -> bool:
        """There is a user name and no password."""
        return self.kind is FailureKind.PASSWORD_MISSING

    @property
    def retry_after(self) -> float | None:
        """Seconds the server asked to wait, if it did and if waiting can help."""
        if self.reply is None or not 400 <= self.reply.code <= 499:
            return None
        return parse_retry_after(self.reply.text)

    def __repr__(self) -> str:
        return f"SmtpFailure({self.stage.value!r}, {self.kind.value!r}, {self.detail!r})"


class Disconnected(ConnectionError):
    """The connection has ended, so there is no reply to be had."""


class MalformedReply(Exception):
    """What the server sent is no reply, is endless, or was not asked for."""
