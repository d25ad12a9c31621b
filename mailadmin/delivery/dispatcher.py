"""Which provider gets which mail: keeps the lanes, and claims what they have room for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from mailadmin.credentials import CredentialStore
from mailadmin.delivery.batch import Parcel, pack
from mailadmin.delivery.group_commit import GroupCommit
from mailadmin.delivery.provider_queue import Lane
from mailadmin.domain.claim import Claim, Claimed, ClaimRequest
from mailadmin.domain.errors import StorageError
from mailadmin.domain.outcome import Outcome, OutcomeKind, Stage
from mailadmin.domain.provider import Limit, StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.policy import fair_turns
from mailadmin.store import Store

_AT_HAND = 8 * 1024 * 1024
"""Bytes of claimed messages that are read ahead of their turn; larger ones are read at theirs."""


class Dispatcher:
    """Holds a lane for each provider and keeps them supplied.

    Mail goes to the usable providers of the best priority; to others only what those failed, or
    what is bound to them. Among equals weight decides: whose turn it is,
    how much of it, and how many of its connections it may have. `make_lane` makes a lane for a
    provider, `may_claim` says whether anything new may be begun.
    """

    def __init__(
        self,
        store: Store,
        credentials: CredentialStore,
        commit: GroupCommit,
        make_lane: Callable[[StoredProvider], Lane],
        *,
        may_claim: Callable[[], bool],
        on_unsendable: Callable[[Lane, Claim, Outcome, QueueStatus], None],
        on_lookup: Callable[[Lane], None],
        on_change: Callable[[], None],
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._commit = commit
        self._make_lane = make_lane
        self._may_claim = may_claim
        self._on_unsendable = on_unsendable
        self._on_lookup = on_lookup
        self._on_change = on_change
        self.due_before: datetime | None = None  # set: email that becomes due later is left alone
        self._lanes: dict[int, Lane] = {}
        self._retired: list[Lane] = []  # their last connections are still at work
        self._served: Counter[int] = Counter()  # emails claimed for each provider

    @property
    def lanes(self) -> Sequence[Lane]:
        """The lanes of today's providers."""
        return list(self._lanes.values())

    @property
    def busy(self) -> bool:
        """Whether anything is being sent, claimed or looked up."""
        return any(lane.busy for lane in (*self._lanes.values(), *self._retired))

    @property
    def sending(self) -> int:
        """Messages in transmission."""
        return sum(lane.active for lane in (*self._lanes.values(), *self._retired))

    @property
    def exhausted(self) -> bool:
        """Whether nothing is due for any provider that can be used, now or in a moment."""
        soon = datetime.now(UTC) + DUE_SOON
        return all(
            lane.exhausted if lane.limited_until is None else lane.limited_until > soon
            for lane in self._lanes.values()
            if lane.usable
        )

    # The lanes -------------------------------------------------------------------------------

    def update(self) -> None:
        """Make the lanes those of the providers as they are stored. Raises `StorageError`."""
        providers = self._store.providers.list()
        breakers = self._store.health.breakers()
        current: dict[int, Lane] = {}
        for provider in providers:
            lane = self._lanes.get(provider.id)
            if lane is None or not lane.serves(provider):
                lane = self._make_lane(provider)
            if lane.provider.pause is not None and provider.pause is None:
                lane.forget_password()  # the administrator has acted: perhaps on the password
            lane.provider = provider
            if provider.id in breakers:
                lane.breaker = breakers[provider.id]
            current[provider.id] = lane
        for provider_id, lane in self._lanes.items():
            if current.get(provider_id) is not lane:
                self._return(lane.close())
                self._retired.append(lane)
        self._lanes = current
        self._retired = [lane for lane in self._retired if lane.busy]

    def forget_passwords(self, *, missing_only: bool = False) -> None:
        """Look passwords up again: all, or those that could not be had."""
        for lane in self._lanes.values():
            if lane.password_problem or not missing_only:
                lane.forget_password()

    def look_up_passwords(self) -> None:
        """Ask for the passwords that are needed and were not asked for."""
        for lane in self._lanes.values():
            if lane.provider.enabled and lane.provider.pause is None and lane.needs_lookup:
                lane.looking_up = asyncio.ensure_future(self._look_up(lane))

    async def _look_up(self, lane: Lane) -> None:
        """Off the event loop: a keyring may take its time."""
        loop = asyncio.get_running_loop()
        number = lane.passwords_forgotten
        lookup = await loop.run_in_executor(None, self._credentials.look_up, lane.provider)
        lane.looking_up = None
        if number == lane.passwords_forgotten:  # else it was changed meanwhile: ask again
            lane.lookup = lookup
            self._on_lookup(lane)
        self._on_change()

    # Claiming --------------------------------------------------------------------------------

    def look_again(self) -> None:
        """Something may be due: ask for it again, also where nothing was."""
        for lane in self._lanes.values():
            lane.exhausted = False
        self.supply()

    def supply(self) -> None:
        """Claim what the lanes have room for."""
        if not self._may_claim():
            return
        usable = [lane for lane in self._lanes.values() if lane.usable]
        # Their turn would come first, and their passwords may be there in a moment.
        awaited = [lane.provider.priority for lane in self._lanes.values() if lane.first_look_up]
        before: set[int] = set()  # providers that come first
        for priority in sorted({lane.provider.priority for lane in usable}):
            if awaited and priority > min(awaited):
                break
            group = [lane for lane in usable if lane.provider.priority == priority]
            self._supply_group(group, frozenset(before))
            before |= {_id(lane) for lane in group}

    def _supply_group(self, group: Sequence[Lane], before: frozenset[int]) -> None:
        now = datetime.now(UTC)
        wanted = {
            _id(lane): lane.wanted()
            for lane in group
            if not lane.claiming
            and not lane.exhausted
            and (lane.limited_until is None or lane.limited_until <= now)
        }
        weights = {_id(lane): lane.provider.weight for lane in group}
        for lane in group:
            lane.connection_share = lane.provider.weight / max(weights.values())
        for provider_id, number in fair_turns(wanted, weights, self._served):
            lane = self._lanes[provider_id]
            lane.claiming = True
            self._commit.claim(
                ClaimRequest(lane.provider, number, before, lane.crowding, self.due_before),
                partial(self._take, lane, number),
                partial(self._refused, lane),
                holds=partial(_is_usable, lane),
            )

    def _refused(self, lane: Lane) -> None:
        lane.claiming = False

    def _take(self, lane: Lane, wanted: int, claimed: Claimed) -> None:
        lane.claiming = False
        claims = claimed.claims
        self._served[_id(lane)] += len(claims)
        if claimed.free_at is not None:
            self._wait_for_limit(lane, claimed.free_at, claimed.limit)
        elif len(claims) < wanted:
            lane.exhausted = True
        if not claims:
            self._on_change()
            return
        if not (lane.usable and self._may_claim()):  # stopped, paused, failed or changed meanwhile
            self._commit.give_back(claims)
            return
        contents, damaged = self._contents(claims)
        sound = []
        now = datetime.now(UTC)
        for claim in claims:
            if claim.stored_id in damaged:
                outcome = Outcome(OutcomeKind.FAILED, Stage.CONTENT, damaged[claim.stored_id])
                self._on_unsendable(lane, claim, outcome, QueueStatus.HELD)
            elif claim.expires_at is not None and now > claim.expires_at + _LAST_MOMENT:
                outcome = Outcome(OutcomeKind.FAILED, Stage.SENDER, _EXPIRED)
                self._on_unsendable(lane, claim, outcome, QueueStatus.FAILED)
            else:
                sound.append(claim)
        for parcel in pack(sound, contents, lane.most_recipients):
            lane.add(parcel)
        if not lane.exhausted:
            self.supply()

    def _contents(self, claims: Sequence[Claim]) -> tuple[dict[int, bytes], dict[int, str]]:
        """The messages that are small, and what is wrong with those that are damaged."""
        contents: dict[int, bytes] = {}
        damaged: dict[int, str] = {}
        wanted = list(dict.fromkeys(claim.stored_id for claim in claims))
        with suppress(
            StorageError
        ):  # each is read again at its turn, which tells whose fault it is
            for stored_id, content in self._store.messages.contents(wanted, _AT_HAND).items():
                if isinstance(content, bytes):
                    contents[stored_id] = content
                else:
                    damaged[stored_id] = str(content)
        return contents, damaged

    def _wait_for_limit(self, lane: Lane, free_at: datetime, limit: Limit | None) -> None:
        """Give the mail that waits for the limit its time, unless another provider may have it."""
        lane.limited_until = free_at
        now = datetime.now(UTC)
        seconds = max((free_at - now).total_seconds(), 0.0)
        asyncio.get_running_loop().call_later(seconds + 0.001, self._limit_passed, lane)
        equals = [
            other
            for other in self._lanes.values()
            if other is not lane
            and other.usable
            and other.provider.priority <= lane.provider.priority
            and (other.limited_until is None or other.limited_until <= now)
        ]
        if not equals and limit is not None and seconds > _NO_WAIT:
            reason = (
                f"Waiting for the limit of “{lane.provider.caption}”: "
                f"{limit.count} per {_SPANS[limit.seconds]}."
            )
            provider = lane.provider
            self._commit.also(lambda: self._store.claims.postpone(provider, free_at, limit, reason))

    def _limit_passed(self, lane: Lane) -> None:
        lane.limited_until = None
        lane.exhausted = False
        self.supply()
        self._on_change()

    # The end ---------------------------------------------------------------------------------

    def take_back(self) -> None:
        """Return the mail that was claimed and not begun."""
        for lane in self._lanes.values():
            self._return(lane.take_back())

    def take_back_from(self, lane: Lane) -> None:
        """The same for one lane that can't send now."""
        self._return(lane.take_back())

    def _return(self, parcels: Iterable[Parcel]) -> None:
        claims = [claim for parcel in parcels for claim in parcel.claims.values()]
        if claims:
            self._commit.give_back(claims)

    def hurry(self) -> None:
        """Break off what is being sent."""
        for lane in (*self._lanes.values(), *self._retired):
            lane.break_off()

    async def finish(self, grace: float) -> None:
        """Take nothing more, let mail in flight finish for `grace` seconds, close everything."""
        lanes = [*self._lanes.values(), *self._retired]
        for lane in lanes:
            self._return(lane.close())
        await asyncio.gather(*(lane.finish(grace, _GOODBYE) for lane in lanes))


_LAST_MOMENT = timedelta(minutes=1)  # the last attempt falls on the expiry itself
_EXPIRED = "Given up, the time it was to be sent in is over. It was not tried any more."
_NO_WAIT = 0.2  # seconds that are not worth to be shown as the next attempt
_GOODBYE = 0.5  # seconds for a polite end of all connections
_SPANS = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}


def _is_usable(lane: Lane) -> bool:
    return lane.usable


def _id(lane: Lane) -> int:
    return lane.provider.id


DUE_SOON = timedelta(seconds=2)
"""A limit that passes so soon is waited for even by a run that ends when nothing is due."""
