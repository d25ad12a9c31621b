"""One connection's work: it takes batches from its provider's queue and sends them in turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from mailadmin.credentials import Lookup
from mailadmin.delivery.batch import Batch
from mailadmin.delivery.context import DeliveryContext
from mailadmin.delivery.outcome_recorder import OutcomeRecorder
from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.domain.claim import Claim
from mailadmin.domain.errors import StorageCorrupt, StorageError
from mailadmin.domain.outcome import Outcome, OutcomeKind, Stage
from mailadmin.drivers.session import Delivery, DriverFailure, Session, StaleClaim

_log = logging.getLogger(__name__)

STOPPED = "Mail Admin was stopped while the server's answer was awaited."
_BUG = (
    "Mail Admin failed on this message ({bug}): please report it. "
    "Release the message to send it again."
)


class ConnectionWorker:
    """Sends the batches of `queue` until there are none for a while. Used once.

    Whatever happens to a batch, each of its claims is recorded or given back.
    """

    def __init__(
        self, queue: ProviderQueue, recorder: OutcomeRecorder, context: DeliveryContext
    ) -> None:
        self._queue = queue
        self._recorder = recorder
        self._context = context
        self._session: Session | None = None
        self._lookup: Lookup | None = None  # the password it was opened with
        self._carried = 0  # messages sent over it

    async def run(self) -> None:
        """Work until the queue has nothing more for this worker."""
        try:
            while (batch := await self._queue.next_batch()) is not None:
                try:
                    await self._send(batch)
                finally:
                    self._queue.finish_batch(batch)
        finally:
            self._drop()

    async def _send(self, batch: Batch) -> None:
        """Send one batch and hand its outcomes over."""
        commit = self._context.commit
        try:
            outcomes = await self._outcomes(batch)
        except asyncio.CancelledError:
            self._drop()
            self._interrupted(batch)
            raise
        except StaleClaim:
            self._drop()
            commit.give_back(list(batch.claims.values()))
        except StorageCorrupt as damage:
            outcome = Outcome(OutcomeKind.FAILED, Stage.CONTENT, str(damage))
            self._recorder.leave(self._queue.provider, batch, outcome)
        except StorageError:  # the point of no return was not committed: nothing was sent
            self._drop()
            commit.give_back(list(batch.claims.values()))
        except Exception as bug:  # noqa: BLE001 - reported, and the email is held
            self._drop()
            _log.exception("Sending email %d failed by a bug", batch.first.email_id)
            kind = OutcomeKind.UNCERTAIN if batch.passed else OutcomeKind.FAILED
            outcome = Outcome(kind, Stage.CONTENT, _BUG.format(bug=type(bug).__name__))
            self._recorder.leave(self._queue.provider, batch, outcome)
        else:
            if outcomes is not None:
                self._queue.learn(outcomes.values(), self._lookup)
                self._recorder.record(self._queue.provider, batch, outcomes)

    async def _outcomes(self, batch: Batch) -> dict[str, Outcome] | None:
        """The outcome of each recipient; None if the batch went back to the queue."""
        content = batch.content
        if content is None:
            content = await self._read(batch.first.stored_id)
        while True:
            session = self._session
            if session is None:
                try:
                    session = await self._open()
                except DriverFailure as failure:
                    return self._not_opened(batch, failure.outcome)
            carried = self._carried
            try:
                outcomes = await session.deliver(
                    Delivery(
                        self._envelope_from(batch.first),
                        {name: claim.queue_id for name, claim in batch.claims.items()},
                        content,
                    ),
                    lambda accepted: self._pass_point(batch, accepted),
                )
            except DriverFailure as failure:
                self._drop()
                if carried and failure.session_lost:
                    continue  # the server had ended an idle connection: not this email's failure
                return dict.fromkeys(batch.claims, failure.outcome)
            self._carried += 1
            if not session.usable or self._carried >= self._queue.provider.messages_per_connection:
                self._drop()
            return outcomes

    async def _open(self) -> Session:
        """Open the session with the password as it is known now. Raises `SmtpFailure`."""
        available = self._queue.availability
        self._lookup = lookup = available.password.lookup
        secret = lookup.secret if lookup is not None else None
        self._session = await available.connections.open(available.provider, secret)
        self._carried = 0
        available.works()
        return self._session

    def _not_opened(self, batch: Batch, outcome: Outcome) -> dict[str, Outcome] | None:
        """Others may still be connected: then the server has enough connections, not a failure."""
        connections = self._queue.availability.connections
        if outcome.kind is OutcomeKind.DEFERRED and connections.note_crowd():
            self._queue.put_back(batch)
            return None
        connections.fails()
        return dict.fromkeys(batch.claims, outcome)

    def _envelope_from(self, claim: Claim) -> str:
        given = claim.envelope_from
        return self._queue.provider.send_from if given is None else given

    async def _pass_point(self, batch: Batch, accepted: Sequence[str]) -> bool:
        """Commit that the content may be sent; False if any of the claims is stale."""
        claims = [batch.claims[recipient] for recipient in accepted]
        live = await self._context.commit.pass_points(claims)
        if not live.issuperset([claim.attempt_id for claim in claims]):
            return False
        batch.pass_point(accepted)
        return True

    async def _read(self, stored_id: int) -> bytes:
        """The bytes of a large message, read and checked off the event loop."""
        store = self._context.store

        def read() -> bytes:
            with store.thread():
                return store.messages.content(stored_id)

        return await asyncio.get_running_loop().run_in_executor(None, read)

    def _interrupted(self, batch: Batch) -> None:
        """The sender stops: what can't have been sent goes back, the rest is uncertain.

        Unless it can be repeated without a second message coming of it.
        """
        provider = self._queue.provider
        passed = [claim for name, claim in batch.claims.items() if name in batch.passed]
        if self._queue.availability.driver.repeatable:
            self._recorder.repeat(provider, passed)
        elif passed:
            outcome = Outcome(OutcomeKind.UNCERTAIN, Stage.HANDED_OVER, STOPPED)
            self._recorder.record(provider, batch, {one.recipient: outcome for one in passed})
        self._context.commit.give_back([one for one in batch.claims.values() if one not in passed])

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._queue.availability.connections.discard(session)
