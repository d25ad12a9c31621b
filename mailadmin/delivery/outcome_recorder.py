"""From the outcomes of a transaction to what becomes of the email and of the provider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from mailadmin.delivery.batch import Parcel
from mailadmin.delivery.disposition import dispose
from mailadmin.delivery.group_commit import GroupCommit
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.provider_queue import Lane
from mailadmin.delivery.state import AttemptEnded
from mailadmin.domain.claim import Claim, Disposition, Recording
from mailadmin.domain.health import Breaker
from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.domain.provider import ProviderPause
from mailadmin.domain.queue import QueueStatus
from mailadmin.policy import breaker_after_failure, breaker_after_success, counts
from mailadmin.store import Store
from mailadmin.store.claims.claims import repeated

_ACCEPTED = frozenset({OutcomeKind.ACCEPTED})
_NOT_THE_MESSAGE = frozenset({Scope.PROVIDER, Scope.NETWORK})

_NOTED_EVERY = 1.0  # seconds between two notes of a provider's success in the database


class Settling:
    """Turns outcomes into recordings, and minds the health of the lane they came through.

    `on_ended` hears of attempts once they are durable; `on_paused` of a provider that was paused
    for what it answered, and whether that holds (not if the administrator acted meanwhile);
    `on_resting` of one whose breaker opened.
    """

    def __init__(
        self,
        store: Store,
        commit: GroupCommit,
        options: Callable[[], DeliveryOptions],
        lanes: Callable[[], Iterable[Lane]],
        random: Callable[[], float],
        *,
        on_ended: Callable[[Sequence[AttemptEnded]], None],
        on_paused: Callable[[Lane, str, bool], None],
        on_resting: Callable[[Lane, str], None],
    ) -> None:
        self._store = store
        self._commit = commit
        self._options = options
        self._lanes = lanes
        self._random = random
        self._on_ended = on_ended
        self._on_paused = on_paused
        self._on_resting = on_resting

    def settle(
        self, lane: Lane, parcel: Parcel, outcomes: Mapping[str, Outcome], *, password_number: int
    ) -> None:
        """Record what a transaction came to, and what it says of the provider.

        `password_number` is how often the lane had forgotten its password when it began: what was
        tried with an earlier one says nothing against the provider.
        """
        now = datetime.now(UTC)
        told = outcomes.values()
        if {one.kind for one in told} == _ACCEPTED:
            self._succeeded(lane, now)
        else:
            self._judge(
                lane, list(told), now, same_password=password_number == lane.passwords_forgotten
            )
        self.record(lane, parcel, outcomes, now=now)

    def _judge(
        self, lane: Lane, told: Sequence[Outcome], now: datetime, *, same_password: bool
    ) -> None:
        """What outcomes that are not all acceptance say of the provider."""
        fault = next((one for one in told if one.kind is OutcomeKind.PROVIDER_FAULT), None)
        trouble = next((one for one in told if one.scope in _NOT_THE_MESSAGE), None)
        if any(one.scope is Scope.TRANSACTION for one in told):
            taken = sum(one.scope is not Scope.TRANSACTION for one in told)
            lane.most_recipients = max(1, min(lane.most_recipients, taken))
        if fault is not None:
            if same_password:
                self._pause(lane, fault.reason, now)
        elif trouble is not None and trouble.scope is Scope.NETWORK:
            lane.go_offline(self._options().offline_rest)
        elif trouble is not None:
            self._failed(lane, trouble, now)
        else:
            self._succeeded(lane, now)

    def record(
        self,
        lane: Lane,
        parcel: Parcel,
        outcomes: Mapping[str, Outcome],
        *,
        now: datetime | None = None,
    ) -> None:
        """Have the outcomes of these recipients committed."""
        now = now or datetime.now(UTC)
        options = self._options()
        provider_id = lane.provider.id
        recordings = []
        for name, outcome in outcomes.items():
            claim = parcel.claims[name]
            elsewhere = outcome.scope is Scope.PROVIDER and self._elsewhere(lane, claim)
            disposition = dispose(
                claim,
                outcome,
                options,
                now,
                self._random,
                elsewhere=elsewhere,
                provider_id=provider_id,
            )
            recordings.append(Recording(claim, outcome, disposition))
        self._commit_all(lane, recordings)

    def leave(
        self,
        lane: Lane,
        parcel: Parcel,
        outcome: Outcome,
        status: QueueStatus = QueueStatus.HELD,
    ) -> None:
        """Leave the email to the administrator, held or failed, no attempt used."""
        left = Disposition(status, None, outcome.reason, uses_attempt=False)
        self._commit_all(lane, [Recording(one, outcome, left) for one in parcel.claims.values()])

    def repeat(self, lane: Lane, claims: Sequence[Claim]) -> None:
        """Have attempts that were broken off made once more by the same provider."""
        now = datetime.now(UTC)
        self._commit_all(lane, [repeated(claim, now) for claim in claims])

    def _commit_all(self, lane: Lane, recordings: Sequence[Recording]) -> None:
        provider = lane.provider

        def recorded(live: frozenset[int]) -> None:
            self._on_ended(
                [
                    AttemptEnded(
                        provider,
                        one.claim,
                        one.outcome,
                        one.disposition if one.claim.attempt_id in live else None,
                    )
                    for one in recordings
                ]
            )

        self._commit.record(recordings, recorded)

    def _elsewhere(self, lane: Lane, claim: Claim) -> bool:
        """Whether another provider may try it now."""
        return not claim.bound and any(
            other is not lane and other.usable and other.provider.id not in claim.avoid
            for other in self._lanes()
        )

    # The provider ----------------------------------------------------------------------------

    def _pause(self, lane: Lane, reason: str, now: datetime) -> None:
        """At once, and in the transaction that gives the email back.

        Unless the administrator changed the provider meanwhile: `on_paused` then reads it again.
        """
        provider = lane.provider
        lane.provider = replace(provider, pause=ProviderPause(reason, now))
        paused: list[bool] = []

        def make() -> None:
            paused.append(self._store.providers.pause_unchanged(provider, reason))

        self._commit.also(make, lambda: self._on_paused(lane, reason, paused[-1]))

    def _succeeded(self, lane: Lane, now: datetime) -> None:
        lane.works()
        provider_id = lane.provider.id
        if lane.breaker != breaker_after_success():
            self._save_breaker(lane, breaker_after_success())
        last = lane.last_success
        if last is None or abs((now - last).total_seconds()) >= _NOTED_EVERY:
            lane.last_success = now
            self._commit.also(lambda: self._store.health.note_success(provider_id, now))

    def _failed(self, lane: Lane, outcome: Outcome, now: datetime) -> None:
        provider_id = lane.provider.id
        self._commit.also(lambda: self._store.health.note_failure(provider_id, now, outcome.reason))
        if not counts(outcome):
            return
        lane.fails()
        before = lane.breaker
        after = breaker_after_failure(before, now)
        self._save_breaker(lane, after)
        if after.open_until is not None and before.open_until is None:
            # Once it is stored: whoever hears of it may read the breakers again.
            self._commit.also(lambda: None, lambda: self._on_resting(lane, outcome.reason))

    def _save_breaker(self, lane: Lane, breaker: Breaker) -> None:
        lane.breaker = breaker
        provider_id = lane.provider.id
        self._commit.also(lambda: self._store.health.save_breaker(provider_id, breaker))
