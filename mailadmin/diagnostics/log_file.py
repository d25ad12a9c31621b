"""A log file that several processes may write, that stays small and never fails the program."""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from mailadmin.diagnostics.file_lock import try_lock

SIZE = 1_000_000  # bytes of one file
FILES = 5
_LONGEST = 64 * 1024  # characters of one record
_INDENT = "\n    "

Redact = Callable[[str], str]
OnTrouble = Callable[[OSError], None]


class OneLinePerRecord(logging.Formatter):
    """`2026-11-25T14:03:02.123+01:00 [4711] WARNING text`, redacted.

    Only a record begins at the margin: further lines of a record (a traceback, a reply of a server)
    are indented, so that no text from outside can look like a record of its own.
    """

    def __init__(self, redact: Redact) -> None:
        super().__init__("%(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text without a line end."""
        text = self._redact(super().format(record))
        if len(text) > _LONGEST:
            text = f"{text[: _LONGEST // 2]}\n…\n{text[-_LONGEST // 2 :]}"
        said = _INDENT.join(_printable(line) for line in text.splitlines())
        moment = datetime.fromtimestamp(record.created).astimezone()
        stamp = moment.isoformat(timespec="milliseconds")
        return f"{stamp} [{record.process}] {record.levelname} {said}"


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


class LogFile(RotatingFileHandler):
    """Appends to `path`, which only its owner may read, and keeps `files` of `size` bytes in all.

    Every record is written with one call to the end of the file, so that processes don't mix their
    lines. The process that finds the file full renames it, under a lock; the others notice before
    their next record. On Windows a file can't be renamed while another process has it open: there
    it grows until one process is alone with it.

    `on_trouble` gets the first error of writing, in the thread that wrote. A record that could not
    be written is lost, and the next record is tried again.
    """

    def __init__(
        self,
        path: Path,
        redact: Redact,
        on_trouble: OnTrouble,
        *,
        size: int = SIZE,
        files: int = FILES,
    ) -> None:
        self._on_trouble = on_trouble
        self._told = False
        super().__init__(
            path,
            maxBytes=size,
            backupCount=files - 1,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,  # opened with the first record, where an error is dealt with
        )
        self.setFormatter(OneLinePerRecord(redact))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; never raises."""
        try:
            text = self.format(record) + self.terminator
            stream = self._current()
            if self._is_full(stream, len(text.encode("utf-8", "backslashreplace"))):
                stream = self._rotate(stream)
            stream.write(text)
            stream.flush()
        except Exception as error:  # noqa: BLE001 - a lost record is better than a failed program
            self._let_go()
            if not self._told:
                self._told = True
                self._on_trouble(error if isinstance(error, OSError) else OSError(str(error)))

    def close(self) -> None:
        """Close the file; what could not be written to a full disk is lost."""
        with suppress(OSError):
            super().close()

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = open(  # noqa: SIM115 - stays open
            self.baseFilename, "a", encoding="utf-8", errors=self.errors, opener=_privately
        )
        self.stream = file
        return file

    def _current(self) -> TextIOWrapper:
        """Return the file that has the name now: another process may have renamed the open one."""
        if self.stream is None:
            return self._open()
        if sys.platform != "win32" and not self._has_the_name(self.stream):
            self._let_go()
            return self._open()
        return self.stream

    def _has_the_name(self, stream: TextIOWrapper) -> bool:
        try:
            named = Path(self.baseFilename).stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(stream.fileno()))

    def _is_full(self, stream: TextIOWrapper, more: int) -> bool:
        size = os.fstat(stream.fileno()).st_size
        return size > 0 and size + more > self.maxBytes

    def _rotate(self, stream: TextIOWrapper) -> TextIOWrapper:
        """Rename the full file if possible; return the file that is written to from now on."""
        if sys.platform == "win32":
            self._let_go()
            self._rename()
            return self._open()
        if not try_lock(stream.fileno()):  # another process is renaming it
            return stream
        if self._has_the_name(stream):
            self._rename()
        self._let_go()  # this ends the lock as well
        return self._open()

    def _rename(self) -> None:
        base = self.baseFilename
        for number in range(self.backupCount, 0, -1):
            source = base if number == 1 else f"{base}.{number - 1}"
            with suppress(OSError):  # no file of that number yet; or, on Windows, it is open
                os.replace(source, f"{base}.{number}")  # noqa: PTH105

    def _let_go(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()


def _privately(path: str, flags: int) -> int:
    """Open a file so that only the owner can use it and its folder."""
    descriptor = os.open(path, flags, 0o600)
    if sys.platform != "win32":
        with suppress(OSError):  # it belongs to another user, who allows this one to write
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.fchmod(descriptor, 0o600)
            os.chmod(Path(path).parent, 0o700)  # noqa: PTH101 - beside fchmod
    return descriptor
