"""How many connections a provider may have, against a real server where one is opened."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mailadmin.delivery.connections import Connections
from mailadmin.drivers.session import DriverFailure
from mailadmin.drivers.smtp.driver import SmtpDriver
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.transcript import Revealable
from tests.delivery.claimed_mail import run
from tests.delivery.conftest import loopback
from tests.delivery.provider_queues import provider
from tests.servers.aiosmtpd_server import AiosmtpdServer
from tests.servers.scripted_server import hang, scripted_server

TEN = replace(provider(), max_connections=10)


def test_one_connection_is_tried_first_then_twice_as_many_with_each_success() -> None:
    connections = Connections(SmtpDriver())
    allowed = [connections.most(TEN)]
    for _ in range(5):
        connections.works(TEN)
        allowed.append(connections.most(TEN))
    assert allowed == [1, 2, 4, 8, 10, 10]
    assert connections.proven
    connections.fails()
    assert connections.most(TEN) == 1
    assert not connections.proven


@pytest.mark.parametrize(("share", "most"), [(1.0, 10), (0.5, 5), (0.41, 5), (0.01, 1)])
def test_a_provider_with_less_weight_has_its_share_of_them(share: float, most: int) -> None:
    connections = Connections(SmtpDriver())
    for _ in range(4):
        connections.works(TEN)
    connections.give_share(share)
    assert connections.most(TEN) == most


def test_a_server_that_refuses_one_more_keeps_those_it_has(
    plain_server: AiosmtpdServer,
) -> None:
    async def scenario() -> None:
        connections = Connections(SmtpDriver())
        assert not connections.note_crowd()  # it has none: that is a failure, not a crowd
        for _ in range(4):
            connections.works(TEN)
        server = loopback(plain_server.port)
        sessions = [await connections.open(server, None) for _ in range(3)]
        assert connections.note_crowd()
        assert connections.most(TEN) == 3
        connections.discard(sessions.pop())
        assert connections.note_crowd()
        assert connections.most(TEN) == 2
        for session in sessions:
            connections.discard(session)
        assert not connections.note_crowd()
        await connections.finish(10.0)

    run(scenario())


def test_a_connection_that_can_not_be_opened_does_not_count() -> None:
    async def scenario() -> None:
        connections = Connections(SmtpDriver())
        with scripted_server({"GREETING": "554 5.3.2 no"}) as server:
            with pytest.raises(DriverFailure):
                await connections.open(loopback(server.port), None)
            assert not connections.note_crowd()

    run(scenario())


def test_a_goodbye_that_nobody_answers_is_waited_for_a_moment() -> None:
    async def scenario() -> None:
        with scripted_server({"QUIT": hang}) as server:
            connections = Connections(SmtpDriver())
            connections.discard(await connections.open(loopback(server.port), None))
            await asyncio.sleep(0)
            await connections.finish(0.05)
            await connections.finish(3600.0)  # it was broken off

    run(scenario())


def test_after_a_doubt_the_next_one_is_opened_cautiously(
    plain_server: AiosmtpdServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    class Watched(SmtpDriver):
        async def open(
            self, settings: SmtpSettings, secret: Revealable | None, *, cautious: bool
        ) -> SmtpSession:
            asked.append(cautious)
            return await super().open(settings, secret, cautious=cautious)

    async def scenario() -> None:
        connections = Connections(Watched())
        server = loopback(plain_server.port)
        for doubts in (False, True, False):
            session = await connections.open(server, None)
            monkeypatch.setattr(type(session), "wants_caution", doubts)
            connections.discard(session)
            await connections.finish(10.0)

    run(scenario())
    assert asked == [False, False, True]
