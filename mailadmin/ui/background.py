"""One-shot work off the GUI thread, its results called back in the GUI thread.

Two places to run: one thread that reads the store, where work queues up, and a thread of its own
for each work that may hang for long (a connection test, the keyring).

A result travels through a queue that the GUI thread empties, so that no callback comes after
`close()`, after `Task.cancel()` or for a receiver that Qt has deleted.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from typing import Generic, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

from mailadmin.core.errors import KnownError

T = TypeVar("T")


class Task(Generic[T]):
    """Handle of one work. All its methods are for the GUI thread."""

    def __init__(
        self,
        work: Callable[[], T],
        *,
        done: Callable[[T], object] | None = None,
        failed: Callable[[KnownError], object] | None = None,
        ended: Callable[[], object] | None = None,
        owner: QObject | None = None,
        on_cancel: Callable[[], object] | None = None,
    ) -> None:
        self._work: Callable[[], T] | None = work
        self._done = done
        self._failed = failed
        self._ended = ended
        self._owner = owner or _receiver(done) or _receiver(failed) or _receiver(ended)
        self._on_cancel = on_cancel
        self._cancelled = threading.Event()
        self._finished = False

    @property
    def cancelled(self) -> bool:
        """Nobody wants the result any more."""
        return self._cancelled.is_set()

    @property
    def finished(self) -> bool:
        """Its callbacks were called."""
        return self._finished

    def cancel(self) -> None:
        """Never call back; don't start if it only waits; tell the work if it can be told."""
        if self._finished or self._cancelled.is_set():
            return
        self._cancelled.set()
        if self._on_cancel is not None:
            self._on_cancel()

    def perform(self) -> Callable[[], None]:
        """Do the work, in the calling thread. The GUI thread must call what is returned."""
        if self._cancelled.is_set() or self._work is None:
            return self.let_go
        try:
            value = self._work()
        except BaseException as error:  # noqa: BLE001 - handed on, to `failed` or as a bug
            problem = error
            return lambda: self._conclude(lambda: self._fail(problem))
        return lambda: self._conclude(lambda: self._succeed(value))

    def _conclude(self, report: Callable[[], None]) -> None:
        ended, owner = self._ended, self._owner
        try:
            if self._cancelled.is_set() or not _alive(owner):
                return
            self._finished = True
            try:
                report()
            finally:
                if ended is not None and _alive(owner):
                    ended()
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Drop the callbacks."""
        # Here, in the GUI thread: a widget whose last reference goes in another one would be
        # destroyed there, and Qt does not survive that.
        self._work = self._done = self._failed = self._ended = None
        self._owner = self._on_cancel = None

    def _succeed(self, value: T) -> None:
        if self._done is not None:
            self._done(value)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, KnownError) and self._failed is not None:
            self._failed(error)
        else:
            sys.excepthook(type(error), error, error.__traceback__)


class Background(QObject):
    """Runs work in other threads. Lives in the GUI thread and is closed by the composition root.

    `store_thread` makes the context in which the reading thread lives (`Store.thread`), so that
    its database connection is closed at its end.
    """

    _arrived = Signal()

    def __init__(
        self,
        store_thread: Callable[[], AbstractContextManager[object]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store_thread = store_thread or nullcontext
        self._lock = threading.Condition()
        self._waiting: deque[tuple[Hashable | None, Task[object]]] = deque()
        self._results: deque[Callable[[], None]] = deque()
        self._reader: threading.Thread | None = None
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
    ) -> Task[T]:
        """Do `work` in the reading thread, after what was asked for before.

        Then `done(result)` or `failed(error)` and in any case `ended()`. Without `failed`, and for
        an exception that is no KnownError, `sys.excepthook` gets it. Of the waiting works of one
        `key` only the newest is done; the others are cancelled. `owner` is the object the
        callbacks belong to, by default the one whose method `done` is: once Qt deleted it nothing
        is called.
        """
        task: Task[T] = Task(work, done=done, failed=failed, ended=ended, owner=owner)
        with self._lock:
            if self._closed:
                task.cancel()
                return task
            if key is not None:
                self._drop_waiting(key)
            self._waiting.append((key, task))  # type: ignore[arg-type]  # the result's type is no matter
            if self._reader is None:
                self._reader = threading.Thread(
                    target=self._read, name="mailadmin-reader", daemon=True
                )
                self._reader.start()
            self._lock.notify()
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
        """Do `work`, which may hang, in a thread of its own. It must not use the store.

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
                daemon=True,  # what hangs for good must not keep the program alive
            )
            self._running[thread] = task  # type: ignore[assignment]
            thread.start()
        return task

    def poster(self, owner: QObject) -> Callable[[Callable[[], object]], None]:
        """A function for any thread that has a callback called in the GUI thread.

        In the order of the calls and before the `done` of a work that called it. Not called once
        `owner` is deleted.
        """

        def post(callback: Callable[[], object]) -> None:
            def call() -> None:
                if _alive(owner):
                    callback()

            self._deliver(call)

        return post

    def close(self, timeout: float = 2.0) -> bool:
        """Stop: cancel all, call nothing back from now on, wait up to `timeout` seconds.

        Returns whether every thread has ended. Those that hang are daemons and end with the
        program.
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            self._closed = True
            tasks = [task for _, task in self._waiting] + list(self._running.values())
            threads = list(self._running)
            if self._reader is not None:
                threads.append(self._reader)
            self._waiting.clear()
            self._results.clear()
            self._lock.notify_all()
        for task in tasks:
            task.cancel()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for task in tasks:
            task.let_go()
        return not any(thread.is_alive() for thread in threads)

    def _drop_waiting(self, key: Hashable) -> None:
        for entry in [entry for entry in self._waiting if entry[0] == key]:
            entry[1].cancel()
            self._waiting.remove(entry)

    def _read(self) -> None:
        with self._store_thread():
            while True:
                with self._lock:
                    while not self._waiting and not self._closed:
                        self._lock.wait()
                    if self._closed:
                        return
                    _, task = self._waiting.popleft()
                self._perform(task)
                del task  # what it holds must not stay alive while the thread waits

    def _perform_detached(self, task: Task[object]) -> None:
        try:
            self._perform(task)
        finally:
            with self._lock:
                self._running.pop(threading.current_thread(), None)

    def _perform(self, task: Task[object]) -> None:
        self._deliver(task.perform())

    def _deliver(self, call: Callable[[], None]) -> None:
        # The signal is emitted under the lock: close() can't come between the check and the
        # emission, and so this object is alive. It is queued, so nothing runs under the lock.
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


def _receiver(callback: Callable[..., object] | None) -> QObject | None:
    target = getattr(callback, "__self__", None)
    return target if isinstance(target, QObject) else None


def _alive(owner: QObject | None) -> bool:
    return owner is None or shiboken6.isValid(owner)
