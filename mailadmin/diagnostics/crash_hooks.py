"""Python's hooks for uncaught exceptions: in any thread, and where nothing can be raised."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mailadmin.diagnostics.crash_report import Uncaught

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

BUG_LOGGERS = ("mailadmin", "asyncio")
"""Loggers that tell of bugs: of an event loop, and of those that were contained."""


class CrashHooks:
    """Calls `report` with each uncaught exception, in the thread where it happened.

    Before that the hooks that were there do what they did: print a traceback. An exception that is
    logged as an error counts too: that is what becomes of one in an event loop, or of one that the
    sender contains so that the rest of the mail goes out.
    """

    def __init__(self, report: Callable[[Uncaught], object]) -> None:
        self._report = report
        self._busy = threading.local()
        self._logged = _LoggedBugs(self._hand_on)
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def __enter__(self) -> Self:
        """Take the hooks' places."""
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._exception
        threading.excepthook = self._in_thread
        sys.unraisablehook = self._unraisable
        for name in BUG_LOGGERS:
            logging.getLogger(name).addHandler(self._logged)
        return self

    def __exit__(self, *_: object) -> None:
        """Put the hooks back, as far as nobody else took their places."""
        for name in BUG_LOGGERS:
            logging.getLogger(name).removeHandler(self._logged)
        exception, in_thread, unraisable = self._before
        if sys.excepthook == self._exception:
            sys.excepthook = exception
        if threading.excepthook == self._in_thread:
            threading.excepthook = in_thread
        if sys.unraisablehook == self._unraisable:
            sys.unraisablehook = unraisable

    def _exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self._before[0](kind, error, trace)
        self._hand_on(Uncaught(kind, error, trace, threading.current_thread().name))

    def _in_thread(self, args: threading.ExceptHookArgs) -> None:
        self._before[1](args)
        name = "a thread that ended" if args.thread is None else args.thread.name
        self._hand_on(Uncaught(args.exc_type, args.exc_value, args.exc_traceback, name))

    def _unraisable(self, args: UnraisableHookArgs) -> None:
        self._before[2](args)
        name = threading.current_thread().name
        said = args.err_msg or "Exception ignored"
        self._hand_on(Uncaught(args.exc_type, args.exc_value, args.exc_traceback, name, said))

    def _hand_on(self, uncaught: Uncaught) -> None:
        if not issubclass(uncaught.kind, Exception) or getattr(self._busy, "now", False):
            return  # asked to end, or a bug in what reports bugs
        self._busy.now = True
        try:
            self._report(uncaught)
        except Exception as bug:  # noqa: BLE001 - nobody is left to tell
            self._before[0](type(bug), bug, bug.__traceback__)
        finally:
            self._busy.now = False


class _LoggedBugs(logging.Handler):
    """Reports exceptions that are logged as errors."""

    def __init__(self, report: Callable[[Uncaught], object]) -> None:
        super().__init__(logging.ERROR)
        self._tell = report

    def emit(self, record: logging.LogRecord) -> None:
        """Report the exception of a record, if it has one."""
        if not record.exc_info or record.exc_info[0] is None:
            return
        kind, error, trace = record.exc_info
        said = record.getMessage().splitlines()[0]
        self._tell(Uncaught(kind, error, trace, threading.current_thread().name, said))
