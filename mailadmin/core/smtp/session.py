"""A connection to a provider over which messages are delivered one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from aiosmtplib import SMTPServerDisconnected

from mailadmin.core.domain import Outcome, Provider, Reply, Stage
from mailadmin.core.policy import FailureKind
from mailadmin.core.smtp import explain
from mailadmin.core.smtp.dialogue import Dialogue
from mailadmin.core.smtp.failure import MalformedReply, SmtpFailure
from mailadmin.core.smtp.opening import Opening, refused
from mailadmin.core.smtp.timeouts import RFC5321, Timeouts
from mailadmin.core.smtp.transaction import CommitPoint, Transaction, address_obstacle
from mailadmin.core.smtp.transcript import Revealable, Transcript

_GOODBYE = 1.0  # seconds a closed connection may take to be gone before it is cut


class SmtpSession:
    """An open, signed-in connection. Made by `open`; belongs to one event loop and one task."""

    def __init__(
        self,
        provider: Provider,
        dialogue: Dialogue,
        extensions: dict[str, str],
        timeouts: Timeouts,
        on_stage: Callable[[Stage], None] | None,
    ) -> None:
        self.provider = provider
        self.extensions = extensions
        self.failure: SmtpFailure | None = None
        self._dialogue = dialogue
        self._timeouts = timeouts
        self._on_stage = on_stage

    @classmethod
    async def open(
        cls,
        provider: Provider,
        secret: Revealable | None,
        *,
        timeouts: Timeouts = RFC5321,
        transcript: Transcript | None = None,
        on_stage: Callable[[Stage], None] | None = None,
    ) -> SmtpSession:
        """Connect, protect the connection and sign in; raises SmtpFailure.

        `secret` is the password, needed when the provider has a user name. `on_stage` is called
        with each stage as it begins, here and in `deliver`. Cancelling it leaves nothing open.
        """
        connection = await Opening(provider, secret, timeouts, transcript, on_stage).run()
        return cls(provider, connection.dialogue, connection.extensions, timeouts, on_stage)

    @property
    def usable(self) -> bool:
        """Whether another message can be delivered over this connection."""
        return self.failure is None and self._dialogue.is_usable

    async def deliver(
        self,
        *,
        envelope_from: str,
        recipients: Sequence[str],
        content: bytes,
        commit_point: CommitPoint,
    ) -> dict[str, Outcome]:
        """Hand one message over and return the outcome of every recipient.

        `content` is the message with CRLF line ends; it arrives byte for byte (a last line without
        its end gets one). `commit_point` is awaited with the accepted recipients after the server's
        354 and before any byte of the content: from then on a loss is UNCERTAIN once the last
        block, with the final dot, was given to the network. A connection that ends while it is
        awaited has carried nothing. If it gives False the connection is dropped, nothing was sent,
        and StaleClaim is raised; what it raises drops the connection too and is passed on.

        Raises SmtpFailure when the connection broke before MAIL was answered: nothing was decided
        about this message, and on a connection that had been idle another one may be tried at
        once. What happens later is in the outcomes, and in `failure` when the connection is of no
        more use. Cancelling drops the connection; after `commit_point` the caller must take the
        outcome for unknown.
        """
        transaction = Transaction(
            self.provider, self._dialogue, self.extensions, self._timeouts, self._on_stage
        )
        try:
            outcomes = await transaction.run(
                envelope_from=envelope_from,
                recipients=recipients,
                content=content,
                commit_point=commit_point,
            )
        except BaseException:
            self._dialogue.abort()
            raise
        self.failure = transaction.failure
        if self.failure is not None and self.failure.stage is Stage.MAIL:
            raise self.failure
        if transaction.needs_reset and self.usable:
            await self._reset()
        return outcomes

    async def check_sender(self, address: str) -> Reply:
        """Whether the server takes `address` as a sender: MAIL FROM, then RSET.

        Raises SmtpFailure if it does not. Nothing is sent.
        """
        if self._on_stage is not None:
            self._on_stage(Stage.MAIL)
        if reason := address_obstacle(address, "sender", self.provider.host, self.extensions):
            raise SmtpFailure(Stage.MAIL, FailureKind.SENDER_UNUSABLE, reason)
        try:
            parts = [b"MAIL", b"FROM:<" + address.encode() + b">"]
            if not address.isascii():
                parts.append(b"SMTPUTF8")
            async with asyncio.timeout(self._timeouts.mail):
                reply = await self._dialogue.send(*parts)
        except (TimeoutError, SMTPServerDisconnected, MalformedReply) as error:
            self.failure = self._explain(Stage.MAIL, self._timeouts.mail, error)
            self._dialogue.abort()
            raise self.failure from error
        if not 200 <= reply.code <= 299:
            raise refused(self.provider, Stage.MAIL, self._dialogue)
        await self._reset()
        return reply

    async def close(self) -> None:
        """Say QUIT if that is possible and end the connection. Never raises, never takes long."""
        dialogue = self._dialogue
        try:
            if self.usable:
                async with asyncio.timeout(self._timeouts.quit):
                    await dialogue.send(b"QUIT")
        except (TimeoutError, SMTPServerDisconnected, MalformedReply):
            pass  # the mail is settled already; how the server says goodbye changes nothing
        finally:
            if dialogue.transport is not None:
                dialogue.transport.close()
                try:
                    async with asyncio.timeout(_GOODBYE):
                        await dialogue.closed.wait()
                except TimeoutError:
                    dialogue.abort()

    async def _reset(self) -> None:
        """RSET: the envelope is dropped, or the connection is of no more use."""
        try:
            async with asyncio.timeout(self._timeouts.command):
                reply = await self._dialogue.send(b"RSET")
        except (TimeoutError, SMTPServerDisconnected, MalformedReply) as error:
            self.failure = self._explain(Stage.MAIL, self._timeouts.command, error)
            self._dialogue.abort()
        else:
            if not 200 <= reply.code <= 299:
                self.failure = refused(self.provider, Stage.MAIL, self._dialogue)

    def _explain(self, stage: Stage, seconds: float, error: Exception) -> SmtpFailure:
        if isinstance(error, MalformedReply):
            return explain.malformed(self.provider, stage, error)
        if isinstance(error, TimeoutError):
            return explain.timed_out(self.provider, stage, seconds)
        return explain.connection_lost(self.provider, stage)
