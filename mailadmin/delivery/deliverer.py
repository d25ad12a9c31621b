"""The Deliverer: sends the queue of one store until it is told to stop.

One event loop in one thread does everything; a thread for each connection would fight the window
for the interpreter. Blocking calls (name look-up, keyring) run in daemon threads.
"""

from __future__ import annotations

import asyncio
import math
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from mailadmin.credentials import CredentialStore
from mailadmin.delivery.context import DeliveryContext
from mailadmin.delivery.daemon_threads import DaemonThreads
from mailadmin.delivery.dispatcher import Dispatcher
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.reporter import Reporter
from mailadmin.delivery.state import Activity, AttemptEnded, Notice, SenderState
from mailadmin.delivery.supervision import Supervision
from mailadmin.delivery.upkeep import Upkeep
from mailadmin.domain.errors import StorageError, StorageSyncFailed
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import Drivers
from mailadmin.store import Store

_PREFERENCES_READ_EVERY = 2.0  # seconds at most, so that a pause set elsewhere is obeyed soon


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
        self._context = DeliveryContext(
            store,
            credentials,
            drivers,
            options or DeliveryOptions(),
            jitter=jitter,
            on_notice=on_notice,
            on_ended=on_ended,
        )
        self._agenda = self._context.agenda
        self._commit = self._context.commit
        self._dispatcher = Dispatcher(self._context)
        self._reporter = Reporter(self._context, self._dispatcher.queues, on_state)
        self._supervision = Supervision(self._context, self._dispatcher)
        self._thread: threading.Thread | None = None
        self._preferences_read = -math.inf  # time.monotonic()
        self._trouble_since: float | None = None  # time.monotonic()

    # From any thread -------------------------------------------------------------------------

    def run(self, *, until_empty: bool = False, once: bool = False) -> SenderState:
        """Send until `stop`; gives the last state.

        With `until_empty` until nothing is due; with `once` everything that is due now is
        attempted once. Either ends as well while sending is paused.
        """
        loop = asyncio.new_event_loop()
        loop.set_default_executor(DaemonThreads())
        store = self._context.store
        with store.thread():
            store.be_patient(self._context.options.busy_wait)
            try:
                with self._agenda.kept_by(loop):
                    unsubscribe = store.subscribe(self._heard)
                    upkeep = Upkeep(store, self._is_sending)
                    upkeep.start()
                    try:
                        loop.run_until_complete(self._main(until_empty or once, once=once))
                    finally:
                        unsubscribe()
                        upkeep.stop()
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()
        return self._reporter.state

    def stop(self) -> None:
        """Claim nothing more, give mail in flight `stop_grace` seconds, then end `run`.

        Called once more, it breaks off what is in flight at once.
        """
        self._agenda.stop()

    def pause(self) -> None:
        """Have every sender on the database claim nothing more; what is in flight is finished.

        This one obeys at once, also if the pause can't be stored yet.
        """
        self._agenda.pause()

    def resume(self) -> None:
        """End the pause of every sender. Passwords that were missing are looked up again.

        After a failed sync of the disk this is the administrator's word that it works again.
        """
        self._agenda.resume()

    def credentials_changed(self) -> None:
        """Look every password up again before the next connection."""
        self._agenda.forget_passwords()

    def wake(self) -> None:
        """Look at the queue now."""
        self._agenda.wake()

    def _heard(self, topic: Topic) -> None:
        """A commit of this process, in whichever thread: the sender's own need no waking."""
        if threading.current_thread() is self._thread or topic is Topic.LOG:
            return
        if topic is Topic.CREDENTIALS:
            self._agenda.forget_passwords()
        else:
            self._agenda.wake()

    def _is_sending(self) -> bool:
        return self._reporter.state.activity is Activity.SENDING

    # The loop --------------------------------------------------------------------------------

    async def _main(self, until_empty: bool, *, once: bool) -> None:
        self._thread = threading.current_thread()
        if once:
            self._dispatcher.leave_what_is_due_later(datetime.now(UTC))
        tasks = [asyncio.create_task(self._supervise_regularly())]
        tasks.append(asyncio.create_task(self._reporter.report_regularly()))
        for task in tasks:
            task.add_done_callback(self._stop_for_bug)
        try:
            await self._send_queue(until_empty)
            self._reporter.report()
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await self._finish()
            if not until_empty:
                self._reporter.tell(SenderState(Activity.STOPPED))
            for error in (*ended, self._commit.bug):
                if isinstance(error, Exception):  # a bug; being cancelled is none
                    raise error

    def _stop_for_bug(self, task: asyncio.Task[None]) -> None:
        """Without its supervision the sender would lose its claims while it sends."""
        if not (task.cancelled() or self._agenda.stopping):
            self._agenda.stop()

    async def _supervise_regularly(self) -> None:
        options = self._context.options
        pause = min(options.poll, options.lease / 3)
        while True:
            await asyncio.sleep(pause)
            self._try(self._supervision.step)

    async def _send_queue(self, until_empty: bool) -> None:
        self._try(self._supervision.begin)
        poll = self._context.options.poll
        while not self._agenda.stopping and self._commit.bug is None:
            self._take_turn(is_look=self._agenda.begin_turn(poll))
            if until_empty and self._nothing_left():
                return
            await self._agenda.next_turn(min(poll, _PREFERENCES_READ_EVERY))

    def _take_turn(self, *, is_look: bool) -> None:
        """Do what is on the agenda, and claim what is due."""
        pause = self._context.pause
        was_paused = pause.in_force
        self._follow_requests()
        # Changes by other programs are noticed by reading again; that is not done for each email.
        if is_look:
            self._try(self._dispatcher.update)
        if is_look or time.monotonic() - self._preferences_read >= _PREFERENCES_READ_EVERY:
            self._preferences_read = time.monotonic()
            self._try(self._read_preferences)
        if pause.in_force is not was_paused:
            self._reporter.report()
        if pause.in_force or self._commit.resting:
            self._dispatcher.take_back()
            return
        self._dispatcher.look_up_passwords()
        if is_look:
            self._dispatcher.look_again()
        try:
            self._dispatcher.supply()
        except StorageError as trouble:
            self._reporter.note_trouble(trouble)

    def _follow_requests(self) -> None:
        """Do what was asked for from other threads."""
        while (paused := self._agenda.take_wish()) is not None:
            self._context.pause.wish(paused)
            if not paused:
                self._commit.resume()
        if self._agenda.take_password_change():
            self._dispatcher.forget_passwords()

    def _read_preferences(self) -> None:
        self._context.read_preferences()
        if self._context.pause.read():  # somebody has resumed, as `resume` does
            self._commit.resume()
            self._agenda.forget_passwords()

    def _nothing_left(self) -> bool:
        if self._dispatcher.busy or not self._agenda.looked:
            return False
        context, trouble = self._context, self._commit.trouble
        if self._reporter.trouble is None and trouble is None:
            self._trouble_since = None
            idle = context.pause.in_force or self._dispatcher.exhausted
            return idle and not self._commit.unrecorded
        # The database fails, but perhaps not for so long that it has to be given up.
        now = time.monotonic()
        self._trouble_since = self._trouble_since or now
        if isinstance(trouble, StorageSyncFailed):
            return True
        return now - self._trouble_since >= context.options.storage_patience

    def _try(self, work: Callable[[], object]) -> None:
        """Look at the store; its trouble is told instead of ending the sender."""
        try:
            work()
        except StorageError as trouble:
            self._reporter.note_trouble(trouble)
        else:
            self._reporter.note_trouble(None)

    async def _finish(self) -> None:
        """End what is in flight: let it finish for a moment, then break it off."""
        options = self._context.options
        in_trouble = self._reporter.trouble is not None or self._commit.trouble is not None
        finishing = asyncio.ensure_future(self._dispatcher.finish(options.stop_grace))
        while not finishing.done():
            await asyncio.wait([finishing], timeout=0.1)
            if self._agenda.hurried:
                self._dispatcher.break_off()
        await finishing
        # What the database doesn't take now the next start settles.
        self._commit.flush(0.0 if in_trouble else options.storage_wait)
        # Transports that were cut are closed by callbacks of the next turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)
