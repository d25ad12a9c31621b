"""The handle of one piece of work that is done off the GUI thread."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import shiboken6
from PySide6.QtCore import QObject

from mailadmin.domain.errors import KnownError

T = TypeVar("T")


class Task(Generic[T]):
    """The handle of one piece of work. All its methods but `perform` are for the GUI thread."""

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
        """Whether the task was cancelled: its callbacks are not called any more."""
        return self._cancelled.is_set()

    @property
    def finished(self) -> bool:
        """Whether its callbacks were called."""
        return self._finished

    def cancel(self) -> None:
        """Prevent callbacks, prevent a start that has not happened, tell running work to stop."""
        if self._finished or self._cancelled.is_set():
            return
        self._cancelled.set()
        if self._on_cancel is not None:
            self._on_cancel()

    def perform(self) -> Callable[[], None]:
        """Do the work in the calling thread; return a function that the GUI thread has to call."""
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
            if self._cancelled.is_set() or not alive(owner):
                return
            self._finished = True
            try:
                report()
            finally:
                if ended is not None and alive(owner):
                    ended()
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Drop the references to the callbacks."""
        # This happens in the GUI thread: a widget whose last reference is dropped in another thread
        # is destroyed there, and Qt does not survive that.
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


def _receiver(callback: Callable[..., object] | None) -> QObject | None:
    target = getattr(callback, "__self__", None)
    return target if isinstance(target, QObject) else None


def alive(owner: QObject | None) -> bool:
    """Whether Qt still has `owner`; True for None."""
    return owner is None or shiboken6.isValid(owner)


def when_alive(owner: QObject, call: Callable[[T], object]) -> Callable[[T], None]:
    """Return a function that calls `call` unless Qt has deleted `owner`."""

    def guarded(value: T) -> None:
        if alive(owner):
            call(value)

    return guarded
