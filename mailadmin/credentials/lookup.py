"""The interface to stored passwords: the protocol `CredentialStore` and its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from mailadmin.credentials.failures import (
    KeyringLocked,
    NoPassword,
    PasswordFileRefused,
)
from mailadmin.credentials.secret import Secret
from mailadmin.domain.errors import QT_TRANSLATE_NOOP, CredentialError
from mailadmin.domain.provider import Provider

Source = Literal["keyring", "session", "file", ""]


class CredentialState(StrEnum):
    """Whether there is a password for a provider, and if not, what stands in the way."""

    STORED = "stored"
    MISSING = "missing"  # none stored, or the password file was refused
    LOCKED = "locked"  # the keyring is locked, its prompt was dismissed, or it does not answer
    NO_KEYRING = "no keyring"


@dataclass(frozen=True, slots=True)
class Lookup:
    """The answer to "which password does this provider have?".

    `source` is the place that answered, also when it has no usable password. `detail` is one
    English sentence that says what to do, "" when STORED; `problem` is the same as a `KnownError`,
    which the window translates.
    """

    state: CredentialState
    secret: Secret | None = None
    source: Source = ""
    detail: str = ""
    problem: CredentialError | None = field(default=None, compare=False)


class CredentialStore(Protocol):
    """A place that keeps passwords. Its methods can be called in any thread; some of them block."""

    def look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup:
        """Find the provider's password within a bounded time; never raises CredentialError.

        `interactive` says that a person waits for the answer, so that the keyring may ask them to
        unlock it and the call may take as long as that needs.
        """
        ...

    def save(self, provider: Provider, secret: Secret) -> None:
        """Keep the password in the keyring, replacing an earlier one; raises CredentialError."""
        ...

    def remove(self, provider: Provider) -> None:
        """Forget the provider's password, if there is one; raises CredentialError."""
        ...

    def keep_for_session(self, provider: Provider, secret: Secret) -> None:
        """Keep the password in memory until the program ends."""
        ...

    def available(self) -> bool:
        """Whether there is a keyring to save to, locked or not."""
        ...

    def listen(self, on_change: Callable[[str], None]) -> None:
        """From now on call `on_change(uid)` when a provider's password may be another one.

        It was saved, kept or removed, or could not be had and may be available now. It is called in
        the thread that noticed, must be quick and must not call back.
        """
        ...

    def close(self) -> None:
        """End background work without waiting for a keyring that does not answer."""
        ...


def found(secret: Secret, source: Source) -> Lookup:
    """Return the answer that `source` has the password."""
    return Lookup(CredentialState.STORED, secret, source)


def missing(provider: Provider, source: Source) -> Lookup:
    """Return the answer that no password is kept for the provider."""
    problem = NoPassword(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "No password is stored for “{caption}”. Enter it in the provider's details.",
        ),
        caption=provider.caption,
    )
    return failed(problem, source)


def failed(problem: CredentialError, source: Source) -> Lookup:
    """Return the answer that `problem` keeps `source` from giving the password."""
    if isinstance(problem, NoPassword | PasswordFileRefused):
        state = CredentialState.MISSING
    elif isinstance(problem, KeyringLocked):
        state = CredentialState.LOCKED
    else:  # a keyring that fails is as good as none; the sentence tells them apart
        state = CredentialState.NO_KEYRING
    return Lookup(state, None, source, str(problem), problem)
