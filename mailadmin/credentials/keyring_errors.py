"""Translation of the keyring libraries' exceptions into errors of this program.

The exceptions are told apart by name, so that no library of another platform has to be imported,
and only the name goes into the explanation: their text and their frames may hold the password.
"""

from __future__ import annotations

from mailadmin.credentials.failures import KeyringLocked, KeyringRefused, NoKeyring
from mailadmin.domain.errors import QT_TRANSLATE_NOOP, CredentialError

_LOCKED = {
    "keyring.errors.KeyringLocked",
    "secretstorage.exceptions.LockedException",
    "secretstorage.exceptions.PromptDismissedException",
    "org.freedesktop.Secret.Error.IsLocked",
}
_GONE = {
    "keyring.errors.NoKeyringError",
    "keyring.errors.InitError",
    "secretstorage.exceptions.SecretServiceNotAvailableException",
    "builtins.OSError",  # the connection to the service or to the bus is lost
}


def locked() -> KeyringLocked:
    """Return the error that says that the keyring is locked and was not unlocked."""
    return KeyringLocked(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The keyring is locked. Unlock it and try again, or keep the password for this run "
            "only.",
        )
    )


def unanswered() -> KeyringLocked:
    """Return the error that says that a call of the keyring hangs."""
    return KeyringLocked(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The keyring does not answer. If it asks for its password in a window of its own, "
            "answer there; otherwise restart it, or keep the password for this run only.",
        )
    )


def gone() -> NoKeyring:
    """Return the error that says that the keyring's service can't be reached."""
    return NoKeyring(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The keyring service can't be reached. Start it again, or keep the password for this "
            "run only.",
        )
    )


def explain(error: Exception) -> CredentialError:
    """Turn an exception of a keyring library into an error to show, which is chained to nothing."""
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    if names[0] == "jeepney.wrappers.DBusErrorResponse":
        names.insert(0, str(getattr(error, "name", "")))  # the D-Bus name of the error
    if not _LOCKED.isdisjoint(names):
        return locked()
    if not _GONE.isdisjoint(names):
        return gone()
    return KeyringRefused(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The keyring failed ({error}). Restart it and try again, or keep the password for "
            "this run only.",
        ),
        error=names[0],
    )
