"""One connection's work, with a real server at its other end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailadmin.credentials import CredentialState, Lookup, Secret
from mailadmin.delivery.batch import Batch
from mailadmin.delivery.connection_worker import STOPPED, ConnectionWorker
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.outcome_recorder import OutcomeRecorder
from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.delivery.provider_queues import ProviderQueues
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Provider
from mailadmin.domain.queue import QueueStatus
from mailadmin.store import Store
from tests.delivery.claimed_mail import claimed, run
from tests.delivery.conftest import loopback
from tests.delivery.provider_queues import Context
from tests.servers.scripted_server import (
    POLITE,
    Answers,
    Peer,
    ScriptedServer,
    drop,
    hang,
    scripted_server,
)
from tests.smtp_providers import with_changes

Make = Callable[..., NewMessage]


class Work:
    """A provider queue with claimed mail, and a worker for it."""

    def __init__(self, store: Store, provider: Provider, *messages: NewMessage) -> None:
        self.store = store
        self.context = Context(store, DeliveryOptions(idle=0.0))
        self.provider = store.providers.add(provider)
        self.queue = ProviderQueue(self.provider, self.context)
        recorder = OutcomeRecorder(self.context, ProviderQueues())
        self.worker = ConnectionWorker(self.queue, recorder, self.context)
        self.claims = claimed(self.context, self.provider, *messages)
        contents = [message.content for message in messages for _ in message.recipients]
        self.batches = [
            Batch({claim.recipient: claim}, content)
            for claim, content in zip(self.claims, contents, strict=True)
        ]

    def begin(self) -> None:
        """Hand the mail over and employ the worker."""
        for batch in self.batches:
            self.queue.add(batch)
        self.queue.employ(self.worker.run())

    async def finish(self, grace: float = 60.0) -> None:
        """Have it end, and have what it knows committed."""
        await self.queue.finish(grace, 0.5)
        assert self.context.commit.flush(1.0)

    def done(self) -> None:
        """All of it, from the first batch to the last."""

        async def scenario() -> None:
            self.begin()
            await self.finish()

        run(scenario())

    @property
    def statuses(self) -> list[tuple[QueueStatus, int]]:
        rows = self.store.queue.rows(self.store.queue.ids())
        return [(row.status, row.attempts_count) for row in rows]

    @property
    def told(self) -> list[OutcomeKind]:
        return [one.outcome.kind for one in self.context.ended]


def ended_by(server: ScriptedServer) -> list[int]:
    """How many messages each connection carried."""
    return [len(peer.messages) for peer in server.peers]


@pytest.mark.parametrize(("most", "carried"), [(100, [5]), (2, [2, 2, 1])])
def test_batches_go_over_one_connection_and_so_many_as_it_may_carry(
    store: Store, message: Make, most: int, carried: list[int]
) -> None:
    with scripted_server() as server:
        provider = replace(loopback(server.port), messages_per_connection=most)
        work = Work(store, provider, *(message() for _ in range(5)))
        work.done()
        assert work.told == [OutcomeKind.ACCEPTED] * 5
        assert ended_by(server) == carried
    assert work.statuses == []
    assert work.context.traffic.in_flight == 0


def test_an_envelope_without_a_sender_gets_that_of_the_provider(
    store: Store, message: Make
) -> None:
    with scripted_server() as server:
        own = replace(message(), envelope_from="own@example.org")
        Work(store, loopback(server.port), message(), own).done()
        mails = [c for c in server.last.commands if c.upper().startswith("MAIL")]
    assert [mail.partition(">")[0] for mail in mails] == [
        *("MAIL FROM:<office@example.org", "MAIL FROM:<own@example.org"),
    ]


def test_a_large_message_is_read_when_its_turn_comes(store: Store, message: Make) -> None:
    with scripted_server() as server:
        work = Work(store, loopback(server.port), message())
        work.batches = [Batch(batch.claims) for batch in work.batches]
        work.done()
        assert server.messages == [message().content]


class Refusing:
    """A server that refuses the sign-in, while the administrator does something."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None

    async def __call__(self, peer: Peer) -> None:
        await asyncio.to_thread(self.meanwhile)
        await peer.say("535 5.7.8 bad password")


