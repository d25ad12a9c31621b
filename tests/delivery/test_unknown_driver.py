"""Nothing is sent through a provider whose driver is unknown, and it says why."""

from __future__ import annotations

from collections.abc import Callable

import apsw

from mailadmin.delivery.state import Activity, Condition
from mailadmin.domain.message import NewMessage
from mailadmin.domain.queue import QueueStatus
from mailadmin.store import Store
from tests.delivery.conftest import Running, loopback
from tests.servers.aiosmtpd_server import AiosmtpdServer

Make = Callable[..., NewMessage]


def give_another_driver(store: Store, provider_id: int) -> None:
    with apsw.Connection(str(store.location.path)) as connection:
        connection.execute("UPDATE provider SET driver = 'graph' WHERE id = ?", (provider_id,))


def test_mail_waits_and_the_state_says_why(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    provider = running.store.providers.add(loopback(plain_server.port))
    give_another_driver(running.store, provider.id)
    running.store.queue.enqueue([message()])
    running.start()
    running.wait(lambda: running.states and running.states[-1].activity is Activity.PROVIDER_PAUSED)
    state = running.states[-1]
    condition = state.conditions[provider.id]
    assert condition.condition is Condition.UNUSABLE
    assert "has no driver “graph”" in condition.detail
    assert state.healthy_providers == 0
    assert [each.id for each in state.providers] == [provider.id]
    running.stop()
    row = running.store.queue.get(1)
    assert (row.status, row.attempts_count) == (QueueStatus.QUEUED, 0)
    assert running.store.providers.get(provider.id).pause is None  # nothing of it was changed
    assert plain_server.received == []


def test_another_provider_sends_instead(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    unknown = running.store.providers.add(loopback(plain_server.port, "Unknown"))
    give_another_driver(running.store, unknown.id)
    running.store.providers.add(loopback(plain_server.port, "Known"))
    running.store.queue.enqueue([message()])
    assert running.until_empty().activity is Activity.IDLE
    assert running.store.log.attempts(1)[0].provider_caption == "Known"
    assert len(plain_server.received) == 1
