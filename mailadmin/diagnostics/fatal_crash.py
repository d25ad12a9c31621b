"""Reports of fatal crashes, which end the process before Python can report anything.

While the program runs it keeps a file open, to which `faulthandler` writes when C code crashes. The
file is removed when the program ends. A file without its process is therefore left from a run that
ended unexpectedly: with a crash in it, or without one if the process was killed or the power
failed.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from mailadmin.diagnostics.crash_report import CrashKind, CrashReport, shorten
from mailadmin.diagnostics.file_lock import try_lock

_END_OF_HEAD = "-- "
_SUFFIX = ".txt"
_TRIES = 5


class FatalCrashFile:
    """The file of this run. Raises nothing: without the file a fatal crash leaves no report."""

    def __init__(self, folder: Path, program: str, head: str) -> None:
        """Make the file and write `head`, the top of the report. `program` begins its name."""
        self._file: TextIO | None = None
        self._path = folder
        if faulthandler.is_enabled():  # enabled by the environment or a debugger
            return
        made = None
        with suppress(OSError):
            made = _make(folder, program)
        if made is None:
            return
        self._file, self._path = made
        try:
            self._file.write(f"{head}\n{_END_OF_HEAD}\n")
            self._file.flush()
            faulthandler.enable(self._file)
        except OSError:
            self.close()

    def close(self) -> None:
        """Remove the file: the program ends without a crash."""
        if self._file is None:
            return
        if faulthandler.is_enabled():
            faulthandler.disable()
        if sys.platform == "win32":  # an open file can't be removed there
            self._file.close()
        with suppress(OSError):
            self._path.unlink()
        with suppress(OSError):
            self._file.close()
        self._file = None


def _make(folder: Path, program: str) -> tuple[TextIO, Path] | None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for _ in range(_TRIES):
        descriptor, name = tempfile.mkstemp(_SUFFIX, f"{program}-running-", folder, text=True)
        file = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace")
        if _take(file):
            return file, Path(name)
        file.close()  # another start removed it as left behind, or the file system has no locks
        with suppress(OSError):
            Path(name).unlink()
    return None


def _take(file: TextIO) -> bool:
    """Lock the file; False if another process has the lock, or removed the file before."""
    return try_lock(file.fileno()) and os.fstat(file.fileno()).st_nlink > 0


def unexpected_ends(
    folder: Path, program: str, redact: Callable[[str], str]
) -> Iterator[CrashReport | None]:
    """Report each run of `program` that ended unexpectedly, once; None for one without a crash."""
    try:
        found = sorted(folder.glob(f"{program}-running-*{_SUFFIX}"))
    except OSError:
        return
    for path in found:
        text = _claim(path)
        if text is None:
            continue
        head, separator, crash = text.partition(f"\n{_END_OF_HEAD}\n")
        if not separator or not crash.strip():
            yield None
            continue
        crash = shorten(crash)
        yield CrashReport(
            CrashKind.EARLIER,
            redact(crash.strip().splitlines()[0]),
            redact(f"{head}\n\n{crash}"),
            origin=str(path),
        )


def _claim(path: Path) -> str | None:
    """Remove a file that was left behind and return its content; None if its process runs."""
    try:
        with path.open("r+", encoding="utf-8", errors="replace") as file:
            if not _take(file):
                return None
            text = file.read()
            if sys.platform != "win32":
                path.unlink()
        if sys.platform == "win32":
            path.unlink()  # refused while its process runs
    except OSError:
        return None
    return text
