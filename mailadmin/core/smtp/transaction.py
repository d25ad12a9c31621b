"""One message over an open connection: MAIL, RCPT, DATA, the content, the final dot.

Each recipient gets an outcome, whatever happens. The content's bytes arrive as they are: only the
dots that RFC 5321 §4.5.2 asks for are added, and the server takes them off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

from aiosmtplib import SMTPServerDisconnected

from mailadmin.core.domain import Outcome, OutcomeKind, Provider, Reply, Stage
from mailadmin.core.policy import FailureKind, outcome_of_failure, outcome_of_reply
from mailadmin.core.smtp import explain
from mailadmin.core.smtp.dialogue import Dialogue
from mailadmin.core.smtp.failure import MalformedReply, SmtpFailure, StaleClaim
from mailadmin.core.smtp.timeouts import Timeouts

T = TypeVar("T")

CommitPoint = Callable[[Sequence[str]], Awaitable[bool]]
"""Commits that the content is about to go to these accepted recipients; False forbids it."""

_BLOCK = 64 * 1024  # bytes given to the transport at a time
_FINAL_DOT = b".\r\n"
_NOT_IN_AN_ADDRESS = frozenset("<> \t")


class Transaction:
    """The transfer of one message. Used once.

    `failure` is set when the connection broke or fell out of step; it can't be used any more then.
    `needs_reset` is set when the server still holds an envelope that must be dropped with RSET.
    """

    def __init__(
        self,
        provider: Provider,
        dialogue: Dialogue,
        extensions: dict[str, str],
        timeouts: Timeouts,
        on_stage: Callable[[Stage], None] | None = None,
    ) -> None:
        self._provider = provider
        self._dialogue = dialogue
        self._extensions = extensions
        self._timeouts = timeouts
        self._on_stage = on_stage
        self._outcomes: dict[str, Outcome] = {}
        self.failure: SmtpFailure | None = None
        self.needs_reset = False

    async def run(
        self,
        *,
        envelope_from: str,
        recipients: Sequence[str],
        content: bytes,
        commit_point: CommitPoint,
    ) -> dict[str, Outcome]:
        """Transfer the message; see `SmtpSession.deliver`."""
        waiting = list(dict.fromkeys(recipients))
        accepted: list[str] = []
        try:
            waiting = self._sendable(envelope_from, waiting, content)
            if not waiting:
                return self._outcomes
            utf8 = not all(address.isascii() for address in (envelope_from, *waiting))
            if not await self._mail(envelope_from, content, utf8, waiting):
                return self._outcomes
            self.needs_reset = True
            for recipient in waiting:
                if await self._rcpt(recipient):
                    accepted.append(recipient)
            if accepted and await self._data(accepted):
                await self._content(accepted, content, commit_point)
        except SmtpFailure as failure:
            self.failure = failure
            self._dialogue.abort()
            outcome = outcome_of_failure(failure)
            for recipient in waiting:
                self._outcomes.setdefault(recipient, outcome)
        return self._outcomes

    # Before anything is sent -----------------------------------------------------------------

    def _sendable(self, envelope_from: str, recipients: Sequence[str], content: bytes) -> list[str]:
        """The recipients the message can be sent to as it is; the others get their outcome."""
        host = self._provider.host
        if reason := self._obstacle(envelope_from, content):
            self._settle(recipients, Outcome(OutcomeKind.FAILED, Stage.MAIL, reason))
            return []
        sendable = []
        for recipient in recipients:
            if reason := address_obstacle(recipient, "recipient", host, self._extensions):
                self._settle([recipient], Outcome(OutcomeKind.FAILED, Stage.RCPT, reason))
            else:
                sendable.append(recipient)
        return sendable

    def _obstacle(self, envelope_from: str, content: bytes) -> str:
        """Why the message can't be sent to anybody, "" if it can."""
        host = self._provider.host
        if envelope_from and (
            reason := address_obstacle(envelope_from, "sender", host, self._extensions)
        ):
            return reason
        lines = content.count(b"\r\n")
        if content.count(b"\n") != lines or content.count(b"\r") != lines:
            # What one server takes for the end of the message another does not: mail smuggling.
            return "The stored message has bare CR or LF line ends and can't be sent unchanged."
        limit = self._extensions.get("size", "").strip()
        if limit.isdecimal() and 0 < int(limit) < len(content):
            return (
                f"The message has {len(content):,} bytes, {host} takes at most {int(limit):,}. "
                "Nothing was sent; make it smaller or use another provider."
            )
        if "8bitmime" not in self._extensions and not content.isascii():
            return (
                f"The message has 8-bit characters and {host} takes 7-bit mail alone "
                "(no 8BITMIME). Nothing was sent; use another provider."
            )
        return ""

    # The dialogue ----------------------------------------------------------------------------

    async def _mail(
        self, envelope_from: str, content: bytes, utf8: bool, waiting: Sequence[str]
    ) -> bool:
        parts = [b"MAIL", b"FROM:<" + envelope_from.encode() + b">"]
        if "size" in self._extensions:
            parts.append(b"SIZE=%d" % len(content))  # RFC 1870
        if not content.isascii():
            parts.append(b"BODY=8BITMIME")  # RFC 6152
        if utf8:
            parts.append(b"SMTPUTF8")  # RFC 6531
        reply = await self._command(Stage.MAIL, self._timeouts.mail, *parts)
        if 200 <= reply.code <= 299:
            return True
        self._settle(waiting, self._refusal(Stage.MAIL, reply))
        return False

    async def _rcpt(self, recipient: str) -> bool:
        reply = await self._command(
            Stage.RCPT, self._timeouts.rcpt, b"RCPT", b"TO:<" + recipient.encode() + b">"
        )
        if 200 <= reply.code <= 299:
            return True
        self._settle([recipient], self._refusal(Stage.RCPT, reply))
        return False

    async def _data(self, accepted: Sequence[str]) -> bool:
        reply = await self._command(Stage.DATA, self._timeouts.data, b"DATA")
        if reply.code == 354:
            return True
        self._settle(accepted, self._refusal(Stage.DATA, reply))
        return False

    async def _content(
        self, accepted: Sequence[str], content: bytes, commit_point: CommitPoint
    ) -> None:
        dialogue = self._dialogue
        answer = dialogue.expect()
        try:
            may_send = await commit_point(accepted)
        except BaseException:
            dialogue.abort()
            raise
        if not may_send:
            dialogue.abort()
            raise StaleClaim("another sender has taken this message over")
        if answer.done():  # while the commit point was waited for
            self._answered_too_early(accepted, await self._within(Stage.DATA, 0, answer))
            return
        *blocks, last = _blocks(content)
        for block in blocks:
            self._write(Stage.DATA, block)
            await self._until_room(answer)
            if answer.done():
                self._answered_too_early(accepted, await self._within(Stage.DATA, 0, answer))
                return
        self._write(Stage.DATA, last)
        self._enter(Stage.END_OF_DATA)
        reply = await self._within(Stage.END_OF_DATA, self._timeouts.final, answer)
        self.needs_reset = False
        self._settle(accepted, self._refusal(Stage.END_OF_DATA, reply))

    def _answered_too_early(self, accepted: Sequence[str], reply: Reply) -> None:
        """A reply before the final dot: a refusal is one, anything else makes no sense.

        Either way the server is left in the middle of the content, so the connection ends.
        """
        self._settle(accepted, self._refusal(Stage.DATA, reply))
        self.failure = SmtpFailure(
            Stage.DATA, FailureKind.REFUSED, self._outcomes[accepted[0]].reason, reply
        )
        self._dialogue.abort()

    async def _until_room(self, answer: asyncio.Future[Reply]) -> None:
        """Wait until the server took what was written, or says something."""
        if self._dialogue.has_room:
            return
        room: asyncio.Future[object] = asyncio.ensure_future(self._dialogue.room())
        either: list[asyncio.Future[Any]] = [room, answer]
        try:
            await self._within(
                Stage.DATA,
                self._timeouts.block,
                asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED),
            )
        finally:
            room.cancel()

    # Inside ----------------------------------------------------------------------------------

    async def _command(self, stage: Stage, seconds: float, *parts: bytes) -> Reply:
        self._enter(stage)
        return await self._within(stage, seconds, self._dialogue.send(*parts))

    async def _within(self, stage: Stage, seconds: float, work: Awaitable[T]) -> T:
        """Wait for `work` at most `seconds`; raises SmtpFailure."""
        try:
            if isinstance(work, asyncio.Future) and work.done():
                return work.result()  # type: ignore[no-any-return]
            async with asyncio.timeout(seconds):
                return await work
        except MalformedReply as error:
            raise explain.malformed(self._provider, stage, error) from error
        except TimeoutError as error:
            raise explain.timed_out(self._provider, stage, seconds) from error
        except SMTPServerDisconnected as error:
            raise explain.connection_lost(self._provider, stage) from error

    def _write(self, stage: Stage, block: bytes | memoryview) -> None:
        try:
            self._dialogue.write(bytes(block))
        except SMTPServerDisconnected as error:
            raise explain.connection_lost(self._provider, stage) from error

    def _refusal(self, stage: Stage, reply: Reply) -> Outcome:
        """The outcome a reply means.

        A reply that means none breaks the dialogue off, and so does 421: the server is about to
        close the connection and will not answer anything else (RFC 5321 §3.8).
        """
        try:
            outcome = outcome_of_reply(stage, reply, self._provider.host)
        except ValueError:
            raise explain.unexpected(self._provider, stage, reply) from None
        if reply.code == 421:
            raise SmtpFailure(stage, FailureKind.REFUSED, outcome.reason, reply)
        return outcome

    def _settle(self, recipients: Sequence[str], outcome: Outcome) -> None:
        for recipient in recipients:
            self._outcomes[recipient] = outcome

    def _enter(self, stage: Stage) -> None:
        if self._on_stage is not None:
            self._on_stage(stage)


def address_obstacle(address: str, role: str, host: str, extensions: dict[str, str]) -> str:
    """Why `host` can't be given this `role`'s address, "" if it can."""
    if not address or any(not c.isprintable() or c in _NOT_IN_AN_ADDRESS for c in address):
        return f"The {role}'s address can't be given to a server: {address!r}."
    if not address.isascii() and "smtputf8" not in extensions:
        return (
            f"The {role}'s address {address} has characters that {host} does not take "
            "(no SMTPUTF8). Use another provider."
        )
    return ""


def _blocks(content: bytes) -> Iterator[bytes | memoryview]:
    """The content as it goes over the wire, the final dot in the last block and only there.

    A connection lost before the last block is written can't have completed the message.
    """
    wire = content.replace(b"\r\n.", b"\r\n..")
    if wire.startswith(b"."):
        wire = b"." + wire
    if wire and not wire.endswith(b"\r\n"):
        wire += b"\r\n"
    view = memoryview(wire)
    start = 0
    while len(wire) - start > _BLOCK:
        yield view[start : start + _BLOCK]
        start += _BLOCK
    yield bytes(view[start:]) + _FINAL_DOT
