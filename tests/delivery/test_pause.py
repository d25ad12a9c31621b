"""The pause is stored: every sender on the database obeys it, whoever paused or resumed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import apsw
import pytest

from mailadmin.credentials import Secret
from mailadmin.delivery import Activity
from mailadmin.delivery.deliverer import _PREFERENCES_READ_EVERY
from mailadmin.delivery.followed_pause import FollowedPause
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.pause import is_paused, store_pause
from mailadmin.domain.message import NewMessage
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.delivery.conftest import Running, loopback, signed_in
from tests.delivery.provider_queues import Context
from tests.servers.aiosmtpd_server import PASSWORD, AiosmtpdServer
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import POLITE, Peer, scripted_server

Make = Callable[..., NewMessage]
SLOW = DeliveryOptions(poll=3600.0)  # looks at the queue so rarely that it must look for the pause


@pytest.fixture
def elsewhere(store: Store) -> Iterator[Store]:
    """The same database as another program has it: what it commits is told to nobody here."""
    other = Store.open(store.location.path, standard_drivers())
    yield other
    other.close()


@pytest.fixture
def second(running: Running, elsewhere: Store) -> Iterator[Running]:
    """A sender of another program."""
    made = Running(elsewhere, running.credentials)
    yield made
    made.stop()


def is_now(running: Running, activity: Activity) -> bool:
    return bool(running.states) and running.states[-1].activity is activity


def test_a_pause_is_stored_and_read(store: Store) -> None:
    assert not is_paused(store)
    for _ in range(2):
        store_pause(store, True)
        assert is_paused(store)
    assert store.settings.get("sending_paused") is True  # the key that older versions know
    store_pause(store, False)
    assert not is_paused(store)


@pytest.mark.parametrize("nonsense", ["x", 1, [], {"a": 1}, None])
def test_a_stored_value_that_is_no_boolean_is_no_pause(store: Store, nonsense: object) -> None:
    store.settings.set("sending_paused", nonsense)
    assert not is_paused(store)


def test_a_pause_set_by_another_program_is_obeyed_and_so_is_its_end(
    running: Running, elsewhere: Store, plain_server: AiosmtpdServer, message: Make
) -> None:
    assert _PREFERENCES_READ_EVERY <= 2.0
    running.options = SLOW
    running.store.providers.add(loopback(plain_server.port))
    running.start()
    running.wait(lambda: is_now(running, Activity.IDLE))
    store_pause(elsewhere, True)
    running.wait(lambda: is_now(running, Activity.PAUSED))
    running.store.queue.enqueue([message()])
    running.wait(lambda: running.states[-1].total == 1)
    assert running.store.queue.get(1).status is QueueStatus.QUEUED
    store_pause(elsewhere, False)
    running.wait(lambda: is_now(running, Activity.IDLE))
    assert len(plain_server.received) == 1


def test_two_senders_follow_each_other(running: Running, second: Running) -> None:
    first, other = running.start(), second.start()
    first.pause()
    second.wait(lambda: is_now(second, Activity.PAUSED))
    other.resume()
    running.wait(lambda: is_now(running, Activity.NO_PROVIDER))
    other.pause()
    running.wait(lambda: is_now(running, Activity.PAUSED))
    first.resume()
    second.wait(lambda: is_now(second, Activity.NO_PROVIDER))
    assert not is_paused(second.store)


def test_a_pause_outlives_the_sender(running: Running) -> None:
    running.start().pause()
    running.wait(lambda: is_now(running, Activity.PAUSED))
    running.stop()
    assert is_paused(running.store)
    running.states.clear()
    running.start()
    running.wait(lambda: is_now(running, Activity.PAUSED))


@pytest.mark.parametrize("once", [False, True])
def test_a_run_that_is_to_end_ends_while_paused_and_sends_nothing(
    running: Running, plain_server: AiosmtpdServer, message: Make, once: bool
) -> None:
    running.store.providers.add(loopback(plain_server.port))
    running.store.queue.enqueue([message()])
    store_pause(running.store, True)
    state = running.make().run(until_empty=not once, once=once)
    assert state.activity is Activity.PAUSED
    assert (state.total, plain_server.received) == (1, [])
    assert not len(running.store.log.ids())
    assert running.store.queue.get(1).status is QueueStatus.QUEUED


def test_a_run_that_is_paused_finishes_what_is_in_flight_and_ends(
    running: Running, elsewhere: Store, message: Make
) -> None:
    """The first message is with the server when the pause comes, and is sent; the second is not."""
    reached, paused = threading.Event(), threading.Event()

    async def answer_when_paused(peer: Peer) -> None:
        reached.set()
        await asyncio.to_thread(paused.wait, 60)
        await peer.say(POLITE["END"])

    with scripted_server({"END": answer_when_paused}) as server:
        running.store.providers.add(replace(loopback(server.port), max_connections=1))
        running.store.queue.enqueue([message("ann@example.org"), message("bob@example.org")])
        running.start(until_empty=True)
        assert reached.wait(60)
        store_pause(elsewhere, True)
        running.wait(lambda: is_now(running, Activity.PAUSED))
        paused.set()
        running.join()
    assert is_now(running, Activity.PAUSED)
    (left,) = running.store.queue.rows(running.store.queue.ids())
    assert (left.email, left.status, left.attempts_count) == (
        *("bob@example.org", QueueStatus.QUEUED, 0),
    )
    assert len(server.messages) == 1


def test_the_end_of_a_pause_elsewhere_has_passwords_looked_up_again(
    running: Running,
    elsewhere: Store,
    starttls_server: AiosmtpdServer,
    certificates: Certificates,
    message: Make,
) -> None:
    running.options = DeliveryOptions(poll=0.05, ask_again=3600.0)
    provider = signed_in(running, starttls_server, certificates)
    running.credentials.remove(provider)
    running.store.queue.enqueue([message()])
    running.start()
    running.wait(lambda: is_now(running, Activity.PASSWORD_NEEDED))
    store_pause(elsewhere, True)
    running.wait(lambda: is_now(running, Activity.PAUSED))
    running.credentials.save(provider, Secret(PASSWORD))  # nobody tells the sender
    store_pause(elsewhere, False)
    running.wait(lambda: is_now(running, Activity.IDLE))
    assert len(starttls_server.received) == 1


def test_a_pause_holds_here_while_the_database_can_not_take_it(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    running.options = DeliveryOptions(poll=0.05, storage_pause=0.05)
    running.store.providers.add(loopback(plain_server.port))
    deliverer = running.start()
    running.wait(lambda: is_now(running, Activity.IDLE))
    holder = apsw.Connection(str(running.store.location.path))
    holder.execute("BEGIN IMMEDIATE")
    deliverer.pause()
    running.wait(lambda: is_now(running, Activity.PAUSED))
    assert not is_paused(running.store)
    holder.execute("ROLLBACK")
    holder.close()
    running.store.queue.enqueue([message()])
    running.wait(lambda: running.states[-1].total == 1)
    running.stop()
    assert is_paused(running.store)
    assert plain_server.received == []


# A sender's view of it -------------------------------------------------------------------------


def test_nothing_is_known_before_it_was_read(context: Context) -> None:
    pause = FollowedPause(context.store, context.commit)
    assert (pause.known, pause.in_force) == (False, False)
    assert not context.may_claim
    assert not pause.read()
    assert (pause.known, pause.in_force) == (True, False)


def test_reading_tells_whether_a_pause_has_ended(context: Context) -> None:
    pause = FollowedPause(context.store, context.commit)
    store_pause(context.store, True)
    assert not pause.read()
    assert pause.in_force
    assert not pause.read()
    store_pause(context.store, False)
    assert pause.read()
    assert not pause.read()


def test_a_chosen_pause_holds_until_it_is_stored_and_then_follows_other_programs(
    context: Context,
) -> None:
    async def scenario() -> None:
        pause = FollowedPause(context.store, context.commit)
        pause.read()
        pause.wish(True)
        assert pause.in_force
        pause.read()  # the database does not know of it yet
        assert pause.in_force
        assert context.commit.flush(1.0)
        assert is_paused(context.store)
        store_pause(context.store, False)
        assert pause.read()
        assert not pause.in_force

    asyncio.run(scenario())
