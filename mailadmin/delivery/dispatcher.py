"""Which provider gets which mail: keeps their queues, and claims what these have room for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from mailadmin.delivery.batch import Batch, pack
from mailadmin.delivery.connection_worker import ConnectionWorker
from mailadmin.delivery.context import DeliveryContext
from mailadmin.delivery.outcome_recorder import OutcomeRecorder
from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.delivery.provider_queues import ProviderQueues
from mailadmin.domain.claim import Claim, Claimed, ClaimRequest
from mailadmin.domain.errors import StorageError
from mailadmin.domain.outcome import Outcome, OutcomeKind, Stage
from mailadmin.domain.provider import Limit
from mailadmin.domain.queue import QueueStatus
from mailadmin.policy import fair_turns

DUE_SOON = timedelta(seconds=2)
"""A limit that passes so soon is waited for even by a run that ends when nothing is due."""

_AT_HAND = 8 * 1024 * 1024
"""Bytes of claimed messages that are read ahead of their turn; larger ones are read at theirs."""

_LAST_MOMENT = timedelta(minutes=1)  # the last attempt falls on the expiry itself
_EXPIRED = "Given up, the time it was to be sent in is over. It was not tried any more."
_NO_WAIT = 0.2  # seconds that are not worth to be shown as the next attempt
_GOODBYE = 0.5  # seconds for a polite end of all connections
_SPANS = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}


class Dispatcher:
    """Makes a queue for each provider, keeps it supplied, and employs the workers it needs.

    Mail goes to the usable providers of the best priority; to others only what those failed, or
    what is bound to them. Among equals weight decides: whose turn it is, how much of it, and how
    many of its connections it may have.
    """

    def __init__(self, context: DeliveryContext) -> None:
        self.queues: Final = ProviderQueues()
        self._context = context
        self._recorder = OutcomeRecorder(context, self.queues)
        self._due_before: datetime | None = None
        self._served: Counter[int] = Counter()  # emails claimed for each provider

    @property
    def busy(self) -> bool:
        """Whether anything is being sent, claimed or looked up."""
        return self.queues.busy

    @property
    def exhausted(self) -> bool:
        """Whether nothing is due for any provider that can be used, now or in a moment."""
        soon = datetime.now(UTC) + DUE_SOON
        return all(queue.has_nothing_before(soon) for queue in self.queues.usable)

    def leave_what_is_due_later(self, moment: datetime) -> None:
        """From now on claim nothing that becomes due after `moment`."""
        self._due_before = moment

    # The providers ---------------------------------------------------------------------------

    def update(self) -> None:
        """Make the queues those of the providers as they are stored. Raises `StorageError`."""
        store = self._context.store
        providers = store.providers.list()
        breakers = store.health.breakers()
        current: dict[int, ProviderQueue] = {}
        for provider in providers:
            queue = self.queues.of(provider.id)
            if queue is None or not queue.serves(provider):
                queue = ProviderQueue(provider, self._context)
            queue.availability.follow(provider, breakers.get(provider.id))
            current[provider.id] = queue
        self.queues.replace(current)

    def forget_passwords(self, *, missing_only: bool = False) -> None:
        """Look passwords up again: all, or those that could not be had."""
        for queue in self.queues:
            password = queue.availability.password
            if password.problem or not missing_only:
                password.forget()

    def look_up_passwords(self) -> None:
        """Ask for the passwords that are needed and were not asked for."""
        for queue in self.queues:
            queue.availability.look_up_password()

    # Claiming --------------------------------------------------------------------------------

    def look_again(self) -> None:
        """Something may be due: ask for it again, also where nothing was."""
        for queue in self.queues:
            queue.look_again()

    def supply(self) -> None:
        """Claim what the queues have room for. Raises `StorageError`."""
        self._context.clock.look()
        if not self._context.may_claim:
            return
        usable = self.queues.usable
        # Their turn would come first, and their passwords may be there in a moment.
        awaited = [
            queue.provider.priority
            for queue in self.queues
            if queue.availability.password.asking_first
        ]
        before: set[int] = set()  # providers that come first
        for priority in sorted({queue.provider.priority for queue in usable}):
            if awaited and priority > min(awaited):
                break
            group = [queue for queue in usable if queue.provider.priority == priority]
            self._supply_group(group, frozenset(before))
            before |= {queue.provider_id for queue in group}

    def _supply_group(self, group: Sequence[ProviderQueue], before: frozenset[int]) -> None:
        members = {queue.provider_id: queue for queue in group}
        weights = {one: queue.provider.weight for one, queue in members.items()}
        for one, queue in members.items():
            queue.availability.connections.give_share(weights[one] / max(weights.values()))
        wanted = {one: queue.wanted() for one, queue in members.items()}
        for one, number in fair_turns(wanted, weights, self._served):
            queue = members[one]
            queue.begin_claim()
            self._context.commit.claim(
                ClaimRequest(queue.provider, number, before, queue.crowding, self._due_before),
                partial(self._take, queue, number),
                queue.end_claim,
                holds=partial(_is_usable, queue),
            )

    def _take(self, queue: ProviderQueue, wanted: int, claimed: Claimed) -> None:
        context, claims = self._context, claimed.claims
        self._served[queue.provider_id] += len(claims)
        queue.end_claim(exhausted=claimed.free_at is None and len(claims) < wanted)
        if claimed.free_at is not None:
            self._wait_for_limit(queue, claimed.free_at, claimed.limit)
        context.agenda.turn()  # to claim more, or to notice that there is nothing
        if not claims:
            return
        if not (queue.usable and context.may_claim):  # stopped, paused, failed, changed meanwhile
            context.commit.give_back(claims)
            return
        contents = self._contents(claims)
        sound = [claim for claim in claims if not self._is_given_up(queue, claim)]
        for batch in pack(sound, contents, queue.availability.most_recipients):
            if queue.add(batch):
                queue.employ(ConnectionWorker(queue, self._recorder, context).run())

    def _is_given_up(self, queue: ProviderQueue, claim: Claim) -> bool:
        """Whether the time of the email is over: then it fails without being tried."""
        if claim.expires_at is None or datetime.now(UTC) <= claim.expires_at + _LAST_MOMENT:
            return False
        outcome = Outcome(OutcomeKind.FAILED, Stage.SENDER, _EXPIRED)
        batch = Batch({claim.recipient: claim})
        self._recorder.leave(queue.provider, batch, outcome, QueueStatus.FAILED)
        return True

    def _contents(self, claims: Sequence[Claim]) -> dict[int, bytes]:
        """The messages that are small and sound.

        Each of the others is read at its turn, which tells what is wrong with it.
        """
        wanted = list(dict.fromkeys(claim.stored_id for claim in claims))
        try:
            found = self._context.store.messages.contents(wanted, _AT_HAND)
        except StorageError:
            return {}
        return {one: content for one, content in found.items() if isinstance(content, bytes)}

    def _wait_for_limit(self, queue: ProviderQueue, free_at: datetime, limit: Limit | None) -> None:
        """Give the mail that waits for the limit its time, unless another provider may have it."""
        queue.wait_for_limit(free_at)
        now, provider = datetime.now(UTC), queue.provider
        equals = [
            other
            for other in self.queues.usable
            if other is not queue
            and other.provider.priority <= provider.priority
            and not other.availability.is_limited(now)
        ]
        if not equals and limit is not None and (free_at - now).total_seconds() > _NO_WAIT:
            reason = (
                f"Waiting for the limit of “{provider.caption}”: "
                f"{limit.count} per {_SPANS[limit.seconds]}."
            )
            claims = self._context.store.claims
            self._context.commit.also(lambda: claims.postpone(provider, free_at, limit, reason))

    # The end ---------------------------------------------------------------------------------

    def take_back(self) -> None:
        """Return the mail that was claimed and not begun."""
        for queue in self.queues:
            queue.return_waiting()

    def break_off(self) -> None:
        """Break off what is being sent."""
        for queue in self.queues.all:
            queue.break_off()

    async def finish(self, grace: float) -> None:
        """Take nothing more, let mail in flight finish for `grace` seconds, close everything."""
        queues = self.queues.all
        for queue in queues:
            queue.close()
        await asyncio.gather(*(queue.finish(grace, _GOODBYE) for queue in queues))


def _is_usable(queue: ProviderQueue) -> bool:
    return queue.usable
