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
"""The loggers to which errors go that were caught and are bugs nevertheless."""


class CrashHooks:
    """Hands uncaught exceptions to `report`, in the thread where they happened.

    Before that the hooks that were installed earlier do their work: they print a traceback. An
    exception that is logged as an error counts too: an event loop logs its exceptions, and so does
    the sender when it contains one so that the rest of the mail goes out.
    """

    def __init__(self, report: Callable[[Uncaught], object]) -> None:
        self._report = report
        self._busy = threading.local()
        self._logged = _LoggedBugs(self._hand_on)
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def __enter__(self) -> Self:
        """Install the hooks."""
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._exception
        threading.excepthook = self._in_thread
        sys.unraisablehook = self._unraisable
        for name in BUG_LOGGERS:
            logging.getLogger(name).addHandler(self._logged)
        return self

    def __exit__(self, *_: object) -> None:
        """Put the earlier hooks back, except where another hook was installed meanwhile."""
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
            return  # a request to end the program, or a bug in the report of a bug
        self._busy.now = True
        try:
            self._report(uncaught)
        except Exception as bug:  # noqa: BLE001 - the report failed: Python's own hook is left
            self._before[0](type(bug), bug, bug.__traceback__)
        finally:
            self._busy.now = False


class _LoggedBugs(logging.Handler):
    """Reports exceptions that come as records of a log."""

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
