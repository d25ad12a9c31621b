"""A connection to a provider over which messages are delivered one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from mailadmin.domain.outcome import Outcome, Reply
from mailadmin.drivers.session import CommitPoint, Delivery
from mailadmin.drivers.smtp import explain
from mailadmin.drivers.smtp.dialogue import Dialogue
from mailadmin.drivers.smtp.envelope import Unusable, mail_command, wire_address
from mailadmin.drivers.smtp.failure import Disconnected, MalformedReply, SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.offers import Offers
from mailadmin.drivers.smtp.opening import Opening, refused
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.smtp.timeouts import RFC5321, Timeouts
from mailadmin.drivers.smtp.transaction import Transaction
from mailadmin.drivers.transcript import Revealable, Transcript

_BREAKS = (TimeoutError, Disconnected, MalformedReply)
_GOODBYE = 1.0  # seconds a closed connection may take to be gone before it is cut


class SmtpSession:
    """An open, signed-in connection. Made by `open`; belongs to one event loop and one task."""

    def __init__(
        self,
        settings: SmtpSettings,
        dialogue: Dialogue,
        extensions: dict[str, str],
        timeouts: Timeouts,
        on_stage: Callable[[Stage], None] | None,
        *,
        pipelining: bool = True,
    ) -> None:
        self._settings = settings
        self.extensions = extensions
        self.failure: SmtpFailure | None = None
        offers = Offers.of(extensions)
        self._offers = offers if pipelining else replace(offers, pipelining=False)
        self._broke_in_envelope = False
        self._dialogue = dialogue
        self._timeouts = timeouts
        self._on_stage = on_stage

    @classmethod
    async def open(
        cls,
        settings: SmtpSettings,
        secret: Revealable | None,
        *,
        timeouts: Timeouts = RFC5321,
        transcript: Transcript | None = None,
        on_stage: Callable[[Stage], None] | None = None,
        pipelining: bool = True,
    ) -> SmtpSession:
        """Connect, protect the connection and sign in; raises SmtpFailure.

        `secret` is the password, needed when the provider has a user name. `on_stage` is called
        with each stage as it begins, here and in `deliver`. With `pipelining` MAIL, RCPT and DATA
        go out at once where the server offers that. Cancelling it leaves nothing open.
        """
        connection = await Opening(settings, secret, timeouts, transcript, on_stage).run()
        return cls(
            settings,
            connection.dialogue,
            connection.extensions,
            timeouts,
            on_stage,
            pipelining=pipelining,
        )

    @property
    def usable(self) -> bool:
        """Whether another message can be delivered over this connection."""
        return self.failure is None and self._dialogue.is_usable

    @property
    def wants_caution(self) -> bool:
        """Whether the connection broke while commands sent at once were being answered.

        There are servers that offer pipelining and can't do it: the next connection is better
        opened without.
        """
        return (
            self._offers.pipelining
            and self._broke_in_envelope
            and self.failure is not None
            and self.failure.kind is not FailureKind.REFUSED
        )

    async def deliver(self, delivery: Delivery, commit_point: CommitPoint) -> dict[str, Outcome]:
        """Hand one message over and return the outcome of every recipient.

        The content arrives byte for byte (a last line without its end gets one). `commit_point` is
        awaited with the accepted recipients after the server's 354 and before any byte of the
        content: from then on a loss is UNCERTAIN once the last block, with the final dot, was given
        to the network. A connection that ends while it is awaited has carried nothing. If it
        gives False the connection is dropped, nothing was sent, and StaleClaim is raised; what it
        raises drops the connection too and is passed on.

        Raises SmtpFailure when the connection broke before MAIL was answered: nothing was decided
        about this message, and on a connection that had been idle another one may be tried at
        once. What happens later is in the outcomes, and in `failure` when the connection is of no
        more use. Cancelling drops the connection; after `commit_point` the caller must take the
        outcome for unknown.
        """
        transaction = Transaction(
            self._settings, self._dialogue, self._offers, self._timeouts, self._on_stage
        )
        try:
            outcomes = await transaction.run(
                envelope_from=delivery.sender,
                recipients=delivery.recipients,
                content=delivery.content,
                commit_point=commit_point,
            )
        except BaseException:
            self._dialogue.abort()
            raise
        self._broke_in_envelope = transaction.broke_in_envelope
        self.failure = transaction.failure
        if self.failure is not None:
            if self.failure.stage is Stage.MAIL:
                raise self.failure
        elif transaction.needs_reset and self.usable:
            await self._reset()
        return outcomes

    async def check_sender(self, address: str) -> Reply:
        """Whether the server takes `address` as a sender: MAIL FROM, then RSET.

        Raises SmtpFailure if it does not. Nothing is sent.
        """
        if self._on_stage is not None:
            self._on_stage(Stage.MAIL)
        try:
            sender = wire_address(address, "sender", self._settings.host, self._offers)
        except Unusable as why:
            raise SmtpFailure(Stage.MAIL, FailureKind.SENDER_UNUSABLE, str(why)) from None
        command = mail_command(sender, size=None, eight_bit=False, utf8=not sender.isascii())
        reply = await self._command(command.removesuffix(b"\r\n"), self._timeouts.mail)
        if self.failure is not None:
            raise self.failure
        if reply is None or not 200 <= reply.code <= 299:
            raise refused(self._settings, Stage.MAIL, self._dialogue)
        await self._reset()
        return reply

    async def close(self) -> None:
        """Say QUIT if that is possible and end the connection. Never raises, never takes long."""
        dialogue = self._dialogue
        try:
            if self.usable:
                await dialogue.command(b"QUIT", seconds=self._timeouts.quit)
        except _BREAKS:
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
        reply = await self._command(b"RSET", self._timeouts.command)
        if reply is not None and not 200 <= reply.code <= 299:
            self.failure = refused(self._settings, Stage.MAIL, self._dialogue)

    async def _command(self, command: bytes, seconds: float) -> Reply | None:
        """The reply to `command`; None if the connection broke, which is then in `failure`."""
        try:
            return await self._dialogue.command(command, seconds=seconds)
        except _BREAKS as error:
            self.failure = explain.broken(self._settings, Stage.MAIL, seconds, error)
            self.failure.__cause__ = error
            self._dialogue.abort()
            return None
