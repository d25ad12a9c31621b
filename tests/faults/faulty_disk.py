"""SQLite's way to the disk, watched: a VFS that counts, dies, runs full, fails or loses power.

What it shadows is the disk as a power failure may leave it: of each file only what was synced, in
a folder beside. Creating, deleting and truncating a file take effect at once there too; SQLite
needs no more for a database in WAL mode, and nothing of what it keeps depends on less.
"""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import apsw

from tests.faults.events import Events, Plan

_UNIX = "unix"
_chance = random.Random()


class _Here(threading.local):
    """What goes on in this thread."""

    closing = False  # a connection is being closed


_here = _Here()


class _Unsynced:
    """What power loss would undo, by file: a sync is of all that was written to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: dict[str, list[Callable[[], None]]] = defaultdict(list)

    def add(self, name: str, change: Callable[[], None]) -> None:
        """Note a change that was made."""
        with self._lock:
            self._changes[name].append(change)

    def synced(self, name: str, sync: Callable[[], None]) -> None:
        """Sync; then let what was noted before survive."""
        with self._lock:
            changes = self._changes.pop(name, [])
        sync()
        for change in changes:
            change()


class FaultyFile(apsw.VFSFile):
    """A file of a database."""

    def __init__(
        self,
        name: str | apsw.URIFilename | None,
        flags: list[int],
        events: Events,
        plan: Plan,
        unsynced: _Unsynced,
    ) -> None:
        super().__init__(_UNIX, name, flags)
        text = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._name = Path(text).name if text else "temporary"
        self._events = events
        self._plan = plan
        self._unsynced = unsynced
        self._shadow = Path(plan.shadow) / self._name if plan.shadow and text else None
        if self._shadow is not None:
            self._shadow.touch()

    def xLock(self, level: int) -> None:
        """Lock.

        A connection that is closed takes the exclusive lock, to bring the log into the database.
        SQLite doesn't mind if it can't, as one that only reads, nor if that fails later; APSW would
        raise an exception. So on a disk that fails it isn't tried, and then doesn't fail.
        """
        closing = level == apsw.SQLITE_LOCK_EXCLUSIVE
        if closing and self._fails:
            raise apsw.BusyError
        try:
            super().xLock(level)
        except apsw.IOError as error:
            raise apsw.BusyError from error
        _here.closing = closing

    def xUnlock(self, level: int) -> None:
        """Give a lock back."""
        _here.closing = False
        super().xUnlock(level)

    def xClose(self) -> None:
        """Close."""
        _here.closing = False
        super().xClose()

    def xWrite(self, data: bytes, offset: int) -> None:
        """Write."""
        content = bytes(data)
        grows = offset + len(content) > self.xFileSize()
        if self._fails and self._plan.broken_disk == "write":
            raise _io_error(apsw.SQLITE_IOERR_WRITE)
        if self._fails and grows and not self._plan.broken_disk:
            raise apsw.FullError("as the plan says")

        def write(part: bytes = content) -> None:
            super(FaultyFile, self).xWrite(part, offset)

        half = content[: len(content) // 2]
        self._events.around(f"write {self._name}", write, half=lambda: write(half))
        if self._shadow is not None:
            change = partial(_write, self._shadow, content, offset)
            self._unsynced.add(self._name, change)
            if self._plan.early and _chance.random() < 0.5:
                change()  # the system has written it already, whatever was written before it

    def xSync(self, flags: int) -> None:
        """Sync; from now on the content survives."""
        if self._fails and self._plan.broken_disk == "sync":
            raise _io_error(apsw.SQLITE_IOERR_FSYNC)

        def sync() -> None:
            self._unsynced.synced(self._name, lambda: super(FaultyFile, self).xSync(flags))

        self._events.around(f"sync {self._name}", sync)

    def xTruncate(self, size: int) -> None:
        """Make the file shorter."""
        self._events.around(
            f"truncate {self._name}", lambda: super(FaultyFile, self).xTruncate(size)
        )
        if self._shadow is not None:
            self._unsynced.add(self._name, partial(_truncate, self._shadow, size))

    @property
    def _fails(self) -> bool:
        """Whether the disk is failing now."""
        return bool(self._plan.full) and not _here.closing and Path(self._plan.full).exists()


class FaultyDisk(apsw.VFS):
    """All files of SQLite in this process, from now on."""

    def __init__(self, events: Events, plan: Plan) -> None:
        super().__init__("faulty", _UNIX, makedefault=True)
        self._events = events
        self._plan = plan
        self._unsynced = _Unsynced()
        _chance.seed(plan.early)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> FaultyFile:
        """Open a file."""
        return FaultyFile(name, flags, self._events, self._plan, self._unsynced)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        """Delete a file."""
        name = Path(filename).name
        self._events.around(
            f"delete {name}", lambda: super(FaultyDisk, self).xDelete(filename, syncdir)
        )
        if self._plan.shadow:
            (Path(self._plan.shadow) / name).unlink(missing_ok=True)


def _io_error(code: int) -> apsw.IOError:
    """What SQLite makes of EIO."""
    error = apsw.IOError("as the plan says")
    error.extendedresult = code  # type: ignore[attr-defined]
    return error


def _write(path: Path, content: bytes, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def _truncate(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)
