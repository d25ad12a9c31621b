"""The log of one run of a program: its start, notable events, crashes and its end."""

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
from mailadmin.diagnostics.fatal_crash import FatalCrashFile, unexpected_ends
from mailadmin.diagnostics.log_file import LogFile, OnTrouble
from mailadmin.diagnostics.program_facts import program_facts
from mailadmin.diagnostics.redaction import Redaction
from mailadmin.diagnostics.repeats import Repeats

WINDOW = "mailadmin"
SENDER = "mailadmin-send"
COMMANDS = "mailadmin-commands"
"""Programs with a log of their own: the file names, without `.log`."""

OnCrash = Callable[[CrashReport], object]


def log_path(folder: Path, program: str) -> Path:
    """Return the path of the current log file; older ones have .1 to .4 behind the name."""
    return folder / f"{program}.log"


class Recording:
    """Writes the log of one run and catches its crashes, between `start` and `stop`.

    With `folder` None, as in the demo, no file is written; crashes are caught all the same.
    `on_crash` and `on_trouble` are called in the thread where it happened; `on_trouble` once, if
    the log can't be written. Neither of them may raise.
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
        """The path of the log file, None if no log is written."""
        return None if self._folder is None else log_path(self._folder, self._program)

    def start(self, what: str) -> Self:
        """Open the log, write that `what` is started, and report crashes of earlier runs."""
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
        """Log the normal end of the run and undo what `start` installed."""
        event_log().info("Stop")
        self._running.close()

    def crashed(self, uncaught: Uncaught) -> CrashReport:
        """Log an uncaught exception unless it repeats an earlier one, and pass its report on."""
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
        for report in unexpected_ends(folder, self._program, self._redact):
            if report is None:
                event_log().warning(
                    "An earlier run ended unexpectedly: killed, or the power failed"
                )
            else:
                event_log().error("An earlier run crashed\n%s", report.text)
                self._on_crash(report)


def _is_no_bug(record: logging.LogRecord) -> bool:
    """Whether the file takes a record as it is; for an exception it gets a crash report."""
    return record.levelno < logging.ERROR or not record.exc_info


class _OnStandardError(logging.Handler):
    """Prints the warnings of the library that Python would print without a log file."""

    def __init__(self, printer: logging.Handler) -> None:
        super().__init__(printer.level)
        self._printer = printer

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record, unless it is meant for the log file alone."""
        if record.name != event_log().name and sys.stderr is not None:
            self._printer.handle(record)
