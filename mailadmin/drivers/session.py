"""What passes between the sender and a driver: a message, its outcomes, and what ends a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mailadmin.domain.outcome import Outcome

CommitPoint = Callable[[Sequence[str]], Awaitable[bool]]
"""Commits that the message is about to go to these recipients for good; False forbids it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to some of its recipients."""

    sender: str  # of the envelope; "" for none (RFC 5321 §4.5.5)
    queue_ids: Mapping[str, int]  # by recipient, in order; no other email ever has such an ID
    content: bytes  # with CRLF line ends; it arrives byte for byte

    @property
    def recipients(self) -> Sequence[str]:
        """Whom it is for, each once."""
        return list(self.queue_ids)


class Session(Protocol):
    """A way to a service on which messages are delivered, one after the other."""

    @property
    def usable(self) -> bool:
        """Whether another message can be delivered."""

    @property
    def wants_caution(self) -> bool:
        """Whether the next sessions are better opened cautiously; see `Driver.open`."""

    async def deliver(self, delivery: Delivery, commit_point: CommitPoint) -> dict[str, Outcome]:
        """Hand a message over and give the outcome of every recipient.

        `commit_point` is awaited with the recipients that the message goes to, before the point
        from which on it can't be taken back. If it gives False nothing is sent and `StaleClaim` is
        raised; what it raises is passed on. Raises `DriverFailure` when the session ended before
        anything was decided about the message. Cancelling it drops the session; once
        `commit_point` has agreed the caller must take the outcome for unknown, unless the driver
        is `repeatable`.
        """

    async def close(self) -> None:
        """End it in good order. Never raises, never takes long."""


class DriverFailure(Exception):
    """A session could not be opened, or ended before it decided anything about a message.

    `str()` is one sentence for a person, with what to do where that is known. Neither it nor
    anything else in here holds a secret.
    """

    @property
    def outcome(self) -> Outcome:
        """What it means for each recipient of the message at hand."""
        raise NotImplementedError

    @property
    def session_lost(self) -> bool:
        """Whether the other side ended the session, as some do with one that was idle."""
        return False

    @property
    def secret_missing(self) -> bool:
        """Whether all that is wrong is that no secret was given."""
        return False


class StaleClaim(Exception):
    """The right to send was lost before the point of no return. Nothing was sent."""
