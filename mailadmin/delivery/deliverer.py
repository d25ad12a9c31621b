"""The Deliverer: sends the queue of one store until it is told to stop.

One event loop in one thread does everything; a thread for each connection would fight the window
for the interpreter. Blocking calls (name look-up, keyring) run in daemon threads.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar

from mailadmin.credentials import CredentialStore
from mailadmin.delivery.batch import Parcel
from mailadmin.delivery.connection_worker import Courier
from mailadmin.delivery.daemon_threads import DaemonThreads
from mailadmin.delivery.dispatcher import Dispatcher
from mailadmin.delivery.group_commit import GroupCommit
from mailadmin.delivery.notices import Notices
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.outcome_recorder import Settling
from mailadmin.delivery.owner import owner_name
from mailadmin.delivery.provider_queue import Lane
from mailadmin.delivery.rate import RateMeter
from mailadmin.delivery.snapshot import snapshot
from mailadmin.delivery.state import Activity, AttemptEnded, Notice, SenderState
from mailadmin.delivery.supervision import Upkeep
from mailadmin.delivery.upkeep import Housekeeping
from mailadmin.domain.claim import Claim
from mailadmin.domain.errors import StorageError, StorageSyncFailed
from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import Drivers
from mailadmin.store import Store

T = TypeVar("T")

_REPORT_EVERY = 0.25  # seconds


class Deliverer:
    """Sends the queue of one store.

    `run` blocks its thread; `stop`, `pause`, `resume`, `wake` and `credentials_changed` may be
    called from any thread at any time. The callbacks are called in `run`'s thread and must be
    quick: `on_ended` gets the attempts that ended, once they are durable.
    """

    def __init__(
        self,
        store: Store,
        credentials: CredentialStore,
        drivers: Drivers,
        *,
        options: DeliveryOptions | None = None,
        on_state: Callable[[SenderState], None] = lambda _: None,
        on_notice: Callable[[Notice], None] = lambda _: None,
        on_ended: Callable[[Sequence[AttemptEnded]], None] = lambda _: None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._options = options or DeliveryOptions()
        self._given = self._options  # in force while nothing is stored
        self._on_state = on_state
        self._on_ended = on_ended
        self._drivers = drivers
        self._owner = owner_name()
        self._rate = RateMeter()
        self._notices = Notices(on_notice)
        self._state = SenderState(Activity.IDLE)
        self._trouble: StorageError | None = None  # of a look at the database; writes have theirs
        self._trouble_since: float | None = None  # time.monotonic()
        self._lock = threading.Lock()  # guards _loop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._awake = asyncio.Event()
        self._stopped = threading.Event()
        self._hurried = threading.Event()
        self._paused = threading.Event()
        self._resumed = threading.Event()
        self._forget_passwords = threading.Event()
        self._providers_changed = threading.Event()
        self._settings_changed = threading.Event()
        self._looked = 0.0  # time.monotonic() of the last look at providers and queue
        self._commit = GroupCommit(
            store,
            self._owner,
            self._options,
            busy=lambda: self._dispatcher.sending,
            on_change=self._awake.set,
        )
        self._dispatcher = Dispatcher(
            store,
            credentials,
            self._commit,
            self._make_lane,
            may_claim=self._may_claim,
            on_unsendable=self._unsendable,
            on_lookup=self._notices.looked_up,
            on_change=self._awake.set,
        )
        self._settling = Settling(
            store,
            self._commit,
            lambda: self._options,
            lambda: self._dispatcher.lanes,
            jitter,
            on_ended=self._ended,
            on_paused=self._provider_paused,
            on_resting=self._provider_rests,
        )
        self._upkeep = Upkeep(store, self._owner, self._dispatcher, lambda: self._options)

    # From any thread -------------------------------------------------------------------------

    def run(self, *, until_empty: bool = False, once: bool = False) -> SenderState:
        """Send until `stop`; gives the last state.

        With `until_empty` until nothing is due; with `once` everything that is due now is
        attempted once.
        """
        loop = asyncio.new_event_loop()
        loop.set_default_executor(DaemonThreads())
        with self._store.thread():
            self._store.be_patient(self._options.busy_wait)
            try:
                with self._lock:
                    self._loop = loop
                unsubscribe = self._store.subscribe(self._heard)
                housekeeping = Housekeeping(self._store, self._is_sending)
                housekeeping.start()
                try:
                    loop.run_until_complete(self._main(until_empty or once, once=once))
                finally:
                    unsubscribe()
                    housekeeping.stop()
            finally:
                with self._lock:
                    self._loop = None
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()
        return self._state

    def stop(self) -> None:
        """Claim nothing more, give mail in flight `stop_grace` seconds, then end `run`.

        Called once more, it breaks off what is in flight at once.
        """
        if self._stopped.is_set():
            self._hurried.set()
        self._stopped.set()
        self.wake()

    def pause(self) -> None:
        """Claim nothing more until `resume`; what is in flight is finished."""
        self._paused.set()
        self.wake()

    def resume(self) -> None:
        """End a pause. Passwords that were missing are looked up again.

        After a failed sync of the disk this is the administrator's word that it works again.
        """
        self._paused.clear()
        self._resumed.set()
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
        self._looked = 0.0
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._awake.set)

    def _heard(self, topic: Topic) -> None:
        """A commit of this process, in whichever thread: the sender's own need no waking."""
        if threading.current_thread() is self._thread:
            return
        match topic:
            case Topic.CREDENTIALS:
                self._forget_passwords.set()
            case Topic.PROVIDERS:
                self._providers_changed.set()
            case Topic.SETTINGS:
                self._settings_changed.set()
            case Topic.LOG:
                return
        self.wake()

    # The loop --------------------------------------------------------------------------------

    async def _main(self, until_empty: bool, *, once: bool) -> None:
        self._thread = threading.current_thread()
        self._dispatcher.due_before = datetime.now(UTC) if once else None
        tasks = [asyncio.create_task(self._upkeep_regularly())]
        tasks.append(asyncio.create_task(self._report_regularly()))
        for task in tasks:
            task.add_done_callback(self._stop_for_bug)
        try:
            await self._send_queue(until_empty)
            self._report()
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await self._finish()
            self._publish(SenderState(Activity.STOPPED) if not until_empty else self._state)
            for error in (*ended, self._commit.bug):
                if isinstance(error, Exception):  # a bug; being cancelled is none
                    raise error

    def _stop_for_bug(self, task: asyncio.Task[None]) -> None:
        """Without its upkeep the sender would lose its claims while it sends."""
        if not task.cancelled():
            self._stopped.set()
            self._awake.set()

    async def _send_queue(self, until_empty: bool) -> None:
        self._guarded(self._upkeep.begin)
        while not self._stopped.is_set() and self._commit.bug is None:
            self._awake.clear()
            self._look()
            if until_empty and self._nothing_left():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(self._options.poll):
                    await self._awake.wait()

    def _look(self) -> None:
        """Notice what changed, and claim what is due."""
        now = time.monotonic()
        overdue = now - self._looked >= self._options.poll
        if overdue:
            self._looked = now
        if self._resumed.is_set():
            self._resumed.clear()
            self._commit.resume()
        if self._forget_passwords.is_set():
            self._forget_passwords.clear()
            self._dispatcher.forget_passwords()
        # Changes by other programs are noticed by reading again; that is not done for each email.
        if overdue or self._providers_changed.is_set():
            self._providers_changed.clear()
            self._guarded(self._dispatcher.update)
        if overdue or self._settings_changed.is_set():
            self._settings_changed.clear()
            self._guarded(self._read_preferences)
        if self._paused.is_set() or self._commit.resting:
            self._dispatcher.take_back()
            return
        self._dispatcher.look_up_passwords()
        if overdue:
            self._dispatcher.look_again()
        else:
            self._dispatcher.supply()

    def _is_sending(self) -> bool:
        """In any thread; as it was told last."""
        return self._state.activity is Activity.SENDING

    def _may_claim(self) -> bool:
        """Nothing new is begun before what is known already is recorded."""
        try:
            self._upkeep.mind_the_clock()
        except StorageError as trouble:
            self._trouble = trouble
            return False
        commit = self._commit
        in_trouble = commit.resting or (commit.trouble is not None and commit.unrecorded)
        return not (self._stopped.is_set() or self._paused.is_set() or in_trouble)

    def _nothing_left(self) -> bool:
        if self._dispatcher.busy or self._looked == 0.0:
            return False
        if self._trouble is None and self._commit.trouble is None:
            self._trouble_since = None
            return not self._commit.unrecorded and self._dispatcher.exhausted
        # The database fails, but perhaps not for so long that it has to be given up.
        now = time.monotonic()
        self._trouble_since = self._trouble_since or now
        if isinstance(self._commit.trouble, StorageSyncFailed):
            return True
        return now - self._trouble_since >= self._options.storage_patience

    async def _finish(self) -> None:
        """End what is in flight: let it finish for a moment, then break it off."""
        in_trouble = self._trouble is not None or self._commit.trouble is not None
        finishing = asyncio.ensure_future(self._dispatcher.finish(self._options.stop_grace))
        while not finishing.done():
            await asyncio.wait([finishing], timeout=0.1)
            if self._hurried.is_set():
                self._dispatcher.hurry()
        await finishing
        # What the database doesn't take now the next start settles.
        self._commit.flush(0.0 if in_trouble else self._options.storage_wait)
        # Transports that were cut are closed by callbacks of the next turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)

    # What happened ---------------------------------------------------------------------------

    def _make_lane(self, provider: StoredProvider) -> Lane:
        driver = self._drivers.of(provider.settings)
        return Lane(provider, driver, self._options, work=self._work, on_bug=self._commit.fail)

    async def _work(self, lane: Lane) -> None:
        await Courier(
            lane, self._store, self._commit, self._settling, self._options, on_room=self._has_room
        ).run()

    def _has_room(self, lane: Lane) -> None:
        if not lane.usable:
            self._dispatcher.take_back_from(lane)
        if lane.exhausted:
            if not lane.busy:
                self._awake.set()
        elif not lane.claiming and lane.wanted():
            self._dispatcher.supply()

    def _unsendable(self, lane: Lane, claim: Claim, outcome: Outcome, status: QueueStatus) -> None:
        self._settling.leave(lane, Parcel({claim.recipient: claim}), outcome, status)

    def _ended(self, attempts: Sequence[AttemptEnded]) -> None:
        for attempt in attempts:
            kind = attempt.outcome.kind
            if kind is OutcomeKind.ACCEPTED:
                self._rate.tick()
            elif kind is OutcomeKind.UNCERTAIN:
                disposition = attempt.disposition
                if disposition is not None and disposition.status is QueueStatus.HELD:
                    self._notices.needs_decision(attempt.provider, disposition.reason)
            disposition = attempt.disposition
            if disposition is not None and (disposition.avoid or disposition.bind_provider):
                self._looked = 0.0  # another provider may have it now
                self._awake.set()
        self._on_ended(attempts)

    def _provider_paused(self, lane: Lane, reason: str, paused: bool) -> None:
        if paused:
            self._notices.paused(lane.provider, reason)
        else:
            self._providers_changed.set()
        self._looked = 0.0  # another provider may have the mail now
        self._awake.set()

    def _provider_rests(self, lane: Lane, reason: str) -> None:
        self._notices.resting(lane.provider, reason)
        self._looked = 0.0
        self._awake.set()

    # The rest --------------------------------------------------------------------------------

    def _read_preferences(self) -> None:
        self._options = self._store.settings.preferences(self._given)

    def _guarded(self, work: Callable[[], T]) -> T | None:
        """Look at the store; keep its trouble, for the status bar, instead of ending."""
        try:
            result = work()
        except StorageError as trouble:
            self._trouble = trouble
            return None
        self._trouble = None
        return result

    async def _upkeep_regularly(self) -> None:
        pause = min(self._options.poll, self._options.lease / 3)
        while True:
            await asyncio.sleep(pause)
            self._guarded(self._upkeep.step)

    async def _report_regularly(self) -> None:
        while True:
            for lane in self._dispatcher.lanes:
                lane.take_rate()
            self._report()
            await asyncio.sleep(_REPORT_EVERY)

    def _report(self) -> None:
        sending = self._dispatcher.sending
        trouble = self._commit.trouble or self._trouble
        if trouble is not None:
            self._publish(SenderState(Activity.STORAGE_TROUBLE, sending=sending, trouble=trouble))
            return
        with suppress(StorageError):  # the trouble is reported from where sending met it
            lanes = self._dispatcher.lanes
            summary = self._store.queue.summary()
            self._notices.update(lanes, undecided=bool(summary.counts.get(QueueStatus.HELD)))
            self._publish(
                snapshot(
                    lanes,
                    summary,
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
