"""The mail at hand for one provider: how much is claimed, who takes it, what goes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from mailadmin.delivery.batch import Batch
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.domain.health import Breaker
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.store import Store
from tests.delivery.claimed_mail import batch_of, claimed, run, until_quiet
from tests.delivery.conftest import loopback
from tests.delivery.provider_queues import PAUSE, Context
from tests.smtp_providers import with_changes

Make = Callable[..., NewMessage]
NEVER = 3600.0


@pytest.fixture
def provider(store: Store) -> StoredProvider:
    return store.providers.add(replace(loopback(25), max_connections=2))


@pytest.fixture
def queue(provider: StoredProvider, context: Context) -> ProviderQueue:
    return ProviderQueue(provider, context)


@pytest.fixture
def batches(context: Context, provider: StoredProvider, message: Make) -> list[Batch]:
    messages = [message(f"a{number}@example.org") for number in range(4)]
    return [batch_of(claim) for claim in claimed(context, provider, *messages)]


class Worker:
    """Takes batches and finishes each when it is told to."""

    def __init__(self, queue: ProviderQueue) -> None:
        self.queue = queue
        self.taken: list[Batch] = []
        self.ended = False
        self._finish = asyncio.Semaphore(0)

    async def run(self) -> None:
        while (batch := await self.queue.next_batch()) is not None:
            self.taken.append(batch)
            await self._finish.acquire()
            self.queue.finish_batch(batch)
        self.ended = True

    async def finish(self) -> None:
        """Be done with a batch."""
        self._finish.release()
        await until_quiet()


def test_one_email_is_wanted_until_the_provider_did_its_part(queue: ProviderQueue) -> None:
    assert queue.wanted() == 1
    queue.availability.works()
    assert queue.wanted() == 2


def test_nothing_is_wanted_during_a_claim_when_nothing_is_due_and_while_limited(
    queue: ProviderQueue,
) -> None:
    queue.begin_claim()
    assert (queue.wanted(), queue.busy) == (0, True)
    queue.end_claim()
    assert (queue.wanted(), queue.busy) == (1, False)
    queue.end_claim(exhausted=True)
    assert queue.wanted() == 0
    queue.look_again()
    assert queue.wanted() == 1
    queue.availability.wait_for_limit(datetime.now(UTC) + timedelta(minutes=1))
    assert queue.wanted() == 0


def test_what_waits_and_what_is_under_way_is_wanted_no_more(
    queue: ProviderQueue, batches: list[Batch]
) -> None:
    async def scenario() -> None:
        queue.availability.works()
        assert queue.add(batches[0])
        assert queue.wanted() == 1
        worker = Worker(queue)
        queue.employ(worker.run())
        await until_quiet()
        assert worker.taken == batches[:1]
        assert (queue.wanted(), queue.busy) == (1, True)
        await worker.finish()
        assert (queue.wanted(), queue.busy) == (2, False)
        await queue.finish(0.0, 0.0)

    run(scenario())


def test_a_worker_that_waits_gets_what_comes_and_no_other_is_needed(
    queue: ProviderQueue, batches: list[Batch], context: Context
) -> None:
    async def scenario() -> None:
        queue.availability.works()
        first, second = Worker(queue), Worker(queue)
        queue.employ(first.run())
        await until_quiet()
        assert not queue.add(batches[0])
        await until_quiet()
        assert first.taken == batches[:1]
        assert context.traffic.in_flight == 1
        assert queue.add(batches[1])  # the first one is at work
        queue.employ(second.run())
        await until_quiet()
        assert second.taken == batches[1:2]
        assert not queue.add(batches[2])  # the provider takes no more than two
        await second.finish()
        assert second.taken == batches[1:3]
        await queue.finish(0.0, 0.0)

    run(scenario())


def test_a_batch_that_is_put_back_is_the_next(queue: ProviderQueue, batches: list[Batch]) -> None:
    async def scenario() -> None:
        for batch in batches[:2]:
            queue.add(batch)
        queue.put_back(batches[2])
        taken: list[Batch] = []
        for _ in range(3):
            taken_now = await queue.next_batch()
            assert taken_now is not None
            queue.finish_batch(taken_now)
            taken.append(taken_now)
        assert taken == [batches[2], *batches[:2]]

    run(scenario())


@pytest.mark.parametrize("turns", range(8))
def test_a_batch_that_comes_as_a_worker_gives_up_waiting_is_sent(
    store: Store, provider: StoredProvider, batches: list[Batch], turns: int
) -> None:
    """Either that worker takes it or another one is asked for, at whichever moment it comes."""

    async def scenario() -> None:
        context = Context(store, DeliveryOptions(idle=0.0))
        queue = ProviderQueue(provider, context)
        workers = [Worker(queue)]
        queue.employ(workers[0].run())
        for _ in range(turns):
            await asyncio.sleep(0)
        if queue.add(batches[0]):
            workers.append(Worker(queue))
            queue.employ(workers[1].run())
        await until_quiet()
        assert [batch for worker in workers for batch in worker.taken] == batches[:1]
        await queue.finish(0.0, 0.0)

    run(scenario())


def test_a_worker_without_work_ends_and_one_too_many_at_once(
    store: Store, provider: StoredProvider, queue: ProviderQueue
) -> None:
    async def scenario() -> None:
        idle = Worker(ProviderQueue(provider, Context(store, DeliveryOptions(idle=0.01))))
        await idle.run()
        workers = [Worker(queue), Worker(queue)]
        for worker in workers:
            queue.employ(worker.run())
        await until_quiet()
        assert sorted(worker.ended for worker in workers) == [False, True]
        await queue.finish(0.0, 0.0)

    run(scenario())


def test_a_free_worker_asks_for_a_turn_and_the_last_one_when_nothing_is_due(
    queue: ProviderQueue, batches: list[Batch], context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[bool] = []
    monkeypatch.setattr(context.agenda, "turn", lambda: turns.append(True))

    async def scenario() -> None:
        queue.add(batches[0])
        queue.add(batches[1])
        first = await queue.next_batch()
        assert first is not None
        queue.begin_claim()
        queue.finish_batch(first)
        assert turns == []  # what it may have is on its way
        queue.end_claim(exhausted=True)
        second = await queue.next_batch()
        assert second is not None
        assert turns == []
        queue.finish_batch(second)
        assert turns == [True]  # the run may be over
        queue.look_again()
        queue.add(batches[2])
        third = await queue.next_batch()
        assert third is not None
        queue.finish_batch(third)
        assert turns == [True, True]

    run(scenario())


@pytest.mark.parametrize("how", ["paused", "resting", "closed"])
def test_what_waits_goes_back_when_the_provider_can_not_be_used(
    queue: ProviderQueue,
    batches: list[Batch],
    context: Context,
    provider: StoredProvider,
    how: str,
) -> None:
    async def scenario() -> None:
        queue.add(batches[0])
        queue.add(batches[1])
        under_way = await queue.next_batch()
        assert under_way is batches[0]
        match how:
            case "paused":
                queue.availability.follow(replace(provider, pause=PAUSE), None)
            case "resting":
                later = datetime.now(UTC) + timedelta(minutes=1)
                queue.availability.follow(provider, Breaker(5, later, 60.0))
            case "closed":
                queue.close()
        assert not queue.usable
        queue.finish_batch(under_way)
        assert context.commit.flush(1.0)

    run(scenario())
    rows = {row.id: row for row in context.store.queue.rows(context.store.queue.ids())}
    kept, returned = (rows[batch.first.queue_id] for batch in batches[:2])
    assert (kept.status, returned.status) == (QueueStatus.IN_PROGRESS, QueueStatus.QUEUED)


def test_closing_ends_the_workers_that_wait(queue: ProviderQueue) -> None:
    async def scenario() -> None:
        worker = Worker(queue)
        queue.employ(worker.run())
        await until_quiet()
        queue.close()
        await queue.finish(NEVER, 0.0)
        assert worker.ended

    run(scenario())


def test_a_worker_at_work_has_its_grace_and_is_then_broken_off(
    queue: ProviderQueue, batches: list[Batch]
) -> None:
    async def scenario() -> None:
        worker = Worker(queue)
        queue.add(batches[0])
        queue.employ(worker.run())
        await until_quiet()
        queue.close()
        await queue.finish(0.05, 0.0)
        assert not worker.ended

    run(scenario())


def test_a_hurry_breaks_a_worker_off_within_its_grace(
    queue: ProviderQueue, batches: list[Batch]
) -> None:
    async def scenario() -> None:
        queue.add(batches[0])
        queue.employ(Worker(queue).run())
        await until_quiet()
        asyncio.get_running_loop().call_later(0.01, queue.break_off)
        await queue.finish(NEVER, 0.0)

    run(scenario())


def test_a_bug_of_a_worker_is_told(queue: ProviderQueue, context: Context) -> None:
    async def bug() -> None:
        raise ZeroDivisionError

    async def scenario() -> None:
        queue.employ(bug())
        await until_quiet()

    run(scenario())
    assert isinstance(context.commit.bug, ZeroDivisionError)


def test_a_provider_that_is_fast_has_mail_claimed_ahead(
    queue: ProviderQueue, batches: list[Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr("mailadmin.delivery.provider_queue.time", clock)

    async def scenario() -> None:
        nonlocal now
        now += 1000.0
        queue.take_rate()
        for _ in range(1000):
            queue.add(batches[0])
            batch = await queue.next_batch()
            assert batch is not None
            queue.finish_batch(batch)
        now += 1.0
        queue.take_rate()  # 500/s, as half of it is believed
        assert queue.wanted() == 1  # but not of one that failed last
        queue.availability.works()
        assert queue.wanted() == 52
        now += 1.0
        queue.take_rate()
        assert queue.wanted() == 27

    run(scenario())


def test_a_queue_serves_its_provider_paused_or_not_but_no_changed_one(
    queue: ProviderQueue, provider: StoredProvider
) -> None:
    assert queue.serves(replace(provider, pause=PAUSE))
    assert not queue.serves(with_changes(provider, host="other.example.org"))


def test_a_limit_has_room_again_when_its_time_has_come(
    queue: ProviderQueue, context: Context
) -> None:
    async def scenario() -> None:
        context.agenda.begin_turn(NEVER)
        until = datetime.now(UTC) + timedelta(seconds=0.05)
        queue.end_claim(exhausted=True)
        queue.wait_for_limit(until)
        assert queue.has_nothing_before(until - timedelta(seconds=1))
        assert not queue.has_nothing_before(until)
        await context.agenda.next_turn(NEVER)
        assert datetime.now(UTC) >= until
        assert queue.availability.limited_until is None
        assert queue.wanted() == 1

    run(scenario())
