"""One provider as the sender sees it: its health, and the connections that work for it."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mailadmin.credentials import CredentialState, Lookup, Secret
from mailadmin.delivery.batch import MOST_RECIPIENTS, Parcel
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.slow_domains import SlowDomains
from mailadmin.delivery.state import Condition, ProviderCondition
from mailadmin.domain.health import Breaker
from mailadmin.domain.provider import Provider, StoredProvider
from mailadmin.drivers.driver import Driver
from mailadmin.drivers.session import Session
from mailadmin.policy import BreakerState, breaker_state

_AHEAD = 0.1
"""Seconds of work that are claimed ahead, so that a fast connection never waits for a claim."""

_CROWDED = 60.0  # seconds for which a server that refused one more connection is not asked again
_CAUTIOUS = 3600.0  # seconds for which a session that wanted caution is remembered

Work = Callable[["Lane"], Coroutine[object, object, None]]


class Lane:
    """The way through one provider.

    Mail waits in `ready` for one of the workers, each of which has one connection. Until one
    connection was opened successfully only one is tried at a time: a wrong password costs one
    failed sign-in. Then their number doubles with each success, so that mail restarts gently.
    """

    def __init__(
        self,
        provider: StoredProvider,
        driver: Driver[Any],
        options: DeliveryOptions,
        *,
        work: Work,
        on_bug: Callable[[BaseException], None],
    ) -> None:
        """`work` is what a worker does from its first parcel on; it asks `next` for more."""
        self.provider = provider
        self.driver = driver
        self.lookup: Lookup | None = None
        self.passwords_forgotten = 0  # how often the password was to be looked up again
        self.looking_up: asyncio.Task[None] | None = None
        self.breaker = Breaker()
        self.offline_since: float | None = None  # time.monotonic(): no network, or no name look-up
        self.limited_until: datetime | None = None
        self.connection_share = 1.0  # of its connections that it may have beside its equals
        self.claiming = False  # a claim was asked for and not answered yet
        self.exhausted = False  # nothing was due for it when it asked last
        self.under_way = SlowDomains(options.slow_domain)
        self.rate = 0.0  # parcels per second, of late
        self.most_recipients = MOST_RECIPIENTS
        self.last_success: datetime | None = None
        self._ready: deque[Parcel] = deque()
        self._options = options
        self._work = work
        self._on_bug = on_bug
        self._allowed = 1  # workers
        self._proven = False  # the provider did its part since it failed last
        self._cap = 0  # connections the server bears, while `_capped_until` lasts
        self._capped_until = 0.0  # time.monotonic()
        self._open = 0  # connections
        self._cautious_until = 0.0  # time.monotonic()
        self._finished = 0  # parcels, since the rate was taken
        self._rate_taken = time.monotonic()
        self._next_probe = 0.0  # time.monotonic(), while offline
        self._closed = False
        self._workers: set[asyncio.Task[None]] = set()
        self._idle: list[asyncio.Future[None]] = []  # workers without work, the last one last
        self._closing: set[asyncio.Task[None]] = set()

    # Health ----------------------------------------------------------------------------------

    @property
    def _signs_in(self) -> bool:
        return self.driver.signs_in(self.provider.settings)

    @property
    def unusable(self) -> str:
        """Why nothing can ever be sent through the provider, "" if that is possible."""
        return str(self.driver.unusable(self.provider.settings) or "")

    @property
    def needs_lookup(self) -> bool:
        """Whether the password was not asked for yet."""
        return self._signs_in and self.lookup is None and self.looking_up is None

    @property
    def first_look_up(self) -> bool:
        """Whether its password is being asked for, and was not before."""
        return self.looking_up is not None and not self.passwords_forgotten

    @property
    def password_problem(self) -> str:
        """What stands in the way of the password, "" if nothing does."""
        if self.lookup is None or self.lookup.state is CredentialState.STORED:
            return ""
        return self.lookup.detail

    @property
    def configured(self) -> bool:
        """Enabled, not paused, and with its password: nothing waits for the administrator."""
        provider = self.provider
        if not provider.enabled or provider.pause is not None or self._closed or self.unusable:
            return False
        if not self._signs_in:
            return True
        return self.lookup is not None and self.lookup.state is CredentialState.STORED

    @property
    def usable(self) -> bool:
        """Whether mail can be claimed for this provider now."""
        if not self.configured:
            return False
        if self.offline_since is not None and time.monotonic() < self._next_probe:
            return False
        return breaker_state(self.breaker, datetime.now(UTC)) is not BreakerState.OPEN

    def condition(self, now: datetime) -> ProviderCondition:
        """For the window: the first of the things that keep it from sending, or READY."""
        provider = self.provider
        if not provider.enabled:
            return ProviderCondition(Condition.DISABLED)
        if self.unusable:
            return ProviderCondition(Condition.UNUSABLE, None, self.unusable)
        if provider.pause is not None:
            return ProviderCondition(Condition.PAUSED, None, provider.pause.reason)
        if self.password_problem:
            return ProviderCondition(Condition.PASSWORD_NEEDED, None, self.password_problem)
        if self.offline_since is not None:
            return ProviderCondition(Condition.OFFLINE)
        match breaker_state(self.breaker, now):
            case BreakerState.OPEN:
                return ProviderCondition(Condition.RESTING, self.breaker.open_until)
            case BreakerState.HALF_OPEN:
                return ProviderCondition(Condition.PROBING)
        if self.limited_until is not None and self.limited_until > now:
            return ProviderCondition(Condition.LIMITED, self.limited_until)
        return ProviderCondition(Condition.READY)

    def serves(self, provider: Provider) -> bool:
        """Whether `provider` is still the one this lane was made for, but for its pause."""
        return replace(provider, pause=None) == replace(self.provider, pause=None)

    def forget_password(self) -> None:
        """Look the password up again before the next connection."""
        self.lookup = None
        self.passwords_forgotten += 1

    def works(self) -> None:
        """The provider did its part: more connections may be opened."""
        self.offline_since = None
        self._proven = True
        self._allowed = min(self.provider.max_connections, self._allowed * 2)

    def fails(self) -> None:
        """No connection can be had: one at a time from now on."""
        self._allowed = 1
        self._proven = False

    def go_offline(self, rest: float) -> None:
        """There is no network: leave it alone for `rest` seconds."""
        now = time.monotonic()
        self.offline_since = self.offline_since or now
        self._next_probe = now + rest
        self.fails()

    def probe_now(self) -> None:
        """The network is back."""
        self._next_probe = 0.0

    def is_crowded(self) -> bool:
        """Note that the server refused one connection more; False if it has none of ours."""
        if not self._open:
            return False
        self._cap = self._open
        self._capped_until = time.monotonic() + _CROWDED
        return True

    # Work ------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether anything is claimed, about to be claimed, or looked up for it."""
        return bool(len(self.under_way) or self._ready or self.claiming or self.looking_up)

    @property
    def active(self) -> int:
        """Parcels in transmission."""
        return len(self.under_way)

    @property
    def crowding(self) -> frozenset[str]:
        """Recipients' domains that are so slow that they get no more connections now."""
        limit = self._worker_limit
        return self.under_way.crowding(limit) if limit > 1 else frozenset()

    def wanted(self) -> int:
        """How many emails to claim now."""
        workers = self._worker_limit
        ahead = round(self.rate * _AHEAD) if self._proven else 0
        ready = len(self._ready)
        if ready and (crowding := self.crowding):
            ready = sum(not parcel.domains & crowding for parcel in self._ready)
        wanted = workers + ahead - self.active - ready
        return wanted if wanted > ahead // 2 else 0

    def add(self, parcel: Parcel, *, first: bool = False) -> None:
        """Let a worker send `parcel`."""
        if first:
            self._ready.appendleft(parcel)
        else:
            self._ready.append(parcel)
        if self._idle:
            waiting = self._idle.pop()
            if not waiting.done():
                waiting.set_result(None)
        else:
            self._employ()

    def _employ(self) -> None:
        if len(self._workers) < self._worker_limit:
            worker = asyncio.create_task(self._work(self))
            self._workers.add(worker)
            worker.add_done_callback(self._ended)

    def _ended(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        bug = None if worker.cancelled() else worker.exception()
        if bug is not None:
            self._on_bug(bug)
        elif self._ready and not self._idle:
            self._employ()  # a parcel came at the moment when this worker gave up waiting

    @property
    def _worker_limit(self) -> int:
        share = math.ceil(self.provider.max_connections * self.connection_share)
        limit = min(self._allowed, max(share, 1))
        if time.monotonic() < self._capped_until:
            limit = min(limit, max(self._cap, 1))
        return limit

    async def next(self, patience: float) -> Parcel | None:
        """The next parcel for a worker; None if there was none for `patience` seconds, or no more.

        A worker too many gets None as well.
        """
        if len(self._workers) > self._worker_limit:
            return None
        while (parcel := self._pick()) is None:
            if self._closed:
                return None
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle.append(waiting)
            try:
                async with asyncio.timeout(patience):
                    await waiting
            except TimeoutError:
                return None
            finally:
                if waiting in self._idle:
                    self._idle.remove(waiting)
        self.under_way.begin(parcel)
        return parcel

    def _pick(self) -> Parcel | None:
        """The first parcel that is not for a domain which has connections enough."""
        crowding = self.crowding if self._ready else frozenset()
        for position, parcel in enumerate(self._ready):
            if not parcel.domains & crowding:
                del self._ready[position]
                return parcel
        return None

    def finished(self, parcel: Parcel) -> None:
        """A parcel was dealt with; one that had to wait for it may have its turn."""
        self.under_way.end(parcel)
        self._finished += 1
        if self._ready and self._idle:
            waiting = self._idle.pop()
            if not waiting.done():
                waiting.set_result(None)

    def take_rate(self) -> None:
        """Bring `rate` up to date; called a few times a second."""
        now = time.monotonic()
        seconds = now - self._rate_taken
        if seconds > 0:
            self.rate += 0.5 * (self._finished / seconds - self.rate)
            self._finished, self._rate_taken = 0, now

    def take_back(self) -> list[Parcel]:
        """The parcels no worker has taken; they are the caller's now."""
        parcels = list(self._ready)
        self._ready.clear()
        return parcels

    def close(self) -> list[Parcel]:
        """Take no more work: workers end after what they are sending. Gives what was waiting."""
        self._closed = True
        for waiting in self._idle:
            if not waiting.done():
                waiting.set_result(None)
        return self.take_back()

    # Connections -----------------------------------------------------------------------------

    async def open(self) -> Session:
        """Open a connection; raises `DriverFailure`."""
        secret: Secret | None = self.lookup.secret if self.lookup is not None else None
        cautious = time.monotonic() < self._cautious_until
        session: Session = await self.driver.open(self.provider.settings, secret, cautious=cautious)
        self._open += 1
        return session

    def discard(self, session: Session) -> None:
        """Close a connection without anybody waiting for the server's goodbye."""
        self._open -= 1
        if session.wants_caution:
            self._cautious_until = time.monotonic() + _CAUTIOUS
        task = asyncio.ensure_future(session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def break_off(self) -> None:
        """Cancel what is being sent."""
        for worker in self._workers:
            worker.cancel()

    async def finish(self, grace: float, goodbye: float) -> None:
        """Wait `grace` seconds for what is being sent, then break it off and close everything."""
        workers = set(self._workers)
        if workers:
            _, late = await asyncio.wait(workers, timeout=grace)
            for worker in late:
                worker.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self.looking_up is not None:
            self.looking_up.cancel()
        if self._closing:
            _, slow = await asyncio.wait(self._closing, timeout=goodbye)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
