"""One attempt of one email: from its claim to its recorded outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from mailadmin.core.delivery.disposition import dispose
from mailadmin.core.delivery.lane import Lane
from mailadmin.core.delivery.options import DeliveryOptions
from mailadmin.core.domain import Outcome, OutcomeKind, Provider, QueueStatus, Stage
from mailadmin.core.errors import StorageCorrupt, StorageError
from mailadmin.core.policy import FailureKind, outcome_of_failure
from mailadmin.core.sending import Claim, Disposition
from mailadmin.core.smtp import SmtpFailure, StaleClaim
from mailadmin.store import Store

_log = logging.getLogger(__name__)

STOPPED = "Mail Admin was stopped while the server's answer was awaited."
_BUG = (
    "Mail Admin failed on this message ({bug}): please report it. "
    "Release the message to send it again."
)


@dataclass(slots=True)
class Transmission:
    """Sends the email of one claim through a lane and records the outcome, whatever happens.

    `sleep` waits between tries to record; it returns False when there is no more time for that.
    `on_trouble` hears why an outcome can't be recorded, and None when it was after all.
    """

    store: Store
    lane: Lane
    claim: Claim
    options: DeliveryOptions
    random: Callable[[], float]
    sleep: Callable[[float], Awaitable[bool]]
    on_trouble: Callable[[Claim, StorageError | None], None]
    passed: bool = False  # the point of no return was committed
    outcome: Outcome | None = None  # what the server answered, once it is known
    password_number: int = 0  # how often the lane had forgotten its password at the start
    paused_provider: bool = False  # the provider was paused for what it answered

    async def run(self) -> Outcome | None:
        """Give the recorded outcome; None if the email went back to the queue or to another owner.

        Raises `StorageError` if the message can't be read; the claim is then given back.
        """
        self.password_number = self.lane.passwords_forgotten
        try:
            outcome = await self._attempt()
        except asyncio.CancelledError:
            self._interrupted()
            raise
        except StaleClaim:
            return None
        except StorageCorrupt as damage:
            outcome = Outcome(OutcomeKind.FAILED, Stage.DATA, str(damage))
            return await self._hold(outcome, str(damage))
        except StorageError:
            if not self.passed:
                with suppress(StorageError):  # the lease ends by itself
                    self.store.claims.give_back(self.claim)
            raise
        except Exception as bug:  # noqa: BLE001 - reported, and the email is held
            _log.exception("Sending email %d failed by a bug", self.claim.email_id)
            reason = _BUG.format(bug=type(bug).__name__)
            kind = OutcomeKind.UNCERTAIN if self.passed else OutcomeKind.FAILED
            return await self._hold(Outcome(kind, Stage.DATA, reason), reason)
        now = datetime.now(UTC)
        disposition = dispose(self.claim, outcome, self.options, now, self.random)
        return outcome if await self._record(outcome, disposition) else None

    async def _hold(self, outcome: Outcome, reason: str) -> Outcome | None:
        """Leave the email to the administrator, no attempt used."""
        held = Disposition(QueueStatus.HELD, None, reason, uses_attempt=False)
        return outcome if await self._record(outcome, held) else None

    async def _attempt(self) -> Outcome:
        content = self.store.messages.content(self.claim.message_id)
        while True:
            try:
                session, carried = await self.lane.take()
            except SmtpFailure as failure:
                return outcome_of_failure(failure)
            try:
                outcomes = await session.deliver(
                    envelope_from=self._envelope_from(self.lane.provider),
                    recipients=[self.claim.recipient],
                    content=content,
                    commit_point=self._commit_point,
                )
            except SmtpFailure as failure:
                self.lane.discard(session)
                if carried and failure.kind is FailureKind.CONNECTION_LOST:
                    continue  # the server had ended an idle connection: not this email's failure
                return outcome_of_failure(failure)
            except BaseException:
                self.lane.discard(session)
                raise
            self.outcome = outcomes[self.claim.recipient]
            self.lane.give_back(session, carried + 1)
            return self.outcome

    def _envelope_from(self, provider: Provider) -> str:
        given = self.claim.envelope_from
        return provider.send_from if given is None else given

    async def _commit_point(self, accepted: Sequence[str]) -> bool:
        del accepted  # the one recipient of the claim
        self.passed = self.store.claims.pass_point_of_no_return(self.claim)
        return self.passed

    async def _record(self, outcome: Outcome, disposition: Disposition) -> bool:
        """Record, again and again while the database can't: a known outcome must not be lost."""
        while True:
            try:
                recorded = self.store.claims.record(
                    self.claim, outcome, disposition, also=self._pause_for(outcome)
                )
            except StorageError as trouble:
                self.outcome = outcome
                self.on_trouble(self.claim, trouble)
                if not await self.sleep(self.options.storage_pause):
                    raise
            else:
                self.on_trouble(self.claim, None)
                return recorded

    def _pause_for(self, outcome: Outcome) -> Callable[[], None] | None:
        """Pause the provider whose fault it is, in the transaction that gives the email back.

        Not if the administrator has acted since: the attempt was made with what was before.
        """
        lane = self.lane
        if outcome.kind is not OutcomeKind.PROVIDER_FAULT:
            return None
        if lane.passwords_forgotten != self.password_number:
            return None

        def pause() -> None:
            self.paused_provider = self.store.providers.pause_unchanged(
                lane.provider, outcome.reason
            )

        return pause

    def _interrupted(self) -> None:
        """The sender stops: what can't have been sent goes back, the rest is uncertain."""
        with suppress(StorageError):  # the next start settles it by the lease and the owner
            if self.passed or self.outcome is not None:
                outcome = self.outcome or Outcome(OutcomeKind.UNCERTAIN, Stage.END_OF_DATA, STOPPED)
                now = datetime.now(UTC)
                self.store.claims.record(
                    self.claim,
                    outcome,
                    dispose(self.claim, outcome, self.options, now, self.random),
                )
            else:
                self.store.claims.give_back(self.claim)
