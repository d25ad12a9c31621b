"""Looks a password up in all places that can have it, in order."""

from __future__ import annotations

from collections.abc import Callable

from mailadmin.credentials.lookup import CredentialState, Lookup
from mailadmin.credentials.memory import MemoryCredentials
from mailadmin.credentials.password_file import PasswordFiles
from mailadmin.credentials.secret import Secret
from mailadmin.credentials.system_keyring import KeyringCredentials
from mailadmin.domain.provider import Provider


class CredentialResolver:
    """The program's `CredentialStore`: this run's passwords, password files, then the keyring."""

    def __init__(
        self,
        *,
        keyring: KeyringCredentials | None = None,
        files: PasswordFiles | None = None,
        timeout: float = 5.0,
        interactive_timeout: float = 60.0,
    ) -> None:
        self._on_change: Callable[[str], None] = lambda _: None
        self._session = MemoryCredentials()
        self._files = files or PasswordFiles()
        self._keyring = keyring or KeyringCredentials(
            on_change=self._changed, timeout=timeout, interactive_timeout=interactive_timeout
        )

    def look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup:
        """Return the password from the first place that has one; never raises CredentialError.

        A password file that is named but can't be used ends the search: the keyring's password
        would hide the mistake. Blocks while the keyring is asked, up to its time-out.
        """
        kept = self._session.look_up(provider)
        if kept.state is CredentialState.STORED:
            return kept
        in_file = self._files.look_up(provider)
        if in_file is not None:
            return in_file
        return self._keyring.look_up(provider, interactive=interactive)

    def save(self, provider: Provider, secret: Secret) -> None:
        """Keep the password in the keyring and forget an older one that was kept for this run.

        Raises what `KeyringCredentials.save` raises, and has then changed nothing.
        """
        self._keyring.save(provider, secret)
        self._session.remove(provider)
        self._changed(provider.uid)

    def remove(self, provider: Provider) -> None:
        """Forget the password of this run, then the keyring's.

        Raises what `KeyringCredentials.remove` raises: NoKeyring and KeyringLocked mean that the
        keyring could not be asked and may still have it. A password file is the user's to remove.
        """
        self._session.remove(provider)
        try:
            self._keyring.remove(provider)
        finally:
            self._changed(provider.uid)

    def keep_for_session(self, provider: Provider, secret: Secret) -> None:
        """Keep the password in memory until the program ends; it goes before all other places."""
        self._session.keep_for_session(provider, secret)
        self._changed(provider.uid)

    def listen(self, on_change: Callable[[str], None]) -> None:
        """From now on tell of each change of a password; see `CredentialStore.listen`."""
        self._on_change = on_change

    def available(self) -> bool:
        """Whether there is a keyring to save to, locked or not. Blocks up to `timeout` seconds."""
        return self._keyring.available()

    def close(self) -> None:
        """Forget this run's passwords and end the keyring's background thread."""
        self._session.close()
        self._keyring.close()

    def _changed(self, uid: str) -> None:
        self._on_change(uid)
