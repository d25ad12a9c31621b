"""The sender's writes: together, again while the database fails, and never after a failed sync."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import apsw
import pytest

from mailadmin.delivery.agenda import Agenda
from mailadmin.delivery.group_commit import GroupCommit
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.traffic import Traffic
from mailadmin.domain.claim import Claim, Claimed, ClaimRequest, Disposition, Recording
from mailadmin.domain.errors import StorageBusy, StorageError, StorageSyncFailed
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from tests.delivery.conftest import loopback
from tests.store.base.test_sync_failure import FailingDisk

ME = "me"
PATIENT = DeliveryOptions(storage_wait=30.0)
IMPATIENT = DeliveryOptions(storage_wait=0.0, storage_pause=30.0)
BRIEF = DeliveryOptions(storage_wait=0.0, storage_pause=0.05)


class Turns(Agenda):
    """An agenda that tells when a turn is asked for."""

    def __init__(self, asked: Callable[[], None]) -> None:
        super().__init__()
        self._asked = asked

    def turn(self) -> None:
        self._asked()


class Sender:
    """A store with claimed mail, what is committed for it, and what was told."""

    def __init__(self, store: Store, options: DeliveryOptions) -> None:
        self.store = store
        self.told: list[StorageError | None] = []
        traffic = Traffic()
        for _ in range(100):
            traffic.begin()
        self.commits = GroupCommit(store, ME, options, Turns(self._told), traffic)

    def _told(self) -> None:
        self.told.append(self.commits.trouble)

    def record(self, claim: Claim) -> asyncio.Future[frozenset[int]]:
        """Record that it was accepted; done once that is durable."""
        done: asyncio.Future[frozenset[int]] = asyncio.get_running_loop().create_future()
        outcome = Outcome(OutcomeKind.ACCEPTED, Stage.END_OF_DATA, "250 ok")
        recording = Recording(claim, outcome, Disposition(None, None, "250 ok"))
        self.commits.record([recording], done.set_result)
        return done

    def also(self) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.commits.also(
            lambda: self.store.settings.set("known", True), lambda: done.set_result(None)
        )
        return done

    def claim(self, *, holds: bool = True) -> asyncio.Future[Claimed | None]:
        """None: it was not claimed."""
        answer: asyncio.Future[Claimed | None] = asyncio.get_running_loop().create_future()
        self.commits.claim(
            ClaimRequest(self.provider, 1),
            answer.set_result,
            lambda: answer.set_result(None),
            holds=lambda: holds,
        )
        return answer

    @property
    def provider(self) -> StoredProvider:
        return self.store.providers.list()[0]

    def passed(self, claim: Claim) -> bool:
        """Whether its point of no return was committed."""
        return self.store.log.attempts(claim.email_id)[-1].point_of_no_return_at is not None


def run(scenario: Coroutine[object, object, None]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(30):
            await scenario

    asyncio.run(in_time())


def claimed(store: Store, message: Callable[..., NewMessage], number: int) -> tuple[Claim, ...]:
    """Claims of `number` emails; one more waits."""
    store.providers.add(loopback(25))
    store.queue.enqueue([message(f"a{n}@example.org") for n in range(number + 1)])
    provider = store.providers.list()[0]
    store.be_patient(DeliveryOptions().busy_wait)
    return store.claims.claim(ME, ClaimRequest(provider, number), lease=60).claims


@pytest.fixture
def claims(store: Store, message: Callable[..., NewMessage]) -> tuple[Claim, ...]:
    return claimed(store, message, 4)


@pytest.fixture
def other(store: Store) -> Iterator[apsw.Connection]:
    """Another program's connection; it takes the lock when it begins."""
    connection = apsw.Connection(str(store.location.path))
    yield connection
    connection.close()


