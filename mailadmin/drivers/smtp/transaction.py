"""One message over an open connection: MAIL, RCPT, DATA, the content, the final dot.

Each recipient gets an outcome, whatever happens. Where the server offers it, MAIL, every RCPT and
DATA go out at once (RFC 2920); their replies mean what they mean when each is waited for, and each
has its own deadline, which begins with the reply before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply, Scope
from mailadmin.drivers.session import CommitPoint, StaleClaim
from mailadmin.drivers.smtp import explain
from mailadmin.drivers.smtp.classification import outcome_of_failure, outcome_of_reply
from mailadmin.drivers.smtp.content import (
    FINAL_DOT,
    SCAN,
    any_bare_line_ends,
    blocks,
    has_bare_line_ends,
)
from mailadmin.drivers.smtp.dialogue import Dialogue
from mailadmin.drivers.smtp.envelope import Unusable, mail_command, wire_address
from mailadmin.drivers.smtp.failure import Disconnected, MalformedReply, SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.offers import Offers
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.smtp.timeouts import Timeouts

_DATA = b"DATA\r\n"
_BREAKS = (SmtpFailure, MalformedReply, TimeoutError, Disconnected)


class Transaction:
    """The transfer of one message. Used once.

    `failure` is set when the connection broke or fell out of step; it can't be used any more then.
    `broke_in_envelope` is set when that was before the content.
    `needs_reset` is set when the server still holds an envelope that must be dropped with RSET.
    """

    __slots__ = (
        "_dialogue",
        "_offers",
        "_on_stage",
        "_outcomes",
        "_seconds",
        "_settings",
        "_stage",
        "_timeouts",
        "broke_in_envelope",
        "failure",
        "needs_reset",
    )

    def __init__(
        self,
        settings: SmtpSettings,
        dialogue: Dialogue,
        offers: Offers,
        timeouts: Timeouts,
        on_stage: Callable[[Stage], None] | None = None,
    ) -> None:
        self._settings = settings
        self._dialogue = dialogue
        self._offers = offers
        self._timeouts = timeouts
        self._on_stage = on_stage
        self._outcomes: dict[str, Outcome] = {}
        self._stage = Stage.MAIL  # what is waited for
        self._seconds = 0.0  # for how long at most
        self.failure: SmtpFailure | None = None
        self.broke_in_envelope = False
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
        to: dict[str, str] = {}  # the recipients as they were given → as the server is told
        try:
            mail = await self._prepare(envelope_from, recipients, content, to)
            accepted = await self._envelope(mail, to) if to else []
        except _BREAKS as error:
            outcomes = self._broken(error, to)
            self.broke_in_envelope = True
            return outcomes
        if not accepted:
            return self._outcomes
        self._dialogue.expect()
        if not await commit_point(accepted):
            raise StaleClaim("another sender has taken this message over")
        try:
            await self._content(accepted, content)
        except _BREAKS as error:
            return self._broken(error, to)
        return self._outcomes

    # Before anything is sent -----------------------------------------------------------------

    async def _prepare(
        self, envelope_from: str, recipients: Sequence[str], content: bytes, to: dict[str, str]
    ) -> bytes:
        """The command MAIL, and in `to` who can be sent it; the others get their outcome."""
        host, offers = self._settings.host, self._offers
        eight_bit = not content.isascii()
        try:
            sender = envelope_from and wire_address(envelope_from, "sender", host, offers)
            if len(content) > SCAN:
                bare_ends = await any_bare_line_ends(content)
            else:
                bare_ends = has_bare_line_ends(content)
            self._check(content, eight_bit, bare_ends)
        except Unusable as why:
            self._settle(recipients, Outcome(OutcomeKind.FAILED, Stage.MAIL, str(why)))
            return b""
        for recipient in recipients:
            try:
                to[recipient] = wire_address(recipient, "recipient", host, offers)
            except Unusable as why:
                self._outcomes[recipient] = Outcome(OutcomeKind.FAILED, Stage.RCPT, str(why))
        return mail_command(
            sender,
            size=len(content) if offers.size else None,
            eight_bit=eight_bit,
            utf8=not (sender.isascii() and all(map(str.isascii, to.values()))),
        )

    def _check(self, content: bytes, eight_bit: bool, bare_ends: bool) -> None:
        """Raise Unusable if the server can't be given the content as it is."""
        host, limit = self._settings.host, self._offers.size_limit
        if bare_ends:
            raise Unusable(
                "The stored message has bare CR or LF line ends and can't be sent unchanged."
            )
        if 0 < limit < len(content):
            raise Unusable(
                f"The message has {len(content):,} bytes, {host} takes at most {limit:,}. "
                "Nothing was sent; make it smaller or use another provider."
            )
        if eight_bit and not self._offers.eight_bit:
            raise Unusable(
                f"The message has 8-bit characters and {host} takes 7-bit mail alone "
                "(no 8BITMIME). Nothing was sent; use another provider."
            )

    # The dialogue ----------------------------------------------------------------------------

    async def _envelope(self, mail: bytes, to: dict[str, str]) -> list[str]:
        """MAIL, RCPT and DATA; the accepted recipients if the server is ready for the content."""
        dialogue, times, at_once = self._dialogue, self._timeouts, self._offers.pipelining
        names = [b"RCPT TO:<" + address.encode() + b">\r\n" for address in to.values()]
        if at_once:
            dialogue.tell(b"".join([mail, *names, _DATA]), len(names) + 2)
        self._next(Stage.MAIL, times.mail, b"" if at_once else mail)
        reply = dialogue.take() or await dialogue.reply(times.mail)
        has_sender = 200 <= reply.code <= 299
        if not has_sender:
            self._settle(to, self._meaning(reply))
            if not at_once:
                return []
        self.needs_reset = has_sender
        accepted: list[str] = []
        for recipient, name in zip(to, names, strict=True):
            self._next(Stage.RCPT, times.rcpt, b"" if at_once else name)
            reply = dialogue.take() or await dialogue.reply(times.rcpt)
            if 200 <= reply.code <= 299:
                accepted.append(recipient)
            else:
                outcome = self._meaning(reply)
                if accepted and _is_one_too_many(reply):
                    outcome = replace(outcome, kind=OutcomeKind.DEFERRED, scope=Scope.TRANSACTION)
                self._outcomes.setdefault(recipient, outcome)
        if has_sender and accepted:
            self._next(Stage.DATA, times.data, b"" if at_once else _DATA)
            reply = dialogue.take() or await dialogue.reply(times.data)
            if reply.code == 354:
                return accepted
            self._settle(accepted, self._meaning(reply))
        elif at_once:
            await self._take_back(accepted)
        return []

    async def _take_back(self, accepted: list[str]) -> None:
        """DATA is under way, and there is nobody to send the content to.

        A server that goes on nevertheless is given the final dot alone (RFC 2920 §3.1), unless it
        might take that for a message to somebody.
        """
        dialogue, times = self._dialogue, self._timeouts
        self._next(Stage.DATA, times.data)
        reply = await dialogue.reply(times.data)
        if reply.code == 354 and not accepted:
            self._next(Stage.DATA, times.command, FINAL_DOT)
            reply = await dialogue.reply(times.command)
            self.needs_reset = False
            if 200 <= reply.code <= 299:
                return
        self._meaning(reply)

    async def _content(self, accepted: Sequence[str], content: bytes) -> None:
        dialogue, waiting = self._dialogue, b""
        for block in blocks(content):
            if waiting:
                dialogue.write(waiting)
                self._seconds = self._timeouts.block
                await dialogue.room(self._seconds)
                await asyncio.sleep(0)  # over TLS nothing else lets a lost connection be seen
            if (reply := dialogue.take()) is not None:
                self._answered_too_early(accepted, reply)
                return
            waiting = block
        dialogue.write(waiting)
        self._next(Stage.END_OF_DATA, self._timeouts.final)
        reply = await dialogue.reply(self._timeouts.final)
        self.needs_reset = False
        self._settle(accepted, self._meaning(reply))

    def _answered_too_early(self, accepted: Sequence[str], reply: Reply) -> None:
        """A reply before the final dot: a refusal is one, anything else makes no sense.

        Either way the server is left in the middle of the content, so the connection ends.
        """
        outcome = self._meaning(reply)
        self._settle(accepted, outcome)
        self.failure = SmtpFailure(Stage.DATA, FailureKind.REFUSED, outcome.reason, reply)
        self._dialogue.abort()

    # Inside ----------------------------------------------------------------------------------

    def _next(self, stage: Stage, seconds: float, command: bytes = b"") -> None:
        """What is waited for next: the reply to `command`, or to what was sent before."""
        self._stage = stage
        self._seconds = seconds
        if self._on_stage is not None:
            self._on_stage(stage)
        if command:
            self._dialogue.tell(command, 1)

    def _meaning(self, reply: Reply) -> Outcome:
        """The outcome that `reply` means.

        A reply that means none breaks the dialogue off, and so does 421: the server is about to
        close the connection and will not answer anything else (RFC 5321 §3.8).
        """
        try:
            outcome = outcome_of_reply(self._stage, reply, self._settings.host)
        except ValueError:
            raise explain.unexpected(self._settings, self._stage, reply) from None
        if reply.code == 421:
            raise SmtpFailure(self._stage, FailureKind.REFUSED, outcome.reason, reply)
        return outcome

    def _broken(self, error: Exception, to: dict[str, str]) -> dict[str, Outcome]:
        """Every recipient without an outcome gets the one that the end of the connection means."""
        if isinstance(error, SmtpFailure):
            failure = error
        else:
            failure = explain.broken(self._settings, self._stage, self._seconds, error)
            failure.__cause__ = error
        self.failure = failure
        self._dialogue.abort()
        outcome = outcome_of_failure(failure)
        for recipient in to:
            self._outcomes.setdefault(recipient, outcome)
        return self._outcomes

    def _settle(self, recipients: Sequence[str] | dict[str, str], outcome: Outcome) -> None:
        for recipient in recipients:
            self._outcomes[recipient] = outcome


def _is_one_too_many(reply: Reply) -> bool:
    """Whether the server refuses the recipient because it took others before.

    Some say 552 for it (RFC 5321 §4.5.3.1.10). With another enhanced code, such as 4.2.2 for a
    full mailbox, the refusal is about the recipient.
    """
    if reply.enhanced:
        return reply.enhanced in {"4.5.3", "5.5.3"}
    return reply.code in {452, 552}
