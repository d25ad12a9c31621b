"""The mail at hand for one provider, and the connection workers that take it from there."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from mailadmin.credentials import Lookup
from mailadmin.delivery.availability import Availability
from mailadmin.delivery.batch import Batch
from mailadmin.delivery.context import DeliveryContext
from mailadmin.delivery.slow_domains import SlowDomains
from mailadmin.domain.claim import Claim
from mailadmin.domain.outcome import Outcome
from mailadmin.domain.provider import StoredProvider

_AHEAD = 0.1
"""Seconds of work that are claimed ahead, so that a fast connection never waits for a claim."""


class ProviderQueue:
    """What was claimed for one provider waits here until one of its workers takes it."""

    def __init__(self, provider: StoredProvider, context: DeliveryContext) -> None:
        self.availability: Final = Availability(provider, context)
        self._context = context
        self._claiming = False  # a claim was asked for and not answered yet
        self._exhausted = False  # nothing was due for it when it asked last
        self._ready: deque[Batch] = deque()
        self._under_way = SlowDomains(context.options.slow_domain)
        self._workers: set[asyncio.Task[None]] = set()
        self._idle: list[asyncio.Future[None]] = []  # workers without work, the last one last
        self._rate = 0.0  # batches per second, of late
        self._finished = 0  # batches, since the rate was taken
        self._rate_taken = time.monotonic()
        self._closed = False

    # As it is --------------------------------------------------------------------------------

    @property
    def provider(self) -> StoredProvider:
        """Whose queue it is."""
        return self.availability.provider

    @property
    def provider_id(self) -> int:
        """The ID of the provider."""
        return self.provider.id

    @property
    def usable(self) -> bool:
        """Whether mail can be claimed for it now."""
        return not self._closed and self.availability.usable

    @property
    def busy(self) -> bool:
        """Whether anything is claimed, about to be claimed, or looked up for it."""
        asking = self.availability.password.asking
        return bool(len(self._under_way) or self._ready or self._claiming or asking)

    @property
    def crowding(self) -> frozenset[str]:
        """Recipients' domains that are so slow that they get no more connections now."""
        most = self._most_workers
        return self._under_way.crowding(most) if most > 1 else frozenset()

    @property
    def _most_workers(self) -> int:
        return self.availability.connections.most(self.provider)

    def serves(self, provider: StoredProvider) -> bool:
        """Whether `provider` is still the one this queue was made for, but for its pause."""
        return replace(provider, pause=None) == replace(self.provider, pause=None)

    def has_nothing_before(self, moment: datetime) -> bool:
        """Whether nothing will be claimed for it before `moment`: nothing is due, or a limit."""
        limited_until = self.availability.limited_until
        return self._exhausted if limited_until is None else limited_until > moment

    # Claiming --------------------------------------------------------------------------------

    def wanted(self) -> int:
        """How many emails to claim now."""
        if self._claiming or self._exhausted or self.availability.is_limited(datetime.now(UTC)):
            return 0
        ahead = round(self._rate * _AHEAD) if self.availability.connections.proven else 0
        ready = len(self._ready)
        if ready and (crowding := self.crowding):
            ready = sum(not batch.domains & crowding for batch in self._ready)
        wanted = self._most_workers + ahead - len(self._under_way) - ready
        return wanted if wanted > ahead // 2 else 0

    def begin_claim(self) -> None:
        """A claim is asked for."""
        self._claiming = True

    def end_claim(self, *, exhausted: bool = False) -> None:
        """It was answered; `exhausted` says that nothing more is due."""
        self._claiming = False
        self._exhausted = self._exhausted or exhausted

    def look_again(self) -> None:
        """Something may be due."""
        self._exhausted = False

    def wait_for_limit(self, until: datetime) -> None:
        """Ask for nothing before `until`, when the provider's limit has room again."""
        self.availability.wait_for_limit(until)
        seconds = max((until - datetime.now(UTC)).total_seconds(), 0.0)
        asyncio.get_running_loop().call_later(seconds + 0.001, self._limit_passed)

    def _limit_passed(self) -> None:
        self.availability.limit_passed()
        self._exhausted = False
        self._context.agenda.turn()

    # Work ------------------------------------------------------------------------------------

    def add(self, batch: Batch) -> bool:
        """Have `batch` sent; gives whether a worker more is to be employed for it."""
        self._ready.append(batch)
        return not self._wake_one() and len(self._workers) < self._most_workers

    def put_back(self, batch: Batch) -> None:
        """Have a batch that a worker had to leave sent first."""
        self._ready.appendleft(batch)
        self._wake_one()

    def _wake_one(self) -> bool:
        """Have a worker that waits look for work; False if none waits."""
        while self._idle:
            waiting = self._idle.pop()
            if not waiting.done():
                waiting.set_result(None)
                return True
        return False

    def employ(self, work: Coroutine[object, object, None]) -> None:
        """Have one worker more, which ends when `next_batch` gives it nothing."""
        worker = asyncio.create_task(work)
        self._workers.add(worker)
        worker.add_done_callback(self._ended)

    def _ended(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        bug = None if worker.cancelled() else worker.exception()
        if bug is not None:
            self._context.commit.fail(bug)

    async def next_batch(self) -> Batch | None:
        """The next batch for the worker that asks; None if it is to end.

        That is when there was none for `options.idle` seconds, when the queue is closed, and if
        there are more workers than there may be.
        """
        batch = None
        if len(self._workers) <= self._most_workers:
            batch = self._pick()
            in_time = True
            while batch is None and in_time and not self._closed:
                in_time = await self._wait_for_work()
                batch = self._pick()  # also if its time is over: it may have come just then
        if batch is None:
            # From here on it counts no more, so that what comes next gets another worker.
            self._workers -= {asyncio.current_task()}
            self._has_room()
            return None
        self._under_way.begin(batch)
        self._context.traffic.begin()
        return batch

    async def _wait_for_work(self) -> bool:
        """Wait until there may be work; False if there was none for `options.idle` seconds."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._idle.append(waiting)
        try:
            async with asyncio.timeout(self._context.options.idle):
                await waiting
        except TimeoutError:
            return False
        finally:
            if waiting in self._idle:
                self._idle.remove(waiting)
        return True

    def _pick(self) -> Batch | None:
        """The first batch that is not for a domain which has connections enough."""
        crowding = self.crowding if self._ready else frozenset()
        for position, batch in enumerate(self._ready):
            if not batch.domains & crowding:
                del self._ready[position]
                return batch
        return None

    def finish_batch(self, batch: Batch) -> None:
        """A batch was dealt with; one that had to wait for it may have its turn."""
        self._under_way.end(batch)
        self._context.traffic.end()
        self._finished += 1
        if self._ready:
            self._wake_one()
        self._has_room()

    def _has_room(self) -> None:
        """A worker is free: more may be claimed, or it may have been the last one at work."""
        if not self.usable:
            self.return_waiting()
        if self.wanted() or (self._exhausted and not self.busy):
            self._context.agenda.turn()

    def learn(self, outcomes: Collection[Outcome], lookup: Lookup | None) -> None:
        """What a transaction says of the provider; see `Availability.learn`."""
        self.availability.learn(outcomes, lookup)

    def take_rate(self) -> None:
        """Bring the rate of batches up to date; called a few times a second."""
        now = time.monotonic()
        seconds = now - self._rate_taken
        if seconds > 0:
            self._rate += 0.5 * (self._finished / seconds - self._rate)
            self._finished, self._rate_taken = 0, now

    # The end ---------------------------------------------------------------------------------

    def return_waiting(self) -> None:
        """Give back what no worker has taken."""
        claims: Sequence[Claim] = [one for batch in self._ready for one in batch.claims.values()]
        self._ready.clear()
        if claims:
            self._context.commit.give_back(claims)

    def close(self) -> None:
        """Take no more work: workers end after what they are sending."""
        self._closed = True
        for waiting in self._idle:
            if not waiting.done():
                waiting.set_result(None)
        self.return_waiting()

    def break_off(self) -> None:
        """Cancel what is being sent."""
        for worker in self._workers:
            worker.cancel()

    async def finish(self, grace: float, goodbye: float) -> None:
        """Wait `grace` seconds for what is being sent, then break it off and close everything.

        Connections have `goodbye` seconds for a polite end.
        """
        workers = set(self._workers)
        if workers:
            _, late = await asyncio.wait(workers, timeout=grace)
            for worker in late:
                worker.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self.availability.password.cancel()
        await self.availability.connections.finish(goodbye)
