"""One window per database and user: a second start raises the first and ends.

Who has the lock is the first. Without a lock file there is no other window, and the first paint has
to wait neither for the disk nor for Qt's network library, by which later starts call the first.
"""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QCryptographicHash,
    QDeadlineTimer,
    QDir,
    QLockFile,
    QObject,
    QThread,
    Signal,
)

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

_WAIT = 500  # milliseconds; the peer is on this computer
_OPENING = 3000  # milliseconds a window that has just been started may take to listen
_PAUSE = 50  # milliseconds between two calls
_RAISE = b"raise\n"


def channel_name(location: str) -> str:
    """The name of the local socket for a database."""
    identity = f"{getpass.getuser()}\0{os.path.realpath(location)}"
    digest = QCryptographicHash.hash(identity.encode(), QCryptographicHash.Algorithm.Sha256)
    return "mailadmin-" + bytes(digest.toHex().data()).decode()[:20]


class SingleInstance(QObject):
    """Listens for later starts on the same database."""

    raiseRequested = Signal()

    def __init__(self, location: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = channel_name(location)
        self._lock_file = QDir(QDir.tempPath()).filePath(f"{self._name}.lock")
        self._lock: QLockFile | None = None
        self._server: QLocalServer | None = None

    def call_running(self) -> bool:
        """Ask a window that already shows this database to come forward; False if there is none.

        One that is just being opened is waited for. If it does not answer at all, False.
        """
        return os.path.lexists(self._lock_file) and not self._take_lock() and self._call_patiently()

    def become_first(self) -> bool:
        """Be the first window, unless another was faster, which is asked to come forward.

        False in that case. A lock left by one that crashed is replaced.
        """
        return self._take_lock() or not self._call_patiently()

    def listen(self) -> None:
        """Hear of later starts. A socket left by a window that crashed is replaced."""
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not server.listen(self._name):
            QLocalServer.removeServer(self._name)
            server.listen(self._name)
        server.newConnection.connect(self._accept)
        self._server = server

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._lock is not None:
            self._lock.unlock()

    def _take_lock(self) -> bool:
        """Whether this is the only window. True as well where no lock can be written at all."""
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
        socket.write(_RAISE)
        socket.flush()
        # The first window answers when it has heard: until then this process must not end.
        answered = socket.waitForReadyRead(_WAIT * 4)
        socket.disconnectFromServer()
        return answered

    def _accept(self) -> None:
        if self._server is None:
            return
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.write(b"ok\n")
            socket.flush()
            self.raiseRequested.emit()
