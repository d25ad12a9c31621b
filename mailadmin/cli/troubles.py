"""What of a command's troubles goes into a log file: bugs, and all that ends a sender."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mailadmin.cli.frame.failure import ReaderGone, UsageError
from mailadmin.domain.errors import KnownError

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context


@contextmanager
def noting_troubles(context: Context) -> Iterator[None]:
    """Note an exception in the log file and let it out. Nothing is imported before one comes."""
    try:
        yield
    except KnownError as error:
        if context.recording is not None:
            from mailadmin.diagnostics.events import note_shown

            note_shown(error)
        raise
    except (ReaderGone, UsageError):
        raise
    except Exception as bug:
        _note_bug(context, bug)
        raise


def _note_bug(context: Context, bug: Exception) -> None:
    """Write a report, and say where it is. Python itself prints the traceback in the end."""
    from mailadmin.diagnostics.crash_report import Uncaught
    from mailadmin.diagnostics.recording import COMMANDS

    recording = context.recording or context.record(COMMANDS, lambda _: None)
    recording.crashed(Uncaught(type(bug), bug, bug.__traceback__, "MainThread"))
    if sys.stderr is not None and recording.log is not None and recording.log.exists():
        print(
            f"mailadmin: this is a bug in Mail Admin; a report of it is in {recording.log}",
            file=sys.stderr,
        )
