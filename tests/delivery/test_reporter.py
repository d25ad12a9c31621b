"""How the sender is doing is told when that changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.delivery.provider_queues import ProviderQueues
from mailadmin.delivery.reporter import Reporter
from mailadmin.delivery.state import Activity, SenderState
from mailadmin.domain.errors import StorageBusy, StorageFull
from mailadmin.domain.message import NewMessage
from mailadmin.domain.queue import QueueStatus
from mailadmin.store import Store
from tests.delivery.conftest import loopback
from tests.delivery.provider_queues import Context

Make = Callable[..., NewMessage]


class Told:
    """A reporter, and the states it told."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.queues = ProviderQueues()
        self.states: list[SenderState] = []
        self.reporter = Reporter(context, self.queues, self.states.append)

    @property
    def activities(self) -> list[Activity]:
        return [state.activity for state in self.states]


@pytest.fixture
def told(context: Context) -> Told:
    return Told(context)


def test_only_what_changed_is_told(told: Told, store: Store, message: Make) -> None:
    for _ in range(3):
        told.reporter.report()
    assert told.activities == [Activity.NO_PROVIDER]
    assert told.reporter.state is told.states[0]
    store.queue.enqueue([message()])
    told.reporter.report()
    assert [state.total for state in told.states] == [0, 1]
    told.reporter.tell(told.states[-1])
    assert len(told.states) == 2


def test_the_numbers_and_the_conditions_are_those_of_now(told: Told, store: Store) -> None:
    provider = store.providers.add(loopback(25))
    told.queues.replace({1: ProviderQueue(provider, told.context)})
    told.context.traffic.begin()
    told.context.traffic.accepted()
    told.reporter.report()
    (state,) = told.states
    assert (state.activity, state.sending, state.per_minute) == (Activity.SENDING, 1, 1)
    assert list(state.conditions) == [provider.id]
    assert state.healthy_providers == 1


def test_trouble_of_a_look_is_told_until_a_look_goes_well(told: Told) -> None:
    full = StorageFull("full")
    told.reporter.note_trouble(full)
    told.reporter.report()
    assert told.reporter.trouble is full
    told.reporter.note_trouble(None)
    told.reporter.report()
    assert told.activities == [Activity.STORAGE_TROUBLE, Activity.NO_PROVIDER]
    assert told.states[0].trouble is full


def test_a_database_that_can_not_be_read_now_leaves_the_last_state(
    told: Told, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.reporter.report()

    def locked() -> None:
        raise StorageBusy("locked")

    monkeypatch.setattr(store.queue, "summary", locked)
    told.reporter.report()
    assert told.activities == [Activity.NO_PROVIDER]


def test_an_incident_is_over_once_the_mail_that_needed_a_decision_is_decided(
    told: Told, store: Store, message: Make
) -> None:
    provider = store.providers.add(loopback(25))
    told.queues.replace({1: ProviderQueue(provider, told.context)})
    notices = told.context.notices
    (held,) = store.queue.enqueue([message()])
    store.queue.hold(held)
    for _ in range(2):
        notices.needs_decision(provider, "why")
        told.reporter.report()
    assert len(told.context.notices_told) == 1
    store.queue.release(held)
    assert store.queue.get(1).status is QueueStatus.QUEUED
    told.reporter.report()
    notices.needs_decision(provider, "why")
    assert len(told.context.notices_told) == 2


def test_a_pause_is_told(told: Told) -> None:
    told.context.pause.read()
    told.reporter.report()
    told.context.store.settings.set("sending_paused", True)
    told.context.pause.read()
    told.reporter.report()
    assert told.activities == [Activity.NO_PROVIDER, Activity.PAUSED]
