"""Passwords that are kept in memory until the program ends."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mailadmin.credentials.lookup import Lookup, found, missing
from mailadmin.credentials.secret import Secret
from mailadmin.domain.provider import Provider


class MemoryCredentials:
    """A `CredentialStore` without a keyring: for this run's passwords, the demo and tests."""

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}  # by the provider's uid
        self._lock = threading.Lock()
        self._on_change: Callable[[str], None] = lambda _: None

    def look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup:
        """Return the kept password, or the answer MISSING; never blocks."""
        del interactive
        with self._lock:
            secret = self._secrets.get(provider.uid)
        return missing(provider, "session") if secret is None else found(secret, "session")

    def save(self, provider: Provider, secret: Secret) -> None:
        """Keep the password until the program ends."""
        with self._lock:
            self._secrets[provider.uid] = secret
        self._on_change(provider.uid)

    def keep_for_session(self, provider: Provider, secret: Secret) -> None:
        """Keep the password until the program ends."""
        self.save(provider, secret)

    def remove(self, provider: Provider) -> None:
        """Forget the password, if there is one."""
        with self._lock:
            self._secrets.pop(provider.uid, None)
        self._on_change(provider.uid)

    def listen(self, on_change: Callable[[str], None]) -> None:
        """From now on tell of each password that is kept or removed."""
        self._on_change = on_change

    def available(self) -> bool:
        """Whether there is a keyring: always, since memory takes its place."""
        return True

    def close(self) -> None:
        """Forget every password."""
        with self._lock:
            self._secrets.clear()
