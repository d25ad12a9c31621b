"""The Deliverer: claims due mail, sends it through the lanes, until it is told to stop.

One event loop in one thread does everything; a thread for each connection would fight the window
for the interpreter. Blocking calls (name look-up, keyring) run in daemon threads.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from mailadmin.core.credentials import CredentialState, CredentialStore
from mailadmin.core.delivery.daemon_threads import DaemonThreads
from mailadmin.core.delivery.disposition import uncertain
from mailadmin.core.delivery.lane import Lane, OpenSession, open_smtp
from mailadmin.core.delivery.options import DeliveryOptions
from mailadmin.core.delivery.owner import is_gone, owner_name
from mailadmin.core.delivery.rate import RateMeter
from mailadmin.core.delivery.snapshot import snapshot
from mailadmin.core.delivery.state import Activity, Notice, NoticeKind, SenderState
from mailadmin.core.delivery.transmission import Transmission
from mailadmin.core.domain import Outcome, OutcomeKind, Provider, ProviderPause, Topic
from mailadmin.core.errors import StorageError
from mailadmin.core.sending import Claim, Disposition
from mailadmin.store import Store

_INTERRUPTED = "Sending was interrupted."


class Deliverer:
    """Sends the queue of one store.

    `run` blocks its thread; `stop`, `pause`, `resume`, `wake` and `credentials_changed` may be
    called from any thread at any time. `on_state` and `on_notice` are called in `run`'s thread and
    must be quick.
    """

    def __init__(
        self,
        store: Store,
        credentials: CredentialStore,
        *,
        options: DeliveryOptions | None = None,
        on_state: Callable[[SenderState], None] = lambda _: None,
        on_notice: Callable[[Notice], None] = lambda _: None,
        on_outcome: Callable[[Provider, str, Outcome], None] = lambda *_: None,
        connect: OpenSession = open_smtp,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`on_outcome` gets the provider, the recipient and the outcome of each attempt."""
        self._store = store
        self._credentials = credentials
        self._options = options or DeliveryOptions()
        self._on_state = on_state
        self._on_notice = on_notice
        self._on_outcome = on_outcome
        self._connect = connect
        self._jitter = jitter
        self._owner = owner_name()
        self._rate = RateMeter()
        self._lanes: dict[int, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._noticed: set[tuple[NoticeKind, int]] = set()
        self._trouble: StorageError | None = None
        self._rest_until = 0.0  # time.monotonic() until which a failing database is left alone
        self._unrecorded: dict[int, StorageError] = {}  # attempt ID → why its outcome waits
        self._trouble_since: float | None = None  # time.monotonic()
        self._state = SenderState(Activity.IDLE)
        self._lock = threading.Lock()  # guards _loop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._awake = asyncio.Event()
        self._stopped = threading.Event()
        self._paused = threading.Event()
        self._forget_passwords = threading.Event()
        self._providers_changed = threading.Event()
        self._providers_read = 0.0  # time.monotonic()

    def run(self, *, until_empty: bool = False) -> SenderState:
        """Send until `stop`, or with `until_empty` until nothing is due; gives the last state."""
        loop = asyncio.new_event_loop()
        loop.set_default_executor(DaemonThreads())
        with self._store.thread():
            self._store.be_patient(self._options.storage_wait)
            try:
                with self._lock:
                    self._loop = loop
                unsubscribe = self._store.subscribe(self._heard)
                try:
                    loop.run_until_complete(self._main(until_empty))
                finally:
                    unsubscribe()
            finally:
                with self._lock:
                    self._loop = None
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()
        return self._state

    def stop(self) -> None:
        """Claim nothing more, give mail in flight `stop_grace` seconds, then end `run`."""
        self._stopped.set()
        self.wake()

    def pause(self) -> None:
        """Claim nothing more until `resume`; what is in flight is finished."""
        self._paused.set()
        self.wake()

    def resume(self) -> None:
        """End a pause. Passwords that were missing are looked up again."""
        self._paused.clear()
        self.credentials_changed()

    @property
    def paused(self) -> bool:
        """Whether `pause` is in force."""
        return self._paused.is_set()

    def credentials_changed(self) -> None:
        """Look every password up again before the next connection."""
        self._forget_passwords.set()
        self.wake()

    def wake(self) -> None:
        """Look at the queue now."""
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._awake.set)

    def _heard(self, topic: Topic) -> None:
        """A commit of this process, in whichever thread: the sender's own need no waking."""
        if topic in {Topic.QUEUE, Topic.PROVIDERS, Topic.CREDENTIALS}:
            if topic is Topic.CREDENTIALS:
                self._forget_passwords.set()
            elif topic is Topic.PROVIDERS:
                self._providers_changed.set()
            if threading.current_thread() is not self._thread:
                self.wake()

    async def _main(self, until_empty: bool) -> None:
        self._thread = threading.current_thread()
        upkeep = asyncio.create_task(self._upkeep())
        reporter = asyncio.create_task(self._report_regularly())
        for task in (upkeep, reporter):
            task.add_done_callback(self._stop_for_bug)
        try:
            await self._send_queue(until_empty)
            self._report()
        finally:
            reporter.cancel()
            upkeep.cancel()
            ended = await asyncio.gather(upkeep, reporter, return_exceptions=True)
            await self._drain()
            # Transports that were cut are closed by callbacks of the next turns of the loop.
            for _ in range(3):
                await asyncio.sleep(0)
            self._publish(SenderState(Activity.STOPPED) if not until_empty else self._state)
            for error in ended:
                if isinstance(error, Exception):  # a bug; being cancelled is none
                    raise error

    def _stop_for_bug(self, task: asyncio.Task[None]) -> None:
        """Without its upkeep the sender would lose its claims while it sends."""
        if not task.cancelled():
            self._stopped.set()
            self._awake.set()

    async def _send_queue(self, until_empty: bool) -> None:
        self._guarded(self._recover)
        while not self._stopped.is_set():
            self._awake.clear()
            started = self._guarded(self._start_transmissions) or 0
            idle = not self._busy or bool(self._unrecorded)
            if until_empty and not started and idle and not self._may_recover():
                return
            pause = self._options.poll if self._trouble is None else self._options.storage_pause
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._awake.wait()

    def _may_recover(self) -> bool:
        """Whether the database fails, but not for so long yet that it is given up."""
        if self._trouble is None and not self._unrecorded:
            self._trouble_since = None
            return False
        now = time.monotonic()
        self._trouble_since = self._trouble_since or now
        return now - self._trouble_since < self._options.storage_patience

    @property
    def _busy(self) -> bool:
        return bool(self._tasks) or any(lane.looking_up for lane in self._lanes.values())

    def _start_transmissions(self) -> int:
        """Claim what the lanes have room for; gives the number of claims."""
        if self._forget_passwords.is_set():
            self._forget_passwords.clear()
            for lane in self._lanes.values():
                lane.forget_password()
        # Changes by other programs are noticed by reading again; that is not done for each email.
        overdue = time.monotonic() - self._providers_read >= self._options.poll
        if self._providers_changed.is_set() or overdue or not self._lanes:
            self._providers_changed.clear()
            self._update_lanes()
            self._providers_read = time.monotonic()
        resting = time.monotonic() < self._rest_until
        if self._paused.is_set() or self._unrecorded or resting:
            return 0  # nothing new is begun before what is known already is recorded
        for lane in self._lanes.values():
            if lane.provider.enabled and lane.provider.pause is None and lane.needs_lookup:
                lane.looking_up = asyncio.ensure_future(self._look_up(lane))
        usable = [lane for lane in self._lanes.values() if lane.usable]
        first = min((lane.provider.priority for lane in usable), default=None)
        started = 0
        for lane in usable:
            if lane.free:
                claims = self._store.claims.claim(
                    self._owner,
                    lane.provider,
                    lane.free,
                    lease=self._options.lease,
                    bound_only=lane.provider.priority != first,
                )
                for claim in claims:
                    lane.active += 1
                    started += 1
                    transmission = Transmission(
                        self._store,
                        lane,
                        claim,
                        self._options,
                        self._jitter,
                        self._sleep,
                        self._note_unrecorded,
                    )
                    task = asyncio.create_task(self._transmit(transmission))
                    self._tasks.add(task)
                    task.add_done_callback(self._transmitted)
        return started

    def _note_unrecorded(self, claim: Claim, trouble: StorageError | None) -> None:
        if trouble is None:
            self._unrecorded.pop(claim.attempt_id, None)
        else:
            self._unrecorded[claim.attempt_id] = trouble

    def _transmitted(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._awake.set()

    def _update_lanes(self) -> None:
        """Make the lanes those of the providers as they are stored now."""
        current: dict[int, Lane] = {}
        for provider in self._store.providers.list():
            if provider.id is None:
                continue
            lane = self._lanes.get(provider.id)
            if lane is None or not lane.serves(provider):
                lane = Lane(provider, self._connect, self._options.timeouts)
            if lane.provider.pause is not None and provider.pause is None:
                lane.forget_password()  # the administrator has acted: perhaps on the password
            lane.provider = provider
            current[provider.id] = lane
            if provider.pause is None:
                self._noticed.discard((NoticeKind.PROVIDER_PAUSED, provider.id))
        for provider_id, lane in self._lanes.items():
            if current.get(provider_id) is not lane:
                lane.close_idle(0)
        self._lanes = current

    async def _look_up(self, lane: Lane) -> None:
        """Ask for the lane's password off the event loop: a keyring may take its time."""
        loop = asyncio.get_running_loop()
        lookup = await loop.run_in_executor(None, self._credentials.look_up, lane.provider)
        lane.looking_up = None
        lane.lookup = lookup
        provider_id = lane.provider.id or 0
        if lookup.state is CredentialState.STORED:
            self._noticed.discard((NoticeKind.PASSWORD_NEEDED, provider_id))
        else:
            self._notice(NoticeKind.PASSWORD_NEEDED, lane.provider, lookup.detail)
        self._awake.set()

    async def _transmit(self, transmission: Transmission) -> None:
        lane = transmission.lane
        try:
            outcome = await transmission.run()
        except StorageError as trouble:
            self._trouble = trouble
            self._rest_until = time.monotonic() + self._options.storage_pause
            outcome = None
        finally:
            lane.active -= 1
        if outcome is None:
            return
        if outcome.kind is OutcomeKind.ACCEPTED:
            self._rate.tick()
        elif transmission.paused_provider:
            pause = ProviderPause(outcome.reason, datetime.now(UTC))
            lane.provider = replace(lane.provider, pause=pause)
            self._notice(NoticeKind.PROVIDER_PAUSED, lane.provider, outcome.reason)
        self._on_outcome(lane.provider, transmission.claim.recipient, outcome)

    def _notice(self, kind: NoticeKind, provider: Provider, text: str) -> None:
        incident = (kind, provider.id or 0)
        if incident not in self._noticed:
            self._noticed.add(incident)
            self._on_notice(Notice(kind, provider, text))

    def _guarded(self, work: Callable[[], int | None]) -> int | None:
        """Do something with the store; keep its trouble, for the status bar, instead of ending."""
        try:
            result = work()
        except StorageError as trouble:
            self._trouble = trouble
            return None
        if time.monotonic() >= self._rest_until:
            self._trouble = None
        return result

    def _recover(self) -> None:
        def settle(unknown_before: int, now: datetime) -> Disposition:
            never = self._options.never_duplicate
            return uncertain(unknown_before, now, _INTERRUPTED, never=never)

        self._store.claims.recover(lambda owner: is_gone(owner, self._owner), settle)

    async def _upkeep(self) -> None:
        """Renew leases, look for dead senders, close idle connections, purge old deletions."""
        self._guarded(self._store.outbox.purge_deleted)
        renewed = recovered = asked = time.monotonic()
        while True:
            await asyncio.sleep(min(self._options.poll, self._options.lease / 3))
            now = time.monotonic()
            if self._tasks and now - renewed >= self._options.lease / 3:
                renewed = now
                self._guarded(lambda: self._store.claims.renew(self._owner, self._options.lease))
            if now - recovered >= self._options.recover_every:
                recovered = now
                self._guarded(self._recover)
            if now - asked >= self._options.ask_again:
                # Another program may have stored it, or the user unlocked the keyring elsewhere.
                asked = now
                for lane in self._lanes.values():
                    if lane.password_problem:
                        lane.forget_password()
            for lane in self._lanes.values():
                lane.close_idle(self._options.idle)

    async def _sleep(self, seconds: float) -> bool:
        """Wait; False once the sender is to stop."""
        if not self._stopped.is_set():
            await asyncio.sleep(seconds)
        return not self._stopped.is_set()

    async def _drain(self) -> None:
        """End what is in flight: let it finish for a moment, then break it off."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._options.stop_grace)
        if self._trouble is not None or self._unrecorded:
            self._store.be_patient(0)  # what the database doesn't take now the next start settles
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self._lanes.values():
            if lane.looking_up is not None:
                lane.looking_up.cancel()
        patience = self._options.stop_grace / 2
        await asyncio.gather(*(lane.finish(patience) for lane in self._lanes.values()))

    async def _report_regularly(self) -> None:
        while True:
            self._report()
            await asyncio.sleep(0.25)

    def _report(self) -> None:
        sending = len(self._tasks)
        trouble = self._trouble or next(iter(self._unrecorded.values()), None)
        if trouble is not None:
            self._publish(SenderState(Activity.STORAGE_TROUBLE, sending=sending, trouble=trouble))
            return
        with suppress(StorageError):  # the trouble is reported from where sending met it
            self._publish(
                snapshot(
                    list(self._lanes.values()),
                    self._store.outbox.summary(),
                    sending=sending,
                    per_minute=self._rate.count(),
                    paused=self._paused.is_set(),
                    now=datetime.now(UTC),
                )
            )

    def _publish(self, state: SenderState) -> None:
        if state != self._state:
            self._state = state
            self._on_state(state)
