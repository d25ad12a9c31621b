"""One connection's work: it takes parcels from its lane and sends them one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from mailadmin.delivery.batch import Parcel
from mailadmin.delivery.group_commit import GroupCommit
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.outcome_recorder import Settling
from mailadmin.delivery.provider_queue import Lane
from mailadmin.domain.claim import Claim
from mailadmin.domain.errors import StorageCorrupt, StorageError
from mailadmin.domain.outcome import Outcome, OutcomeKind, Stage
from mailadmin.drivers.session import Delivery, DriverFailure, Session, StaleClaim
from mailadmin.store import Store

_log = logging.getLogger(__name__)

STOPPED = "Mail Admin was stopped while the server's answer was awaited."
_BUG = (
    "Mail Admin failed on this message ({bug}): please report it. "
    "Release the message to send it again."
)


class Courier:
    """Sends the parcels of `lane` until there are none for a while. Used once.

    Whatever happens to a parcel, each of its claims is recorded or given back. `on_room` is called
    when the lane can take more work.
    """

    def __init__(
        self,
        lane: Lane,
        store: Store,
        commit: GroupCommit,
        settling: Settling,
        options: DeliveryOptions,
        *,
        on_room: Callable[[Lane], None],
    ) -> None:
        self._lane = lane
        self._store = store
        self._commit = commit
        self._settling = settling
        self._options = options
        self._on_room = on_room
        self._session: Session | None = None
        self._carried = 0  # messages sent over the session

    async def run(self) -> None:
        """Work until the lane has nothing for `options.idle` seconds or is closed."""
        lane = self._lane
        try:
            while (parcel := await lane.next(self._options.idle)) is not None:
                try:
                    await self._send(parcel)
                finally:
                    lane.finished(parcel)
                    self._on_room(lane)
        finally:
            self._drop()
            self._on_room(lane)

    async def _send(self, parcel: Parcel) -> None:
        """Send one parcel and hand its outcomes over."""
        number = self._lane.passwords_forgotten
        try:
            outcomes = await self._outcomes(parcel)
        except asyncio.CancelledError:
            self._drop()
            self._interrupted(parcel)
            raise
        except StaleClaim:
            self._drop()
            self._commit.give_back(list(parcel.claims.values()))
        except StorageCorrupt as damage:
            outcome = Outcome(OutcomeKind.FAILED, Stage.CONTENT, str(damage))
            self._settling.leave(self._lane, parcel, outcome)
        except StorageError:  # the point of no return was not committed: nothing was sent
            self._drop()
            self._commit.give_back(list(parcel.claims.values()))
        except Exception as bug:  # noqa: BLE001 - reported, and the email is held
            self._drop()
            _log.exception("Sending email %d failed by a bug", parcel.first.email_id)
            kind = OutcomeKind.UNCERTAIN if parcel.passed else OutcomeKind.FAILED
            outcome = Outcome(kind, Stage.CONTENT, _BUG.format(bug=type(bug).__name__))
            self._settling.leave(self._lane, parcel, outcome)
        else:
            if outcomes is not None:
                self._settling.settle(self._lane, parcel, outcomes, password_number=number)

    async def _outcomes(self, parcel: Parcel) -> dict[str, Outcome] | None:
        """The outcome of each recipient; None if the parcel went back to the lane."""
        content = parcel.content
        if content is None:
            content = await self._read(parcel.first.stored_id)
        while True:
            session = self._session
            if session is None:
                try:
                    session = self._session = await self._lane.open()
                except DriverFailure as failure:
                    return self._not_opened(parcel, failure.outcome)
                self._carried = 0
                self._lane.works()
            carried = self._carried
            try:
                outcomes = await session.deliver(
                    Delivery(
                        self._envelope_from(parcel.first),
                        {name: claim.queue_id for name, claim in parcel.claims.items()},
                        content,
                    ),
                    lambda accepted: self._pass_point(parcel, accepted),
                )
            except DriverFailure as failure:
                self._drop()
                if carried and failure.session_lost:
                    continue  # the server had ended an idle connection: not this email's failure
                return dict.fromkeys(parcel.claims, failure.outcome)
            self._carried += 1
            if not session.usable or self._carried >= self._lane.provider.messages_per_connection:
                self._drop()
            return outcomes

    def _not_opened(self, parcel: Parcel, outcome: Outcome) -> dict[str, Outcome] | None:
        """Others may still be connected: then the server has enough connections, not a failure."""
        lane = self._lane
        if outcome.kind is OutcomeKind.DEFERRED and lane.is_crowded():
            lane.add(parcel, first=True)
            return None
        lane.fails()
        return dict.fromkeys(parcel.claims, outcome)

    def _envelope_from(self, claim: Claim) -> str:
        given = claim.envelope_from
        return self._lane.provider.send_from if given is None else given

    async def _pass_point(self, parcel: Parcel, accepted: Sequence[str]) -> bool:
        """Commit that the content may be sent; False if any of the claims is stale."""
        claims = [parcel.claims[recipient] for recipient in accepted]
        live = await self._commit.pass_points(claims)
        if not live.issuperset([claim.attempt_id for claim in claims]):
            return False
        parcel.passed = frozenset(accepted)
        return True

    async def _read(self, stored_id: int) -> bytes:
        """The bytes of a large message, read and checked off the event loop."""

        def read() -> bytes:
            with self._store.thread():
                return self._store.messages.content(stored_id)

        return await asyncio.get_running_loop().run_in_executor(None, read)

    def _interrupted(self, parcel: Parcel) -> None:
        """The sender stops: what can't have been sent goes back, the rest is uncertain.

        Unless it can be repeated without a second message coming of it.
        """
        passed = [claim for name, claim in parcel.claims.items() if name in parcel.passed]
        if self._lane.driver.repeatable:
            self._settling.repeat(self._lane, passed)
        elif passed:
            outcome = Outcome(OutcomeKind.UNCERTAIN, Stage.HANDED_OVER, STOPPED)
            outcomes = {claim.recipient: outcome for claim in passed}
            self._settling.record(self._lane, parcel, outcomes)
        self._commit.give_back([one for one in parcel.claims.values() if one not in passed])

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._lane.discard(session)