@pytest.mark.parametrize("changed", [False, True])
def test_a_refused_password_pauses_the_provider_unless_it_was_changed_meanwhile(
    store: Store, message: Make, changed: bool
) -> None:
    """An equal password that was looked up anew is another one."""
    refusing = Refusing()
    with scripted_server({"AUTH": refusing}) as server:
        provider = with_changes(loopback(server.port), username="me")
        work = Work(store, provider, message())
        password = work.queue.availability.password

        async def scenario() -> None:
            loop = asyncio.get_running_loop()

            async def look_up_again() -> None:
                password.forget()
                work.context.answers.answer = Lookup(CredentialState.STORED, Secret("x"), "keyring")
                await known()

            async def known() -> None:
                password.look_up(work.provider)
                while password.asking:
                    await work.context.agenda.next_turn(60)
                    work.context.agenda.begin_turn(60)

            if changed:
                refusing.meanwhile = lambda: asyncio.run_coroutine_threadsafe(
                    look_up_again(), loop
                ).result(60)
            await known()
            work.begin()
            await work.finish()

        run(scenario())
    assert (store.providers.get(work.provider.id).pause is None) is changed
    assert work.statuses == [(QueueStatus.QUEUED, 0)]


def test_a_server_that_closes_an_idle_connection_harms_no_message(
    store: Store, message: Make
) -> None:
    with scripted_server({"MAIL": ["250 ok", drop, "250 ok"]}) as server:
        work = Work(store, loopback(server.port), message(), message())
        work.done()
        assert ended_by(server) == [1, 1]
    assert work.told == [OutcomeKind.ACCEPTED] * 2


def test_a_server_that_closes_a_new_connection_fails_the_message(
    store: Store, message: Make
) -> None:
    with scripted_server({"MAIL": drop}) as server:
        work = Work(store, loopback(server.port), message())
        work.done()
    assert work.statuses == [(QueueStatus.DEFERRED, 1)]


def test_a_server_with_connections_enough_is_no_failure_and_the_batch_goes_back(
    store: Store, message: Make
) -> None:
    answers: Answers = {"GREETING": [POLITE["GREETING"], "421 4.7.0 too many connections"]}
    with scripted_server(answers) as server:
        work = Work(store, loopback(server.port), message())

        async def scenario() -> None:
            connections = work.queue.availability.connections
            other = await connections.open(work.provider, None)
            work.queue.add(work.batches[0])
            batch = await work.queue.next_batch()
            assert batch is not None
            await work.worker._send(batch)
            work.queue.finish_batch(batch)
            assert await work.queue.next_batch() is batch
            work.queue.finish_batch(batch)
            connections.discard(other)
            await connections.finish(10.0)

        run(scenario())
    assert work.told == []


def test_a_claim_that_somebody_else_has_sends_nothing(store: Store, message: Make) -> None:
    with scripted_server() as server:
        work = Work(store, loopback(server.port), message(), message())
        store.claims.give_back_all(work.claims[:1])
        work.done()
        assert len(server.messages) == 1
    assert work.told == [OutcomeKind.ACCEPTED]
    assert work.statuses == [(QueueStatus.QUEUED, 0)]


@pytest.mark.parametrize(
    ("stage", "status"),
    [("RCPT", (QueueStatus.QUEUED, 0)), ("END", (QueueStatus.UNCERTAIN, 1))],
)
def test_breaking_off_gives_back_what_was_not_sent_and_what_may_have_been_is_uncertain(
    store: Store, message: Make, stage: str, status: tuple[QueueStatus, int]
) -> None:
    reached = threading.Event()

    async def silent(peer: Peer) -> None:
        reached.set()
        await hang(peer)

    with scripted_server({stage: silent}) as server:
        work = Work(store, loopback(server.port), message())

        async def scenario() -> None:
            work.begin()
            assert await asyncio.to_thread(reached.wait, 60)
            await work.finish(grace=0.0)

        run(scenario())
    assert work.statuses == [status]
    if stage == "END":
        assert work.context.ended[0].outcome.reason == STOPPED


@pytest.mark.parametrize("passed", [False, True])
def test_a_bug_holds_the_email_or_leaves_it_uncertain_and_is_logged(
    store: Store,
    message: Make,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    passed: bool,
) -> None:
    with scripted_server() as server:
        work = Work(store, loopback(server.port), message())

        async def bug(batch: Batch) -> None:
            if passed:
                batch.pass_point(list(batch.claims))
            raise ZeroDivisionError

        monkeypatch.setattr(work.worker, "_outcomes", bug)
        work.done()
    assert [status for status, _ in work.statuses] == [QueueStatus.HELD]
    kind = OutcomeKind.UNCERTAIN if passed else OutcomeKind.FAILED
    assert work.told == [kind]
    assert "ZeroDivisionError" in work.context.ended[0].outcome.reason
    assert "Sending email 1 failed by a bug" in caplog.text
