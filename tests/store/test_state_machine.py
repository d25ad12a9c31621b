"""The store against a model in plain Python, step by step, in whatever order things may happen.

The world is in it as well: senders that die or wake up too late, and a server that accepted or not.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from mailadmin.domain.claim import Claim, ClaimRequest, Disposition, Recording
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from tests.smtp_providers import smtp_provider
from tests.store.administration import A_FEW, ACTIONS, Administration
from tests.store.queue_model import Mail, QueueModel

pytestmark = pytest.mark.timeout(900)  # thousands of commits, each of them synced

LEASE = timedelta(seconds=60)
OWNERS = ("ann", "bob")


class QueueMachine(Administration):
    """One database, two providers, two senders, one administrator."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store.open(self.folder / "mail.db", standard_drivers())
        self.providers: list[StoredProvider] = []
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.model = QueueModel()
        self.held: list[Claim] = []  # what the senders believe they have, oldest first
        self.accepted = 0  # recipients for which the store took responsibility
        self.removed = 0  # by purging what the administrator had deleted
        self.sent = 0  # left the queue as sent
        self.resent = 0

    @initialize()
    def something_is_going_on(self) -> None:
        for name in ("first", "second"):
            self.providers.append(
                self.store.providers.add(smtp_provider(name, "h", 587, "o@x.org"))
            )
        self.enqueue(3, 10)
        self.enqueue(3, 5)
        self.claim(OWNERS[0], 0, 4, False)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    # Mail comes in, time passes ---------------------------------------------------------------

    @rule(recipients=st.integers(1, 3), priority=st.sampled_from((5, 10)))
    def enqueue(self, recipients: int, priority: int) -> None:
        to = tuple(f"{number}@example.org" for number in range(recipients))
        message = NewMessage(b"Hi", to, "Hello", "<1@x>", priority=priority)
        (ids,) = self.store.queue.enqueue([message], now=self.now)
        for queue_id in ids:
            assert queue_id not in self.model.mails
            self.model.mails[queue_id] = Mail(queue_id, queue_id, priority, self.now)
        self.accepted += recipients

    @rule(seconds=st.sampled_from((1, 61, 1000)))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def the_program_starts_again(self) -> None:
        self.store.close()
        self.store = Store.open(self.folder / "mail.db", standard_drivers())

    # The senders ------------------------------------------------------------------------------

    @rule(
        owner=st.sampled_from(OWNERS),
        which=st.integers(0, 1),
        limit=st.integers(1, 4),
        instead=st.booleans(),
    )
    def claim(self, owner: str, which: int, limit: int, instead: bool) -> None:
        provider, other = self.providers[which], self.providers[1 - which]
        instead_of = frozenset({other.id}) if instead else frozenset()
        expected = self.model.due(provider.id, limit, instead_of, self.now)
        request = ClaimRequest(provider, limit, instead_of)
        made = self.store.claims.claim(
            owner, request, lease=LEASE.total_seconds(), now=self.now
        ).claims
        assert [claim.queue_id for claim in made] == [mail.id for mail in expected]
        for claim, mail in zip(made, expected, strict=True):
            assert claim.email_id == mail.email
            assert claim.epoch == mail.epoch + 1
            assert claim.attempts_count == mail.attempts
            assert claim.schedule_step == mail.step
            assert claim.unknown_outcomes == mail.unknown
            assert claim.avoid == mail.avoid
            self.model.claim(claim, provider.id, self.now, LEASE)
        self.held += made

    def chosen(self, picks: list[int]) -> list[Claim]:
        """Some of the claims: mostly those of which the end is open, whoever holds the email."""
        known = {OutcomeKind.ACCEPTED, OutcomeKind.FAILED, OutcomeKind.DEFERRED}
        ended = [c for c in self.held if self.model.tries[c.attempt_id].outcome in known]
        line = [c for c in self.held if c not in ended][-8:] + ended[-2:]
        return [line[pick] for pick in picks if pick < len(line)]

    @precondition(lambda self: self.held)
    @rule(picks=A_FEW, accepts=st.lists(st.booleans(), min_size=5, max_size=5))
    def pass_the_point_and_send(self, picks: list[int], accepts: list[bool]) -> None:
        self.send(self.chosen(picks), accepts)

    def send(self, claims: list[Claim], accepts: list[bool]) -> None:
        passed = self.store.claims.pass_points(claims, now=self.now)
        assert passed == self.model.pass_points(claims)
        for claim, accept in zip(claims, accepts, strict=False):
            attempt = self.model.tries[claim.attempt_id]
            if claim.attempt_id in passed and attempt.outcome is None:
                attempt.accepted |= accept

    @precondition(lambda self: self.held)
    @rule(
        picks=A_FEW,
        wishes=st.lists(
            st.sampled_from(("told", "told", "unknown", "elsewhere", "fault", "failed")),
            min_size=5,
            max_size=5,
        ),
    )
    def record(self, picks: list[int], wishes: list[str]) -> None:
        self.record_outcomes(self.chosen(picks), wishes)

    def record_outcomes(self, claims: list[Claim], wishes: list[str]) -> None:
        recordings = [
            self.outcome_of(claim, wish) for claim, wish in zip(claims, wishes, strict=False)
        ]
        leaving = {r.claim.attempt_id for r in recordings if r.disposition.status is None}
        expected = self.model.record(recordings)
        assert self.store.claims.record_all(recordings, now=self.now) == expected
        self.sent += len(leaving & expected)

    def outcome_of(self, claim: Claim, wish: str) -> Recording:
        """What an honest sender records: never an acceptance that was not, nor the reverse."""
        attempt = self.model.tries[claim.attempt_id]
        again = claim.possible_duplicate
        soon = self.now + timedelta(minutes=5)
        if attempt.accepted and wish != "unknown":
            return _recording(claim, OutcomeKind.ACCEPTED, None, None)
        if attempt.passed and wish == "unknown":
            if claim.unknown_outcomes:
                return _recording(claim, OutcomeKind.UNCERTAIN, QueueStatus.HELD, None)
            later = self.now + timedelta(minutes=15)
            return _recording(claim, OutcomeKind.UNCERTAIN, QueueStatus.UNCERTAIN, later, bind=True)
        if wish == "failed":
            return _recording(claim, OutcomeKind.FAILED, QueueStatus.FAILED, None)
        if wish == "fault" or (wish == "elsewhere" and again):
            status = QueueStatus.UNCERTAIN if again else QueueStatus.QUEUED
            return _recording(
                claim, OutcomeKind.PROVIDER_FAULT, status, self.now, used=False, bind=again
            )
        if wish == "elsewhere":
            avoid = claim.avoid | {attempt.provider}
            return _recording(
                claim, OutcomeKind.DEFERRED, QueueStatus.QUEUED, self.now, used=False, avoid=avoid
            )
        return _recording(claim, OutcomeKind.DEFERRED, QueueStatus.DEFERRED, soon, bind=again)

    @precondition(lambda self: self.held)
    @rule(picks=A_FEW)
    def give_back(self, picks: list[int]) -> None:
        self.put_back([c for c in self.chosen(picks) if not self.model.tries[c.attempt_id].passed])

    def put_back(self, claims: list[Claim]) -> None:
        expected = self.model.give_back(claims, self.now)
        assert self.store.claims.give_back_all(claims, now=self.now) == expected

    @precondition(lambda self: self.held)
    @rule(picks=A_FEW, accepts=st.lists(st.booleans(), min_size=5, max_size=5))
    def a_sender_sleeps_past_the_point(self, picks: list[int], accepts: list[bool]) -> None:
        """What it learns when it wakes up comes late."""
        self.pass_the_point_and_send(picks, accepts)
        self.recover(set(OWNERS))

    @rule(
        actions=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3),
        picks=A_FEW,
        sender=st.sampled_from(("sleeps", "sleeps", "gives back", "sends", "loses")),
        undone=st.lists(st.integers(0, 2), min_size=1, max_size=3),
    )
    def somebody_changes_their_mind(
        self, actions: list[str], picks: list[int], sender: str, undone: list[int]
    ) -> None:
        """Changes and their undoing, with a sender in between that is quicker, or not."""
        for action in actions:
            self.administer(action, picks)
        if sender != "sleeps":
            before = len(self.held)
            self.claim(OWNERS[0], 0, 2, False)
            claims = self.held[before:]
            if sender == "gives back":
                self.put_back(claims)
            else:
                self.send(claims, [True] * 2)
                self.record_outcomes(claims, ["told" if sender == "sends" else "unknown"] * 2)
        for pick in undone:
            if self.steps:
                self.undo(pick)

    @rule(owner=st.sampled_from(OWNERS))
    def renew(self, owner: str) -> None:
        mine = [
            mail
            for mail in self.model.mails.values()
            if mail.status is QueueStatus.IN_PROGRESS and mail.owner == owner
        ]
        assert self.store.claims.renew(owner, LEASE.total_seconds(), now=self.now) == len(mine)
        for mail in mine:
            mail.lease = self.now + LEASE

    @rule(gone=st.sets(st.sampled_from(OWNERS)))
    def recover(self, gone: set[str]) -> None:
        """A sender died, or slept past the end of its lease; its claims stay in its memory."""
        lost = [
            mail
            for mail in self.model.mails.values()
            if mail.status is QueueStatus.IN_PROGRESS
            and (mail.owner in gone or (mail.lease is not None and mail.lease < self.now))
        ]
        claims = {claim.attempt_id: claim for claim in self.held}
        theirs = [claims[mail.attempt] for mail in lost if mail.attempt is not None]
        passed = [c for c in theirs if self.model.tries[c.attempt_id].passed]
        recordings = [self.outcome_of(claim, "unknown") for claim in passed]
        found = {r.claim.unknown_outcomes: r.disposition for r in recordings}
        recovered = self.store.claims.recover(
            lambda owner: owner in gone, lambda unknown, _: found[unknown], now=self.now
        )
        assert recovered == len(lost)
        self.model.record(recordings)
        self.model.give_back([c for c in theirs if c not in passed], self.now)

    # What must always hold --------------------------------------------------------------------

    @invariant()
    def the_database_is_what_the_model_says(self) -> None:
        there = [mail for mail in self.model.mails.values() if not mail.deleted]
        rows = {row.id: row for row in self.store.queue.rows(self.store.queue.ids())}
        assert set(rows) == {mail.id for mail in there}
        for mail in there:
            row = rows[mail.id]
            assert (row.status, row.next_attempt_date) == (mail.status, mail.due), mail
            assert (row.attempts_count, row.email_id) == (mail.attempts, mail.email), mail
            assert (row.provider_id, row.possible_duplicate) == (mail.bound, mail.unknown > 0)
        summary = self.store.queue.summary()
        counts = dict.fromkeys(QueueStatus, 0)
        for mail in there:
            counts[mail.status] += 1
        assert {status: summary.counts.get(status, 0) for status in QueueStatus} == counts
        assert summary.next_due == min((m.due for m in there if m.due), default=None)
        entries = self.store.log.rows(self.store.log.ids())
        assert {e.id: (e.status, e.active_queue_id) for e in entries} == self.model.log

    @invariant()
    def nothing_is_lost(self) -> None:
        gone = self.sent + self.removed
        assert len(self.model.mails) == self.accepted + self.resent - gone

    @invariant()
    def one_live_claim_per_email(self) -> None:
        live = [claim.queue_id for claim in self.held if self.model.live(claim)]
        assert len(live) == len(set(live))

    @invariant()
    def what_the_server_got_twice_was_flagged(self) -> None:
        unflagged: dict[int, int] = {}
        stored = self.attempts()
        for attempt_id, attempt in self.model.tries.items():
            if attempt.accepted and not attempt.flagged:
                unflagged[attempt.mail] = unflagged.get(attempt.mail, 0) + 1
            assert stored[attempt_id] == (attempt.flagged, attempt.outcome)
        assert all(number == 1 for number in unflagged.values())

    def attempts(self) -> dict[int, tuple[bool, OutcomeKind | None]]:
        return {
            attempt.id: (attempt.possible_duplicate, attempt.outcome)
            for email in self.model.log
            for attempt in self.store.log.attempts(email)
        }


def _recording(
    claim: Claim,
    kind: OutcomeKind,
    status: QueueStatus | None,
    due: datetime | None,
    *,
    used: bool = True,
    bind: bool = False,
    avoid: frozenset[int] = frozenset(),
) -> Recording:
    to = Disposition(status, due, kind, uses_attempt=used, bind_provider=bind, avoid=avoid)
    return Recording(claim, Outcome(kind, Stage.END_OF_DATA, kind), to)


TestQueue = QueueMachine.TestCase
TestQueue.settings = settings(
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
