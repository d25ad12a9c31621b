"""Passwords in the operating system's keyring."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from mailadmin.credentials.backends import FREEDESKTOP, WINDOWS, family, system_backend
from mailadmin.credentials.failures import (
    KeyringLocked,
    KeyringRefused,
    NoKeyring,
    PasswordUnusable,
)
from mailadmin.credentials.keyring_errors import explain, unanswered
from mailadmin.credentials.lookup import Lookup, failed, found, missing
from mailadmin.credentials.secret import Secret
from mailadmin.credentials.secret_service import NothingStored, SecretServiceCalls
from mailadmin.credentials.worker import CallHangs, CallWorker
from mailadmin.domain.errors import QT_TRANSLATE_NOOP, CredentialError
from mailadmin.domain.provider import Provider

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "mailadmin"
WINDOWS_LIMIT = 2560  # bytes: CRED_MAX_CREDENTIAL_BLOB_SIZE of wincred.h, the text in UTF-16
SAME_KEY_LIMIT = 8  # entries removed under one key; other programs can add some

T = TypeVar("T")


class KeyringCredentials:
    """Passwords under the service name `mailadmin` and the provider's uid.

    Every call of the keyring library is made in one background thread and waited for `timeout`
    seconds, or `interactive_timeout` when a person is there to answer the keyring's prompt. While a
    call hangs, other calls get LOCKED at once. `on_change(uid)` is called, in that thread or in the
    caller's, when a password that could not be read may be available now: the call that hung came
    to an end, or a later call found the keyring unlocked. `on_change` must not look up passwords
    itself, only tell those who want to try again.
    """

    def __init__(
        self,
        *,
        on_change: Callable[[str], None] | None = None,
        timeout: float = 5.0,
        interactive_timeout: float = 60.0,
        idle: float = 10.0,
    ) -> None:
        self._on_change = on_change
        self._timeout = timeout
        self._interactive_timeout = interactive_timeout
        self._secret_service = SecretServiceCalls()
        self._worker = CallWorker(idle=idle, on_late=self._tell)
        self._lock = threading.Lock()
        self._shut_out: set[str] = set()  # uids that were answered LOCKED or NO_KEYRING

    def look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup:
        """Read the provider's password. Blocks up to the time-out; never raises CredentialError.

        Without `interactive` the Secret Service is not asked to unlock itself; other keyrings may
        open a prompt of their own accord.
        """
        try:
            secret = self._call(
                provider, lambda: self._read(provider.uid, interactive), interactive
            )
        except CredentialError as problem:
            return failed(problem, "keyring")
        return missing(provider, "keyring") if secret is None else found(secret, "keyring")

    def save(self, provider: Provider, secret: Secret) -> None:
        """Store the password, replacing an earlier one; the user may be asked to unlock.

        Raises KeyringLocked, NoKeyring, KeyringRefused or PasswordUnusable. After a KeyringLocked
        because of an unanswered prompt the password is stored all the same if it is answered later.
        """
        if not secret.encodable():
            raise PasswordUnusable(
                QT_TRANSLATE_NOOP(
                    "KnownError", "The password has characters that can't be stored. Type it anew."
                )
            )
        self._call(provider, lambda: self._write(provider.uid, secret), interactive=True)

    def remove(self, provider: Provider) -> None:
        """Delete the provider's password, if there is one; the user may be asked to unlock.

        Raises KeyringLocked, NoKeyring or KeyringRefused: an entry may then be left behind.
        """
        self._call(provider, lambda: self._delete(provider.uid), interactive=True)

    def available(self) -> bool:
        """Whether there is a keyring, even a locked or hanging one. Blocks up to `timeout`."""
        try:
            return self._worker.call(_is_viable, key="", wait=self._timeout, patience=self._timeout)
        except CallHangs as hang:
            return not hang.closed

    def close(self) -> None:
        """End the background thread, within a second even if the keyring does not answer."""
        self._worker.close(self._secret_service.interrupt, wait=1.0)

    def _call(
        self, provider: Provider, work: Callable[[], T | CredentialError], interactive: bool
    ) -> T:
        """Do `work` in the background thread; raise the CredentialError that it returns."""
        wait = self._interactive_timeout if interactive else self._timeout
        try:
            answer = self._worker.call(work, key=provider.uid, wait=wait, patience=wait)
        except CallHangs:
            answer = unanswered()
        if isinstance(answer, CredentialError):
            if isinstance(answer, KeyringLocked | NoKeyring):
                with self._lock:
                    self._shut_out.add(provider.uid)
            raise answer
        self._tell(set())
        return answer

    def _tell(self, late: set[str]) -> None:
        """Report that the passwords of `late` and of `_shut_out` may be available now."""
        with self._lock:
            uids = (late | self._shut_out) - {""}
            self._shut_out.clear()
        if self._on_change is not None:
            for uid in sorted(uids):
                self._on_change(uid)

    def _read(self, uid: str, interactive: bool) -> Secret | CredentialError | None:
        def read() -> Secret | None:
            backend = self._backend(prompt=interactive)
            with suppress(NothingStored):
                return Secret(backend.get_password(SERVICE, uid) or "") or None
            return None

        return self._guarded(read)

    def _write(self, uid: str, secret: Secret) -> CredentialError | None:
        def write() -> None:
            backend = self._backend(prompt=True, create=True)
            if family(backend) == WINDOWS and not fits_windows(secret):
                raise PasswordUnusable(
                    QT_TRANSLATE_NOOP(
                        "KnownError",
                        "The password is too long for the Windows Credential Manager, which takes "
                        "{limit} characters. Use a password file instead.",
                    ),
                    limit=WINDOWS_LIMIT // 2,
                )
            backend.set_password(SERVICE, uid, secret.reveal())

        return self._guarded(write)

    def _delete(self, uid: str) -> CredentialError | None:
        def delete() -> None:
            from keyring.errors import PasswordDeleteError

            backend = self._backend(prompt=True)
            with suppress(NothingStored):
                for _ in range(SAME_KEY_LIMIT):
                    try:
                        backend.delete_password(SERVICE, uid)
                    except PasswordDeleteError:
                        break  # usually because nothing is left, but some mean a refusal
                if backend.get_password(SERVICE, uid) is not None:
                    raise KeyringRefused(
                        QT_TRANSLATE_NOOP(
                            "KnownError",
                            "The keyring did not remove the password. Remove the entry "
                            "“mailadmin” with the keyring's own program.",
                        )
                    )

        return self._guarded(delete)

    def _guarded(self, work: Callable[[], T]) -> T | CredentialError:
        """Do `work`; return a CredentialError in place of any exception that it raises."""
        try:
            return work()
        except CredentialError as problem:
            return problem.with_traceback(None)
        except Exception as error:  # noqa: BLE001 - each platform's backend raises its own types
            return explain(error)
        finally:
            self._secret_service.finished()

    def _backend(self, *, prompt: bool, create: bool = False) -> KeyringBackend:
        backend = system_backend()
        if family(backend) == FREEDESKTOP:
            return self._secret_service.prepare(backend, prompt=prompt, create=create)
        return backend


def fits_windows(secret: Secret) -> bool:
    """Whether the Windows Credential Manager can hold the password."""
    return len(secret.reveal().encode("utf-16-le")) <= WINDOWS_LIMIT


def _is_viable() -> bool:
    try:
        return type(system_backend()).priority > 0
    except Exception:  # noqa: BLE001 - a backend says by any exception that it does not work here
        return False
