"""A thread for calls that may never return.

A keyring can wait for a person to answer its prompt, or for a service that hangs, and the call
can't be given up from outside. So the calls are made in one daemon thread: the caller stops waiting
at its deadline, and while a call hangs the other callers are told so at once instead of waiting
behind it. A daemon thread keeps no process alive; an idle one ends by itself.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class CallHangs(Exception):
    """The call did not end in time; `closed` says that the worker takes no calls any more."""

    def __init__(self, *, closed: bool = False) -> None:
        super().__init__("the call did not end in time")
        self.closed = closed


@dataclass(eq=False, slots=True)
class _Call:
    """One call and its caller's deadline. The worker's lock guards `begun`, `ended`, `given_up`."""

    work: Callable[[], None]
    key: str
    deadline: float  # monotonic seconds
    patience: float  # seconds it may run before other callers stop waiting for their turn
    begun: float | None = None
    ended: bool = False
    given_up: bool = False


class CallWorker:
    """Runs calls one after the other in a thread of its own.

    `idle` is how many seconds the thread waits for the next call before it ends. `on_late` is
    called in that thread, outside of any lock, with the keys of all callers that got `CallHangs`,
    once the worker is free again.
    """

    def __init__(self, *, idle: float, on_late: Callable[[set[str]], None]) -> None:
        self._idle = idle
        self._on_late = on_late
        self._state = threading.Condition()
        self._queue: deque[_Call] = deque()
        self._running: _Call | None = None
        self._thread: threading.Thread | None = None  # the newest, which may have ended
        self._serving = False  # whether the thread will look at the queue again
        self._late: set[str] = set()
        self._closed = False

    def call(self, work: Callable[[], T], *, key: str, wait: float, patience: float) -> T:
        """Run `work` in the thread and return its answer.

        Waits `wait` seconds at most. The call is given up earlier if the one before it has run for
        longer than `patience` seconds, or was given up by its caller. Raises CallHangs. Work that
        was begun goes on and its answer is dropped; work that was not begun is never done.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a call from within the keyring thread would wait for itself")
        answers: list[T] = []
        call = _Call(lambda: answers.append(work()), key, time.monotonic() + wait, patience)
        with self._state:
            if self._closed:
                raise CallHangs(closed=True)
            self._queue.append(call)
            self._start()
            self._state.notify_all()
            while not call.ended:
                remaining = self._worth_waiting_until(call) - time.monotonic()
                if remaining <= 0 or self._closed:
                    self._give_up(call)
                    raise CallHangs(closed=self._closed)
                self._state.wait(remaining)
        if not answers:
            raise RuntimeError("the call ended without an answer")  # its own thread reports why
        return answers[0]

    def close(self, interrupt: Callable[[], None], *, wait: float) -> None:
        """Refuse further calls and end the thread.

        `interrupt` should make a hanging call fail. The thread is waited for `wait` seconds; it is
        left running if it has not ended by then.
        """
        with self._state:
            self._closed = True
            self._state.notify_all()
            thread = self._thread
            busy = self._running is not None
        if busy:
            interrupt()
        if thread is not None and thread is not threading.current_thread():
            thread.join(wait)

    def _start(self) -> None:
        if not self._serving:
            self._serving = True
            self._thread = threading.Thread(target=self._run, name="keyring", daemon=True)
            self._thread.start()

    def _worth_waiting_until(self, call: _Call) -> float:
        """Return the monotonic time in seconds from which waiting for `call` is no use."""
        running = self._running
        if running is None or running is call or running.begun is None:
            return call.deadline
        if running.given_up:
            return 0.0
        return min(call.deadline, running.begun + min(call.patience, running.patience))

    def _give_up(self, call: _Call) -> None:
        call.given_up = True
        self._late.add(call.key)
        if call in self._queue:
            self._queue.remove(call)
            if self._running is None:
                self._late.discard(call.key)  # nothing hangs: there is nothing to report later
        # The calls behind a hanging one are given up before their own deadlines.
        self._state.notify_all()

    def _run(self) -> None:
        try:
            while (call := self._next()) is not None:
                late: set[str] = set()
                try:
                    call.work()
                finally:
                    with self._state:
                        call.ended = True
                        self._running = None
                        if not self._closed:
                            late, self._late = self._late, set()
                        self._state.notify_all()
                del call  # it refers to the answer, and the next call can be long in coming
                if late:
                    self._on_late(late)
        finally:
            with self._state:  # a bug in `work` or `on_late` must not leave other callers waiting
                if self._serving and self._thread is threading.current_thread():
                    self._serving = False
                    if self._queue and not self._closed:
                        self._start()

    def _next(self) -> _Call | None:
        """Wait for a call and return it; reset `_serving` and return None at the thread's end."""
        with self._state:
            self._state.wait_for(lambda: self._queue or self._closed, self._idle)
            if self._closed or not self._queue:
                self._serving = False
                return None
            self._running = call = self._queue.popleft()
            call.begun = time.monotonic()
            return call
