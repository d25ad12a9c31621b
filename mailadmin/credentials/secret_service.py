"""Access to the Secret Service that prompts, creates and hangs only when that is wanted.

The keyring library unlocks a locked collection as a matter of course, which opens a prompt on the
user's screen and blocks until it is answered. That is right when a person waits for the password
and wrong for the sender in the background. It also creates a missing collection just to look into
it, and leaves its D-Bus connection open when unlocking fails. `SecretServiceCalls.prepare` returns
a copy of its backend that opens the collection here instead.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from mailadmin.credentials.keyring_errors import locked

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend
    from secretstorage import Collection, Item


class Connection(Protocol):
    """The part of jeepney's blocking D-Bus connection that is used here."""

    sock: socket.socket

    def close(self) -> None: ...


class NothingStored(LookupError):
    """There is no default collection, so it holds no password of Mail Admin."""


class SecretServiceCalls:
    """Opens collections for one caller at a time; another thread can interrupt a call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._cut = False

    def prepare(self, backend: KeyringBackend, *, prompt: bool, create: bool) -> KeyringBackend:
        """Return a copy of `backend` for one call.

        `prompt`: ask the user to unlock what is locked; without it the copy raises KeyringLocked.
        `create`: make the default collection if there is none; without it the copy raises
        NothingStored.
        """
        wanted = getattr(backend, "preferred_collection", None)

        def get_preferred_collection() -> Collection:
            return self._open(wanted, prompt=prompt, create=create)

        def unlock(item: Item) -> None:
            if item.is_locked() and (not prompt or item.unlock() or item.is_locked()):
                raise locked()

        return backend.with_properties(
            get_preferred_collection=get_preferred_collection, unlock=unlock
        )

    def interrupt(self) -> None:
        """Make the call under way, if there is one, and all later calls fail."""
        with self._lock:
            self._cut = True  # the call may be connecting, and have nothing to shut down yet
            if self._connection is not None:
                with suppress(OSError):  # the connection ended by itself
                    self._connection.sock.shutdown(socket.SHUT_RDWR)

    def finished(self) -> None:
        """Close the connection of the call that ended."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _open(self, wanted: str | None, *, prompt: bool, create: bool) -> Collection:
        import secretstorage

        self.finished()
        connection = secretstorage.dbus_init()
        with self._lock:
            self._connection = connection
            if self._cut:
                raise ConnectionAbortedError
        try:
            if wanted is not None:
                collection = secretstorage.Collection(connection, wanted)
            else:
                collection = secretstorage.Collection(connection)
        except secretstorage.ItemNotFoundException:
            if not create:
                raise NothingStored from None
            if not prompt:
                raise locked() from None
            collection = secretstorage.get_default_collection(connection)
        if collection.is_locked() and (not prompt or collection.unlock() or collection.is_locked()):
            raise locked()
        return collection
