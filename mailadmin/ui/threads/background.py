"""Runs pieces of work off the GUI thread and calls back with results in the GUI thread.

There are five places to run: a thread that reads the store, one for long readings (all IDs of a
table, an export), one that changes it and one for changes of many rows, where work waits in a
queue; and a thread of its own for each piece of work that may hang (a connection test, the
keyring). While another program locks the database a change waits for seconds; readings go on.

A result travels through a queue that the GUI thread empties, so that no callback comes after
`close()`, after `Task.cancel()` or for a receiver that Qt has deleted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from mailadmin.domain.errors import KnownError
from mailadmin.ui.threads.task import Task, alive
from mailadmin.ui.threads.work_queue import WorkQueue

T = TypeVar("T")

WRITE_PATIENCE = 3.0  # seconds a change may wait for another program, from when it was asked for
_LEAST_PATIENCE = 0.1  # seconds that are left at least for a change that waited behind others


class Background(QObject):
    """Runs work in other threads. Lives in the GUI thread; the composition root closes it.

    `store_thread` makes the context in which the reading and the changing threads live
    (`Store.thread`), so that their database connections are closed at their end. `be_patient` tells
    the store how long the calling thread's changes may wait (`Store.be_patient`).
    """

    _arrived = Signal()

    def __init__(
        self,
        store_thread: Callable[[], AbstractContextManager[object]] | None = None,
        parent: QObject | None = None,
        *,
        be_patient: Callable[[float], object] = lambda _: None,
    ) -> None:
        super().__init__(parent)
        self._be_patient = be_patient
        self._lock = threading.Lock()
        self._results: deque[Callable[[], None]] = deque()
        context = store_thread or nullcontext
        self._reader = WorkQueue("mailadmin-reader", context, self._deliver)
        self._long_reader = WorkQueue("mailadmin-long-reader", context, self._deliver)
        self._writer = WorkQueue("mailadmin-writer", context, self._deliver)
        self._long_writer = WorkQueue("mailadmin-long-writer", context, self._deliver)
        self._running: dict[threading.Thread, Task[object]] = {}
        self._closed = False
        self._arrived.connect(self._call_back, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], object] | None = None,
        failed: Callable[[KnownError], object] | None = None,
        *,
        key: Hashable | None = None,
        owner: QObject | None = None,
        ended: Callable[[], object] | None = None,
        long: bool = False,
    ) -> Task[T]:
        """Do `work`, which changes nothing, in the reading thread, after the work given before.

        `long` says that it takes more than a few milliseconds, so that other readings don't wait
        for it.

        Then `done(result)` or `failed(error)` is called, and in any case `ended()`. Without
        `failed`, and for an exception that is no KnownError, `sys.excepthook` gets the exception.
        Of waiting work with the same `key` only the newest is done; the others are cancelled.
        `owner` is the object that the callbacks belong to, by default the one whose method `done`
        is: once Qt deleted it no callback is called.
        """
        task: Task[T] = Task(work, done=done, failed=failed, ended=ended, owner=owner)
        queue = self._long_reader if long else self._reader
        queue.add(task, key)  # type: ignore[arg-type]  # any type of result will do
        return task

    def write(
        self,
        work: Callable[[], T],
        done: Callable[[T], object] | None = None,
        failed: Callable[[KnownError], object] | None = None,
        *,
        owner: QObject | None = None,
        ended: Callable[[], object] | None = None,
        long: bool = False,
        on_cancel: Callable[[], object] | None = None,
    ) -> Task[T]:
        """Do `work`, which changes the store, in the changing thread; callbacks as for `run`.

        `long` says that it changes many rows, in many transactions, so that other changes don't
        wait for it. `on_cancel` tells the work to stop, as for `run_detached`.

        While another program locks the database, the waiting changes fail together: each has
        `WRITE_PATIENCE` seconds from this call on, not from when its turn comes.
        """
        asked = time.monotonic()

        def change() -> T:
            waited = time.monotonic() - asked
            self._be_patient(max(_LEAST_PATIENCE, WRITE_PATIENCE - waited))
            return work()

        task: Task[T] = Task(
            change, done=done, failed=failed, ended=ended, owner=owner, on_cancel=on_cancel
        )
        queue = self._long_writer if long else self._writer
        queue.add(task, None)  # type: ignore[arg-type]
        return task

    def run_detached(
        self,
        work: Callable[[], T],
        done: Callable[[T], object] | None = None,
        failed: Callable[[KnownError], object] | None = None,
        *,
        owner: QObject | None = None,
        ended: Callable[[], object] | None = None,
        on_cancel: Callable[[], object] | None = None,
    ) -> Task[T]:
        """Do `work`, which may hang and must not use the store, in a thread of its own.

        `on_cancel` is called in the GUI thread when the task is cancelled, and by `close()`, so
        that the work can be told to stop.
        """
        task: Task[T] = Task(
            work, done=done, failed=failed, ended=ended, owner=owner, on_cancel=on_cancel
        )
        with self._lock:
            if self._closed:
                task.cancel()
                return task
            thread = threading.Thread(
                target=self._perform_detached,
                args=(task,),
                name="mailadmin-detached",
                daemon=True,  # a thread that hangs for ever must not keep the program alive
            )
            self._running[thread] = task  # type: ignore[assignment]
            thread.start()
        return task

    def poster(self, owner: QObject) -> Callable[[Callable[[], object]], None]:
        """Return a function, for any thread, that has a callback called in the GUI thread.

        The callbacks come in the order of the calls and before the `done` of the work that made
        them. None comes once `owner` is deleted.
        """

        def post(callback: Callable[[], object]) -> None:
            def call() -> None:
                if alive(owner):
                    callback()

            self._deliver(call)

        return post

    def close(self, timeout: float = 2.0) -> bool:
        """Cancel all work, call nothing back from now on, wait up to `timeout` seconds.

        Returns whether every thread has ended. A thread that hangs is a daemon and ends with the
        program.
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            self._closed = True
            tasks = list(self._running.values())
            threads = list(self._running)
            self._results.clear()
        for queue in (self._reader, self._long_reader, self._writer, self._long_writer):
            unfinished, own = queue.close()
            tasks += unfinished
            threads += own
        for task in tasks:
            task.cancel()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for task in tasks:
            task.let_go()
        return not any(thread.is_alive() for thread in threads)

    def _perform_detached(self, task: Task[object]) -> None:
        try:
            self._deliver(task.perform())
        finally:
            with self._lock:
                self._running.pop(threading.current_thread(), None)

    def _deliver(self, call: Callable[[], None]) -> None:
        # The signal is emitted under the lock: close() can't come between the check and the
        # emission, so this object is alive. The signal is queued, so no callback runs under the
        # lock.
        with self._lock:
            if self._closed:
                return
            self._results.append(call)
            self._arrived.emit()

    @Slot()
    def _call_back(self) -> None:
        with self._lock:
            call = self._results.popleft() if self._results else None
        if call is not None:
            call()
