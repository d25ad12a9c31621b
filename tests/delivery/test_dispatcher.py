"""Which provider gets which mail, and that nothing is claimed that can't be sent now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.delivery.dispatcher import Dispatcher
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.health import Breaker
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.store import Store
from tests.delivery.claimed_mail import run, until_quiet
from tests.delivery.conftest import loopback
from tests.delivery.provider_queues import Context
from tests.servers.scripted_server import ScriptedServer, hang, scripted_server
from tests.smtp_providers import with_changes

Make = Callable[..., NewMessage]
NEVER = 3600.0


class Dispatching:
    """A dispatcher on a store, and the turns of the loop that it asks for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.context = Context(store, DeliveryOptions(idle=0.0))
        self.dispatcher = Dispatcher(self.context)
        self.context.pause.read()

    def provider(self, server: ScriptedServer, **changes: object) -> StoredProvider:
        made = with_changes(loopback(server.port, "Relay"), **changes)
        return self.store.providers.add(made)

    async def send(self) -> None:
        """Look once at providers and mail, and work until nothing is left to be done."""
        context, dispatcher = self.context, self.dispatcher
        context.agenda.begin_turn(NEVER)
        dispatcher.update()
        dispatcher.look_up_passwords()
        dispatcher.look_again()
        dispatcher.supply()
        while dispatcher.busy or context.commit.unrecorded:
            await context.agenda.next_turn(0.1)
            context.agenda.begin_turn(NEVER)
            dispatcher.look_up_passwords()
            dispatcher.supply()

    async def finish(self) -> None:
        await self.dispatcher.finish(0.0)
        assert self.context.commit.flush(1.0)

    def sent(self) -> None:
        async def scenario() -> None:
            await self.send()
            await self.finish()

        run(scenario())

    @property
    def statuses(self) -> list[QueueStatus]:
        return [row.status for row in self.store.queue.rows(self.store.queue.ids())]


@pytest.fixture
def dispatching(store: Store) -> Dispatching:
    return Dispatching(store)


# The queues -------------------------------------------------------------------------------------


def test_a_provider_has_one_queue_for_as_long_as_it_is_the_same(dispatching: Dispatching) -> None:
    store, dispatcher = dispatching.store, dispatching.dispatcher
    first = store.providers.add(loopback(25, "First"))
    second = store.providers.add(loopback(26, "Second"))
    dispatcher.update()
    one, two = dispatcher.queues
    store.providers.pause(first.id, "no")
    store.providers.update(replace(second, weight=3))
    dispatcher.update()
    again, other = dispatcher.queues
    assert again is one
    assert again.provider.pause is not None
    assert other is not two
    store.providers.remove(second.id)
    dispatcher.update()
    assert [queue.provider.caption for queue in dispatcher.queues] == ["First"]


def test_a_breaker_that_another_sender_opened_is_taken_over(dispatching: Dispatching) -> None:
    provider = dispatching.store.providers.add(loopback(25))
    dispatching.dispatcher.update()
    assert dispatching.dispatcher.queues.usable
    later = datetime.now(UTC) + timedelta(minutes=1)
    dispatching.store.health.save_breaker(provider.id, Breaker(5, later, 60.0))
    dispatching.dispatcher.update()
    assert not dispatching.dispatcher.queues.usable


# Who gets what ----------------------------------------------------------------------------------


def test_mail_goes_to_the_best_priority_alone(dispatching: Dispatching, message: Make) -> None:
    with scripted_server() as first, scripted_server() as second:
        dispatching.provider(second, priority=20)
        dispatching.provider(first, priority=10)
        dispatching.store.queue.enqueue([message() for _ in range(9)])
        dispatching.sent()
        assert (len(first.messages), len(second.messages)) == (9, 0)


def test_providers_of_one_priority_share_the_mail_by_weight(
    dispatching: Dispatching, message: Make
) -> None:
    with scripted_server() as first, scripted_server() as second:
        dispatching.provider(first, weight=3, max_connections=8)
        dispatching.provider(second, weight=1, max_connections=8)
        dispatching.store.queue.enqueue([message() for _ in range(80)])
        dispatching.sent()
        assert len(first.messages) + len(second.messages) == 80
        assert 50 <= len(first.messages) <= 70


def test_the_connections_of_equals_are_shared_by_weight(dispatching: Dispatching) -> None:
    with scripted_server() as server:
        dispatching.provider(server, weight=4, max_connections=8)
        dispatching.provider(server, weight=1, max_connections=8)

        async def scenario() -> None:
            await dispatching.send()
            for queue in dispatching.dispatcher.queues:
                for _ in range(4):
                    queue.availability.works()
            many, few = dispatching.dispatcher.queues
            assert many.availability.connections.most(many.provider) == 8
            assert few.availability.connections.most(few.provider) == 2

        run(scenario())


def test_a_better_provider_whose_password_is_being_looked_up_is_waited_for(
    dispatching: Dispatching, message: Make
) -> None:
    with scripted_server() as best, scripted_server() as other:
        dispatching.provider(best, priority=10, username="me")
        dispatching.provider(other, priority=20)
        dispatching.store.queue.enqueue([message() for _ in range(3)])
        dispatching.sent()
        assert (len(best.messages), len(other.messages)) == (3, 0)


