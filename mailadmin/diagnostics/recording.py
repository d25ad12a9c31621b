"""One run of a program, as its log tells it: start, what was worth a line, crashes, end."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from mailadmin.diagnostics.crash_hooks import BUG_LOGGERS, CrashHooks
from mailadmin.diagnostics.crash_report import CrashReport, Uncaught, describe
from mailadmin.diagnostics.events import PROGRAM_LOGGER, event_log
from mailadmin.diagnostics.fatal_crash import FatalCrashFile, ends_without_goodbye
from mailadmin.diagnostics.log_file import LogFile, OnTrouble
from mailadmin.diagnostics.program_facts import program_facts
from mailadmin.diagnostics.redaction import Redaction
from mailadmin.diagnostics.repeats import Repeats

WINDOW = "mailadmin"
SENDER = "mailadmin-send"
COMMANDS = "mailadmin-commands"
"""Programs with a log of their own: names of the files, without `.log`."""

OnCrash = Callable[[CrashReport], object]


def log_path(folder: Path, program: str) -> Path:
    """The file that is written now; older ones have .1 to .4 behind the name."""
    return folder / f"{program}.log"


class Recording:
    """Writes the log of one run and catches its crashes, between `start` and `stop`.

    `folder` None: nothing is written, for a demo; crashes are caught all the same. `on_crash` and
    `on_trouble` are called in whichever thread it happened; `on_trouble` once, if the log can't be
    written. Neither of them may raise.
    """

    def __init__(
        self,
        folder: Path | None,
        program: str,
        *,
        on_crash: OnCrash = lambda report: None,
        on_trouble: OnTrouble = lambda error: None,
    ) -> None:
        self._folder = folder
        self._program = program
        self._on_crash = on_crash
        self._on_trouble = on_trouble
        self._redact = Redaction()
        self._repeats = Repeats()
        self._running = ExitStack()

    @property
    def log(self) -> Path | None:
        """The file that is written, if one is."""
        return None if self._folder is None else log_path(self._folder, self._program)

    def start(self, what: str) -> Self:
        """Open the log with a line about `what` is started; tell of an earlier run that crashed."""
        facts = program_facts()
        if self._folder is not None:
            self._open_log(self._folder)
        self._running.enter_context(CrashHooks(self.crashed))
        event_log().info("Start: %s, %s", "; ".join(facts), what)
        if self._folder is not None:
            self._look_back(self._folder)
            fatal = FatalCrashFile(self._folder, self._program, "\n".join([*facts, what]))
            self._running.callback(fatal.close)
        return self

    def stop(self) -> None:
        """The run ends as it should. Everything is as it was before `start`."""
        event_log().info("Stop")
        self._running.close()

    def crashed(self, uncaught: Uncaught) -> CrashReport:
        """Note an uncaught exception, and hand on its report unless that would only repeat one."""
        report = describe(uncaught, self._redact)
        count, news = self._repeats.note(report.origin)
        if news:
            again = "" if count == 1 else f" ({count} times by now)"
            event_log().error("Unexpected error%s\n%s", again, report.text)
        self._on_crash(report)
        return report

    def _open_log(self, folder: Path) -> None:
        file = LogFile(log_path(folder, self._program), self._redact, self._on_trouble)
        file.addFilter(_is_no_bug)
        self._running.callback(file.close)
        for name in BUG_LOGGERS:
            log = logging.getLogger(name)
            self._running.callback(log.removeHandler, file)
            log.addHandler(file)
            if logging.lastResort is not None:  # Python's own, which a handler takes the place of
                quiet = _OnStandardError(logging.lastResort)
                self._running.callback(log.removeHandler, quiet)
                log.addHandler(quiet)
        log = logging.getLogger(PROGRAM_LOGGER)
        self._running.callback(log.setLevel, log.level)
        log.setLevel(logging.INFO)

    def _look_back(self, folder: Path) -> None:
        for report in ends_without_goodbye(folder, self._program, self._redact):
            if report is None:
                event_log().warning(
                    "An earlier run ended unexpectedly: killed, or the power failed"
                )
            else:
                event_log().error("An earlier run crashed\n%s", report.text)
                self._on_crash(report)


def _is_no_bug(record: logging.LogRecord) -> bool:
    """Whether a record is written as it is; one with an exception becomes a report instead."""
    return record.levelno < logging.ERROR or not record.exc_info


class _OnStandardError(logging.Handler):
    """Prints warnings as Python would have if there were no log file."""

    def __init__(self, printer: logging.Handler) -> None:
        super().__init__(printer.level)
        self._printer = printer

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record that is not for the log file alone."""
        if record.name != event_log().name and sys.stderr is not None:
            self._printer.handle(record)
