"""What becomes of emails is committed, and told once it is durable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailadmin.delivery.batch import Batch
from mailadmin.delivery.outcome_recorder import OutcomeRecorder
from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.delivery.provider_queues import ProviderQueues
from mailadmin.delivery.state import NoticeKind
from mailadmin.domain.claim import Claim
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from tests.delivery.claimed_mail import claimed, run
from tests.delivery.conftest import loopback
from tests.delivery.provider_queues import PAUSE, Context

Make = Callable[..., NewMessage]

ACCEPTED = Outcome(OutcomeKind.ACCEPTED, Stage.END_OF_DATA, "250 ok")
FAILED = Outcome(OutcomeKind.FAILED, Stage.RCPT, "550 no such user")
UNKNOWN = Outcome(OutcomeKind.UNCERTAIN, Stage.END_OF_DATA, "Lost.")
DOWN = Outcome(OutcomeKind.DEFERRED, Stage.CONNECT, "It is down.", scope=Scope.PROVIDER)


class Recording:
    """A recorder, two providers, and an email to ann and bob that the first one has claimed."""

    def __init__(self, context: Context, message: Make) -> None:
        self.context = context
        store = context.store
        self.first = store.providers.add(loopback(25, "First"))
        self.second = store.providers.add(replace(loopback(26, "Second"), priority=20))
        self.queues = ProviderQueues()
        self.recorder = OutcomeRecorder(context, self.queues)
        sent = message("ann@example.org", "bob@example.org")
        claims = claimed(context, self.first, sent)
        self.batch = Batch({claim.recipient: claim for claim in claims}, sent.content)

    def serve(self, *providers: StoredProvider) -> None:
        self.queues.replace({one.id: ProviderQueue(one, self.context) for one in providers})

    def record(self, **outcomes: Outcome) -> None:
        """Record by the local parts of the addresses, and have it committed."""
        named = {f"{name}@example.org": outcome for name, outcome in outcomes.items()}

        async def scenario() -> None:
            self.recorder.record(self.first, self.batch, named)
            assert self.context.ended == []  # it is not durable yet
            assert self.context.commit.flush(1.0)

        run(scenario())

    def claim(self, name: str) -> Claim:
        return self.batch.claims[f"{name}@example.org"]

    def status(self, name: str) -> QueueStatus:
        return self.context.store.queue.get(self.claim(name).queue_id).status


@pytest.fixture
def recording(context: Context, message: Make) -> Recording:
    context.agenda.begin_turn(3600.0)
    return Recording(context, message)


def test_each_recipient_has_an_outcome_of_its_own(recording: Recording, store: Store) -> None:
    recording.record(ann=ACCEPTED, bob=FAILED)
    assert list(store.queue.ids()) == [recording.claim("bob").queue_id]
    assert recording.status("bob") is QueueStatus.FAILED
    ended = recording.context.ended
    assert [(one.claim.recipient, one.outcome, one.provider.caption) for one in ended] == [
        ("ann@example.org", ACCEPTED, "First"),
        ("bob@example.org", FAILED, "First"),
    ]
    assert recording.context.traffic.per_minute == 1
    assert recording.context.agenda.looked


def test_what_another_sender_has_meanwhile_is_told_as_stale(
    recording: Recording, store: Store
) -> None:
    store.claims.give_back_all([recording.claim("ann")])
    recording.record(ann=ACCEPTED, bob=ACCEPTED)
    ann, bob = recording.context.ended
    assert ann.disposition is None
    assert bob.disposition is not None
    assert recording.status("ann") is QueueStatus.QUEUED


def test_what_a_provider_failed_goes_to_another_one_that_can_have_it(
    recording: Recording, store: Store
) -> None:
    recording.serve(recording.first, recording.second)
    recording.record(ann=DOWN)
    (ended,) = recording.context.ended
    assert ended.disposition is not None
    assert ended.disposition.avoid == {recording.first.id}
    assert (recording.status("ann"), store.queue.get(1).attempts_count) == (QueueStatus.QUEUED, 0)
    assert not recording.context.agenda.looked  # that one is to have it now


@pytest.mark.parametrize("alone", [True, False])
def test_without_another_provider_it_waits(recording: Recording, alone: bool) -> None:
    others = [] if alone else [replace(recording.second, pause=PAUSE)]
    recording.serve(recording.first, *others)
    recording.record(ann=DOWN)
    assert recording.status("ann") is QueueStatus.DEFERRED
    assert recording.context.agenda.looked


def test_a_second_unknown_outcome_is_held_and_told(recording: Recording, store: Store) -> None:
    recording.record(ann=UNKNOWN)
    assert recording.status("ann") is QueueStatus.UNCERTAIN
    assert recording.context.notices_told == []
    store.queue.send_now([recording.claim("ann").queue_id])
    (again,) = claimed(recording.context, recording.first)
    recording.batch.claims[again.recipient] = again
    recording.context.ended.clear()
    recording.record(ann=UNKNOWN)
    assert recording.status("ann") is QueueStatus.HELD
    (notice,) = recording.context.notices_told
    assert (notice.kind, notice.provider.caption) == (NoticeKind.NEEDS_DECISION, "First")


@pytest.mark.parametrize("status", [QueueStatus.HELD, QueueStatus.FAILED])
def test_what_is_left_to_the_administrator_has_used_no_attempt(
    recording: Recording, store: Store, status: QueueStatus
) -> None:
    async def scenario() -> None:
        recording.recorder.leave(recording.first, recording.batch, FAILED, status)
        assert recording.context.commit.flush(1.0)

    run(scenario())
    rows = store.queue.rows(store.queue.ids())
    assert {(row.status, row.attempts_count, row.reason) for row in rows} == {
        (status, 0, FAILED.reason)
    }


# The queues that the recorder asks --------------------------------------------------------------


def test_another_provider_is_none_that_was_tried_is_avoided_or_is_not_the_bound_one(
    recording: Recording,
) -> None:
    claim, first, second = recording.claim("ann"), recording.first, recording.second
    recording.serve(first, second)
    tried = first.id
    assert recording.queues.has_another_for(claim, tried)
    avoiding = replace(claim, avoid=frozenset({second.id}))
    assert not recording.queues.has_another_for(avoiding, tried)
    assert not recording.queues.has_another_for(replace(claim, bound=True), tried)
    recording.serve(first)
    assert not recording.queues.has_another_for(claim, tried)


def test_a_queue_that_was_replaced_is_closed_and_kept_while_it_is_busy(
    recording: Recording,
) -> None:
    recording.serve(recording.first)
    (old,) = recording.queues
    old.begin_claim()
    recording.serve(recording.second)
    (new,) = recording.queues
    assert not old.usable
    assert recording.queues.all == [new, old]
    assert recording.queues.busy
    old.end_claim()
    recording.serve(recording.second)
    assert old not in recording.queues.all