def lock(other: apsw.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")


def unlock(other: apsw.Connection) -> None:
    other.execute("ROLLBACK")


def test_requests_of_many_connections_share_a_transaction(
    store: Store, claims: tuple[Claim, ...]
) -> None:
    async def scenario() -> None:
        sender = Sender(store, PATIENT)
        commits: list[int] = []

        def noted() -> bool:
            commits.append(1)
            return False  # go on

        store._database.peewee.connection().set_commit_hook(noted)
        points = [asyncio.create_task(sender.commits.pass_points([one])) for one in claims[2:]]
        await asyncio.sleep(0)  # both have asked
        done, also, more = sender.record(claims[0]), sender.also(), sender.claim()
        sender.commits.give_back([claims[1]])
        both = frozenset({claims[2].attempt_id, claims[3].attempt_id})
        assert [await point for point in points] == [both, both]
        assert await done >= {claims[0].attempt_id}
        await also
        found = await more
        assert found is not None
        assert len(found.claims) == 1
        assert len(commits) == 1
        assert sender.told == [None]  # nothing is left to be written

    run(scenario())
    assert store.settings.get("known") is True
    assert store.queue.count() == 4


def test_a_lock_that_is_held_for_a_moment_is_waited_for(
    store: Store, claims: tuple[Claim, ...], other: apsw.Connection
) -> None:
    async def scenario() -> None:
        sender = Sender(store, PATIENT)
        lock(other)
        asyncio.get_running_loop().call_later(0.15, unlock, other)
        done, more = sender.record(claims[0]), sender.claim()
        assert await sender.commits.pass_points(claims[1:2]) == {claims[1].attempt_id}
        await done
        assert await more is not None
        assert all(trouble is None for trouble in sender.told)

    run(scenario())


def test_a_lock_that_is_held_too_long_is_told_and_nothing_new_is_begun(
    store: Store, claims: tuple[Claim, ...], other: apsw.Connection
) -> None:
    async def scenario() -> None:
        sender = Sender(store, IMPATIENT)
        lock(other)
        done, also, more = sender.record(claims[0]), sender.also(), sender.claim()
        with pytest.raises(StorageBusy):
            await sender.commits.pass_points(claims[1:2])
        assert await more is None
        assert isinstance(sender.commits.trouble, StorageBusy)
        assert [type(trouble) for trouble in sender.told] == [StorageBusy]
        unlock(other)
        # While it rests, also once it could be done.
        with pytest.raises(StorageBusy):
            await sender.commits.pass_points(claims[2:3])
        assert await sender.claim() is None
        assert sender.commits.unrecorded
        assert not done.done()
        assert not also.done()

    run(scenario())
    assert store.queue.count() == 5


def test_outcomes_are_kept_and_written_once_the_database_takes_them(
    store: Store, claims: tuple[Claim, ...], other: apsw.Connection
) -> None:
    async def scenario() -> None:
        sender = Sender(store, BRIEF)
        lock(other)
        first, also = sender.record(claims[0]), sender.also()
        sender.commits.give_back([claims[1]])
        with pytest.raises(StorageBusy):
            await sender.commits.pass_points(claims[2:3])
        second = sender.record(claims[3])  # learned while it fails
        unlock(other)
        assert claims[0].attempt_id in await first
        assert claims[3].attempt_id in await second
        await also
        assert not sender.commits.unrecorded
        assert sender.commits.trouble is None
        assert isinstance(sender.told[0], StorageBusy)
        assert sender.told[-1] is None
        assert await sender.commits.pass_points(claims[2:3]) == {claims[2].attempt_id}

    run(scenario())
    assert store.queue.count() == 3
    assert store.queue.get(claims[1].queue_id).status is QueueStatus.QUEUED
    assert not Sender(store, BRIEF).passed(claims[1])


def test_a_stale_claim_gets_no_point(store: Store, claims: tuple[Claim, ...]) -> None:
    store.claims.give_back_all(claims[:1])

    async def scenario() -> None:
        sender = Sender(store, PATIENT)
        assert await sender.commits.pass_points(claims[:2]) == {claims[1].attempt_id}

    run(scenario())


def test_a_connection_that_was_cut_leaves_no_point(store: Store, claims: tuple[Claim, ...]) -> None:
    async def scenario() -> None:
        sender = Sender(store, PATIENT)
        cut = asyncio.create_task(sender.commits.pass_points(claims[:1]))
        other = asyncio.create_task(sender.commits.pass_points(claims[1:2]))
        await asyncio.sleep(0)  # both have asked
        cut.cancel()
        await other
        assert not sender.passed(claims[0])
        assert sender.passed(claims[1])

    run(scenario())


def test_a_claim_that_is_no_longer_wanted_is_not_made(
    store: Store, claims: tuple[Claim, ...]
) -> None:
    async def scenario() -> None:
        sender = Sender(store, PATIENT)
        assert await sender.claim(holds=False) is None
        found = await sender.claim()
        assert found is not None
        assert len(found.claims) == 1

    assert claims
    run(scenario())


@pytest.mark.parametrize("held", [False, True])
def test_the_end_of_a_run_writes_what_is_known_or_says_that_it_could_not(
    store: Store, claims: tuple[Claim, ...], other: apsw.Connection, held: bool
) -> None:
    async def scenario() -> None:
        sender = Sender(store, PATIENT)
        if held:
            lock(other)
        done = sender.record(claims[0])
        late = asyncio.create_task(sender.commits.pass_points(claims[1:2]))
        await asyncio.sleep(0)  # it has asked
        assert sender.commits.flush(0.05) is not held
        assert sender.commits.unrecorded is held
        assert done.done() is not held
        with pytest.raises(StorageBusy):
            await late
        assert not sender.passed(claims[1])

    run(scenario())


def test_a_bug_is_reported_and_no_connection_waits_for_ever(
    store: Store, claims: tuple[Claim, ...]
) -> None:
    async def scenario() -> None:
        sender = Sender(store, PATIENT)

        def bug() -> None:
            raise ZeroDivisionError

        sender.commits.also(bug)
        with pytest.raises(ZeroDivisionError):
            await sender.commits.pass_points(claims[:1])
        assert isinstance(sender.commits.bug, ZeroDivisionError)
        assert not sender.passed(claims[0])

    run(scenario())


# A disk that does not confirm -------------------------------------------------------------------


@pytest.fixture
def disk() -> Iterator[FailingDisk]:
    made = FailingDisk()
    yield made
    made.unregister()


@pytest.fixture
def failing(tmp_path: Path, disk: FailingDisk) -> Iterator[Store]:
    assert not disk.fails
    store = Store.open(tmp_path / "failing.db", standard_drivers())
    yield store
    store.close()


@pytest.fixture
def on_failing(failing: Store, message: Callable[..., NewMessage]) -> tuple[Claim, ...]:
    return claimed(failing, message, 4)


async def fail(sender: Sender, disk: FailingDisk, claim: Claim) -> None:
    """Meet a disk that doesn't confirm, once."""
    disk.fails = True
    with pytest.raises(StorageSyncFailed):
        await sender.commits.pass_points([claim])
    disk.fails = False


def test_after_a_failed_sync_nothing_is_tried_until_somebody_says_so(
    failing: Store, disk: FailingDisk, on_failing: tuple[Claim, ...]
) -> None:
    async def scenario() -> None:
        sender = Sender(failing, DeliveryOptions(storage_pause=0.01))
        await fail(sender, disk, on_failing[0])
        done = sender.record(on_failing[1])
        with pytest.raises(StorageSyncFailed):
            await sender.commits.pass_points(on_failing[2:3])
        assert await sender.claim() is None
        await asyncio.wait([done], timeout=0.2)  # twenty of its pauses
        assert not done.done()
        assert [type(trouble) for trouble in sender.told] == [StorageSyncFailed]
        assert sender.commits.unrecorded
        sender.commits.resume()
        assert on_failing[1].attempt_id in await done
        assert sender.commits.trouble is None
        assert await sender.commits.pass_points(on_failing[2:3]) == {on_failing[2].attempt_id}

    run(scenario())
    assert failing.queue.count() == 4


def test_sending_is_not_resumed_while_the_disk_still_fails(
    failing: Store, disk: FailingDisk, on_failing: tuple[Claim, ...]
) -> None:
    async def scenario() -> None:
        sender = Sender(failing, BRIEF)
        await fail(sender, disk, on_failing[0])
        done = sender.record(on_failing[1])
        disk.fails = True
        sender.commits.resume()
        assert isinstance(sender.commits.trouble, StorageSyncFailed)
        disk.fails = False
        with pytest.raises(StorageSyncFailed):
            await sender.commits.pass_points(on_failing[2:3])
        sender.commits.resume()
        await done

    run(scenario())


def test_resuming_while_another_program_writes_can_be_repeated(
    failing: Store, disk: FailingDisk, on_failing: tuple[Claim, ...]
) -> None:
    async def scenario() -> None:
        sender = Sender(failing, BRIEF)
        await fail(sender, disk, on_failing[0])
        done = sender.record(on_failing[1])
        other = apsw.Connection(str(failing.location.path))
        lock(other)
        sender.commits.resume()
        assert sender.commits.resting
        assert not done.done()
        unlock(other)
        other.close()
        sender.commits.resume()
        await done
        assert sender.commits.trouble is None
        # The new connection makes the event loop wait no longer than the old one did.
        assert failing._database.sql("PRAGMA busy_timeout") == [(30,)]

    run(scenario())


def test_resuming_ends_no_rest_but_that_after_a_failed_sync(
    store: Store, claims: tuple[Claim, ...], other: apsw.Connection
) -> None:
    async def scenario() -> None:
        sender = Sender(store, IMPATIENT)
        lock(other)
        sender.record(claims[0])
        with pytest.raises(StorageBusy):
            await sender.commits.pass_points(claims[1:2])
        sender.commits.resume()
        assert isinstance(sender.commits.trouble, StorageBusy)
        unlock(other)

    run(scenario())
