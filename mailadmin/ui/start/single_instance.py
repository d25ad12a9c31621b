"""One window per database and user: a second start raises the first, passes its files and ends.

The process that has the lock is the first. Without a lock file there is no other window, and the
first paint need not wait for the disk or for Qt's network library, by which later starts reach the
first window.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QCryptographicHash,
    QDeadlineTimer,
    QDir,
    QLockFile,
    QObject,
    QThread,
    Signal,
    Slot,
)

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, KnownError

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT = 500  # milliseconds; the other process is on this computer
_OPENING = 3000  # milliseconds until a window that has just been started listens
_PAUSE = 50  # milliseconds between two attempts to connect
_RAISE = b"raise\n"
# A request to open files: "open ", the number of bytes that follow, then names that each end with a
# NUL. Its answer differs from that to a raise, which is all that an older version knows.
_OPEN = b"open "
_TAKEN = b"taken\n"
_LONGEST = 1 << 20  # bytes of a request


def channel_name(location: str) -> str:
    """Return the name of the local socket for a database."""
    identity = f"{getpass.getuser()}\0{os.path.realpath(location)}"
    digest = QCryptographicHash.hash(identity.encode(), QCryptographicHash.Algorithm.Sha256)
    return "mailadmin-" + bytes(digest.toHex().data()).decode()[:20]


class SingleInstance(QObject):
    """Listens for later starts on the same database.

    `files` are passed to the window that runs already: absolute paths.
    """

    raiseRequested = Signal()
    filesHandedOver = Signal(list)  # of Path

    def __init__(
        self, location: str, files: Sequence[Path] = (), parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._files = files
        self._name = channel_name(location)
        self._lock_file = QDir(QDir.tempPath()).filePath(f"{self._name}.lock")
        self._lock: QLockFile | None = None
        self._server: QLocalServer | None = None

    def call_running(self) -> bool:
        """Ask a window that already shows this database to come forward; False if there is none.

        A window that is just being opened is waited for. False also if it does not answer. Raises
        `KnownError` if the window can't take the files.
        """
        return os.path.lexists(self._lock_file) and not self._take_lock() and self._call_patiently()

    def become_first(self) -> bool:
        """Take the lock; if another window has it, ask that one to come forward and return False.

        A lock left behind by a crashed window is replaced.
        """
        return self._take_lock() or not self._call_patiently()

    def listen(self) -> None:
        """Listen for later starts. A socket left behind by a crashed window is replaced."""
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not server.listen(self._name):
            QLocalServer.removeServer(self._name)
            server.listen(self._name)
        server.newConnection.connect(self._accept)
        self._server = server

    def close(self) -> None:
        """Stop listening and release the lock."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._lock is not None:
            self._lock.unlock()

    def _take_lock(self) -> bool:
        """Whether this is the only window; True also where no lock file can be written."""
        if self._lock is None:
            self._lock = QLockFile(self._lock_file)
            self._lock.setStaleLockTime(0)  # a window may be open for weeks
        return (
            self._lock.isLocked()
            or self._lock.tryLock(0)
            or self._lock.error() is not QLockFile.LockError.LockFailedError
        )

    def _call_patiently(self) -> bool:
        deadline = QDeadlineTimer(_OPENING)
        while not self._call():
            if deadline.hasExpired() or self._take_lock():
                return False
            QThread.msleep(_PAUSE)
        return True

    def _call(self) -> bool:
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_WAIT):
            return False
        socket.write(_request(self._files))
        socket.flush()
        # The first window answers once it has read the request; until then this process must live.
        answered = socket.waitForReadyRead(_WAIT * 4)
        answer = bytes(socket.readAll().data())
        socket.disconnectFromServer()
        if answered and self._files and answer != _TAKEN:
            raise KnownError(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "The window that is open is of another version and can't take files this way. "
                    "Use File > Import there, or close it and try again.",
                )
            )
        return answered

    def _accept(self) -> None:
        if self._server is None:
            return
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            caller = _Caller(socket)
            caller.requested.connect(self._pass_on)
            caller.read_request()

    def _pass_on(self, files: list[Path]) -> None:
        self.raiseRequested.emit()
        if files:
            self.filesHandedOver.emit(files)


class _Caller(QObject):
    """The connection of a later start; it lives as long as its socket."""

    requested = Signal(list)  # with the files, an empty list for a mere raise

    def __init__(self, socket: QLocalSocket) -> None:
        super().__init__(socket)
        self._socket = socket
        self._answered = False
        socket.readyRead.connect(self.read_request)

    @Slot()
    def read_request(self) -> None:
        """Answer once the whole request is there; anything that is no request gets no answer."""
        line, end, names = bytes(self._socket.peek(_LONGEST).data()).partition(b"\n")
        if not end or self._answered:
            return
        if not line.startswith(_OPEN):
            self._answer(b"ok\n", [])
            return
        size = line.removeprefix(_OPEN)
        if size.isdigit() and len(names) >= int(size):
            files = [Path(os.fsdecode(name)) for name in names[: int(size)].split(b"\0") if name]
            self._answer(_TAKEN, files)

    def _answer(self, text: bytes, files: list[Path]) -> None:
        self._answered = True
        self._socket.write(text)
        self._socket.flush()
        self.requested.emit(files)


def _request(files: Sequence[Path]) -> bytes:
    if not files:
        return _RAISE
    names = b"".join(os.fsencode(file) + b"\0" for file in files)
    return _OPEN + str(len(names)).encode() + b"\n" + names
