"""Whether mail can go through one provider now, and what its answers change in that."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from mailadmin.credentials import Lookup
from mailadmin.delivery.batch import MOST_RECIPIENTS
from mailadmin.delivery.connections import Connections
from mailadmin.delivery.context import DeliveryContext
from mailadmin.delivery.provider_password import ProviderPassword
from mailadmin.delivery.state import Condition, ProviderCondition
from mailadmin.domain.health import Breaker
from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.domain.provider import ProviderPause, StoredProvider
from mailadmin.policy import (
    BreakerState,
    breaker_after_failure,
    breaker_after_success,
    breaker_state,
    counts,
)

_ACCEPTED = frozenset({OutcomeKind.ACCEPTED})
_NOT_THE_MESSAGE = frozenset({Scope.PROVIDER, Scope.NETWORK})

_NOTED_EVERY = 1.0  # seconds between two notes of a provider's success in the database


class Availability:
    """The provider as it is stored, with its pause; its password, breaker, limit and connections.

    What has to be stored of it goes into the group commit, with the outcomes it follows from.
    """

    def __init__(self, provider: StoredProvider, context: DeliveryContext) -> None:
        self.driver: Final = context.drivers.of(provider.settings)
        self.password: Final = ProviderPassword(context, self.driver)
        self.connections: Final = Connections(self.driver)
        self._context = context
        self._provider = provider
        self._breaker = Breaker()
        self._offline_since: float | None = None  # time.monotonic(): no network or name look-up
        self._next_probe = 0.0  # time.monotonic(), while offline
        self._limited_until: datetime | None = None
        self._last_success: datetime | None = None  # that was noted
        self._most_recipients = MOST_RECIPIENTS

    # As it is --------------------------------------------------------------------------------

    @property
    def provider(self) -> StoredProvider:
        """The provider; paused also if that was found out just now."""
        return self._provider

    @property
    def breaker(self) -> Breaker:
        """Its circuit breaker."""
        return self._breaker

    @property
    def offline(self) -> bool:
        """Whether it could not be reached for want of a network, when it was last tried."""
        return self._offline_since is not None

    @property
    def limited_until(self) -> datetime | None:
        """When its limit lets the next message through; None: it has room."""
        return self._limited_until

    def is_limited(self, now: datetime) -> bool:
        """Whether its limit lets nothing through now."""
        return self._limited_until is not None and self._limited_until > now

    @property
    def most_recipients(self) -> int:
        """How many recipients a transaction may have."""
        return self._most_recipients

    @property
    def usable(self) -> bool:
        """Whether mail can be claimed for it now."""
        provider = self._provider
        if not provider.enabled or provider.pause is not None or self._unusable:
            return False
        if not self.password.suffices(provider):
            return False
        if self._offline_since is not None and time.monotonic() < self._next_probe:
            return False
        return breaker_state(self._breaker, datetime.now(UTC)) is not BreakerState.OPEN

    @property
    def _unusable(self) -> str:
        """Why nothing can ever be sent through it, "" if that is possible."""
        return str(self.driver.unusable(self._provider.settings) or "")

    def condition(self, now: datetime) -> ProviderCondition:
        """For the window: the first of the things that keep it from sending, or READY."""
        provider = self._provider
        if not provider.enabled:
            return ProviderCondition(Condition.DISABLED)
        if reason := self._unusable:
            return ProviderCondition(Condition.UNUSABLE, None, reason)
        if provider.pause is not None:
            return ProviderCondition(Condition.PAUSED, None, provider.pause.reason)
        if problem := self.password.problem:
            return ProviderCondition(Condition.PASSWORD_NEEDED, None, problem)
        if self.offline:
            return ProviderCondition(Condition.OFFLINE)
        match breaker_state(self._breaker, now):
            case BreakerState.OPEN:
                return ProviderCondition(Condition.RESTING, self._breaker.open_until)
            case BreakerState.HALF_OPEN:
                return ProviderCondition(Condition.PROBING)
        if self.is_limited(now):
            return ProviderCondition(Condition.LIMITED, self._limited_until)
        return ProviderCondition(Condition.READY)

    # As it changes ---------------------------------------------------------------------------

    def follow(self, provider: StoredProvider, breaker: Breaker | None) -> None:
        """Take over what is stored: the same provider, perhaps paused or resumed."""
        if self._provider.pause is not None and provider.pause is None:
            self.password.forget()  # the administrator has acted: perhaps on the password
        self._provider = provider
        if breaker is not None:
            self._breaker = breaker

    def look_up_password(self) -> None:
        """Ask for the password if it is going to be needed."""
        if self._provider.enabled and self._provider.pause is None:
            self.password.look_up(self._provider)

    def wait_for_limit(self, until: datetime) -> None:
        """Its limit lets nothing through before."""
        self._limited_until = until

    def limit_passed(self) -> None:
        """Its limit has room again."""
        self._limited_until = None

    def network_is_gone(self) -> None:
        """There is no network: leave it alone for `options.offline_rest` seconds."""
        now = time.monotonic()
        self._offline_since = self._offline_since or now
        self._next_probe = now + self._context.options.offline_rest
        self.connections.fails()

    def network_is_back(self) -> None:
        """Try it soon."""
        self._next_probe = 0.0

    def works(self) -> None:
        """It did its part."""
        self._offline_since = None
        self.connections.works(self._provider)

    def learn(self, outcomes: Collection[Outcome], lookup: Lookup | None) -> None:
        """What the outcomes of one transaction say of the provider.

        `lookup` is the password that the connection was opened with: a refusal of one that was
        changed meanwhile says nothing against the provider.
        """
        now = datetime.now(UTC)
        if {one.kind for one in outcomes} == _ACCEPTED:
            self._succeeded(now)
            return
        fault = next((one for one in outcomes if one.kind is OutcomeKind.PROVIDER_FAULT), None)
        trouble = next((one for one in outcomes if one.scope in _NOT_THE_MESSAGE), None)
        if any(one.scope is Scope.TRANSACTION for one in outcomes):
            taken = sum(one.scope is not Scope.TRANSACTION for one in outcomes)
            self._most_recipients = max(1, min(self._most_recipients, taken))
        if fault is not None:
            if lookup is self.password.lookup:
                self._pause(fault.reason, now)
        elif trouble is not None and trouble.scope is Scope.NETWORK:
            self.network_is_gone()
        elif trouble is not None:
            self._failed(trouble, now)
        else:
            self._succeeded(now)

    def _pause(self, reason: str, now: datetime) -> None:
        """At once, and in the transaction that gives the email back.

        Unless the administrator changed the provider meanwhile: then it is read again.
        """
        provider = self._provider
        self._provider = replace(provider, pause=ProviderPause(reason, now))
        context = self._context
        paused: list[bool] = []

        def make() -> None:
            paused.append(context.store.providers.pause_unchanged(provider, reason))

        def made() -> None:
            if paused[-1]:
                context.notices.paused(self._provider, reason)
            context.agenda.look_again()  # another provider may have the mail now

        context.commit.also(make, made)

    def _succeeded(self, now: datetime) -> None:
        self.works()
        if self._breaker != breaker_after_success():
            self._save_breaker(breaker_after_success())
        last = self._last_success
        if last is None or abs((now - last).total_seconds()) >= _NOTED_EVERY:
            self._last_success = now
            health, provider_id = self._context.store.health, self._provider.id
            self._context.commit.also(lambda: health.note_success(provider_id, now))

    def _failed(self, outcome: Outcome, now: datetime) -> None:
        context, provider = self._context, self._provider
        context.commit.also(
            lambda: context.store.health.note_failure(provider.id, now, outcome.reason)
        )
        if not counts(outcome):
            return
        self.connections.fails()
        before = self._breaker
        after = breaker_after_failure(before, now)
        self._save_breaker(after)
        if after.open_until is not None and before.open_until is None:

            def rests() -> None:
                context.notices.resting(provider, outcome.reason)
                context.agenda.look_again()

            # Once it is stored: whoever hears of it may read the breakers again.
            context.commit.also(lambda: None, rests)

    def _save_breaker(self, breaker: Breaker) -> None:
        self._breaker = breaker
        health, provider_id = self._context.store.health, self._provider.id
        self._context.commit.also(lambda: health.save_breaker(provider_id, breaker))
