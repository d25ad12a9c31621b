"""One window per database and user: a second start raises the first and ends."""

from __future__ import annotations

import getpass
import hashlib
import os

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT = 500  # milliseconds; the peer is on this computer
_RAISE = b"raise\n"


def channel_name(location: str) -> str:
    """The name of the local socket for a database."""
    identity = f"{getpass.getuser()}\0{os.path.realpath(location)}"
    return "mailadmin-" + hashlib.sha256(identity.encode()).hexdigest()[:20]


class SingleInstance(QObject):
    """Listens for later starts on the same database."""

    raiseRequested = Signal()

    def __init__(self, location: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = channel_name(location)
        self._server: QLocalServer | None = None

    def call_running(self) -> bool:
        """Ask a window that already shows this database to come forward; False if there is none."""
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

    def listen(self) -> None:
        """Be the first window. A socket left by one that crashed is replaced."""
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

    def _accept(self) -> None:
        if self._server is None:
            return
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.write(b"ok\n")
            socket.flush()
            self.raiseRequested.emit()