# What is not claimed ----------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["paused", "unknown pause", "stopping"])
def test_nothing_is_claimed_when_nothing_may_be_begun(
    dispatching: Dispatching, message: Make, why: str
) -> None:
    context = dispatching.context
    with scripted_server() as server:
        dispatching.provider(server)
        dispatching.store.queue.enqueue([message()])

        async def scenario() -> None:
            match why:
                case "paused":
                    context.pause.wish(True)
                case "unknown pause":
                    dispatching.context = Context(dispatching.store)
                    dispatching.dispatcher = Dispatcher(dispatching.context)
                case "stopping":
                    context.agenda.stop()
            await dispatching.send()
            await dispatching.finish()

        run(scenario())
        assert server.peers == []
    assert dispatching.statuses == [QueueStatus.QUEUED]


def test_mail_that_was_claimed_as_a_pause_came_is_given_back(
    dispatching: Dispatching, message: Make
) -> None:
    with scripted_server() as server:
        dispatching.provider(server)
        dispatching.store.queue.enqueue([message()])

        async def scenario() -> None:
            dispatching.dispatcher.update()
            dispatching.dispatcher.supply()
            dispatching.context.pause.wish(True)
            await until_quiet()
            await dispatching.finish()

        run(scenario())
        assert server.peers == []
    assert dispatching.statuses == [QueueStatus.QUEUED]


def test_mail_that_waits_for_a_connection_can_be_given_back(
    dispatching: Dispatching, message: Make
) -> None:
    with scripted_server({"MAIL": hang}) as server:
        dispatching.provider(server)
        dispatching.store.queue.enqueue([message() for _ in range(5)])

        async def scenario() -> None:
            dispatching.dispatcher.update()
            (queue,) = dispatching.dispatcher.queues
            for _ in range(3):
                queue.availability.works()  # five are claimed
            dispatching.dispatcher.supply()
            await until_quiet()
            queue.availability.connections.fails()
            dispatching.dispatcher.take_back()
            await until_quiet()
            await dispatching.finish()

        run(scenario())
    assert dispatching.statuses == [QueueStatus.QUEUED] * 5


def test_a_single_run_leaves_mail_that_becomes_due_later(
    dispatching: Dispatching, message: Make
) -> None:
    with scripted_server() as server:
        dispatching.provider(server)
        now = datetime.now(UTC)
        dispatching.store.queue.enqueue([message()], now=now - timedelta(seconds=9))
        dispatching.store.queue.enqueue([message("late@example.org")], now=now)
        dispatching.dispatcher.leave_what_is_due_later(now - timedelta(seconds=5))
        dispatching.sent()
        assert len(server.messages) == 1
        assert dispatching.dispatcher.exhausted
    (left,) = dispatching.store.queue.rows(dispatching.store.queue.ids())
    assert left.email == "late@example.org"


def test_mail_over_a_limit_is_given_its_time_with_the_reason(
    dispatching: Dispatching, message: Make
) -> None:
    with scripted_server() as server:
        dispatching.provider(server, limit_per_hour=2)
        dispatching.store.queue.enqueue([message() for _ in range(4)])
        dispatching.sent()
        assert len(server.messages) == 2
        (queue,) = dispatching.dispatcher.queues
        assert queue.availability.is_limited(datetime.now(UTC))
        assert dispatching.dispatcher.exhausted  # until it has room, in an hour
    rows = dispatching.store.queue.rows(dispatching.store.queue.ids())
    assert {row.reason for row in rows} == {"Waiting for the limit of “Relay”: 2 per hour."}
    assert {row.attempts_count for row in rows} == {0}
    assert all(row.next_attempt_date is not None for row in rows)


def test_mail_over_one_limit_goes_to_an_equal_that_has_room(
    dispatching: Dispatching, message: Make
) -> None:
    with scripted_server() as limited, scripted_server() as free:
        dispatching.provider(limited, limit_per_hour=1)
        dispatching.provider(free)
        dispatching.store.queue.enqueue([message() for _ in range(6)])
        dispatching.sent()
        assert len(limited.messages) <= 1
        assert len(limited.messages) + len(free.messages) == 6


# What can't be sent -----------------------------------------------------------------------------


def test_damaged_mail_is_held_and_late_mail_given_up_without_a_connection(
    dispatching: Dispatching, message: Make
) -> None:
    with scripted_server() as server:
        dispatching.provider(server)
        now = datetime.now(UTC)
        over = replace(message("late@example.org"), expires_at=now - timedelta(minutes=2))
        dispatching.store.queue.enqueue([message(), over], now=now - timedelta(hours=1))
        dispatching.store._database.sql(
            "UPDATE message_content SET content = CAST(? AS BLOB) WHERE message_id = 1",
            (b"Subject: forged\r\n\r\n",),
        )
        dispatching.sent()
        assert server.peers == []
    assert set(dispatching.statuses) == {QueueStatus.HELD, QueueStatus.FAILED}
