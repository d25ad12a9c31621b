"""Choice of the keyring library's backend: only those of the operating system are used.

The library takes whatever backend is installed or configured, and some of them write passwords to a
plain file. Those listed here hand them to a service that protects them; any other counts as no
keyring at all. `keyring` is imported when first needed: the import takes a tenth of a second, which
the command line should not spend on a command that needs no password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailadmin.credentials.failures import NoKeyring
from mailadmin.domain.errors import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

FREEDESKTOP = "keyring.backends.SecretService"
WINDOWS = "keyring.backends.Windows"
PROTECTED = frozenset(
    {
        FREEDESKTOP,
        WINDOWS,
        "keyring.backends.libsecret",
        "keyring.backends.kwallet",
        "keyring.backends.macOS",
    }
)


def family(backend: KeyringBackend) -> str:
    """Return the name of the module that defines the backend's class: it says whose code it is."""
    return type(backend).__module__


def system_backend() -> KeyringBackend:
    """Return the operating system's keyring; raises NoKeyring if there is none.

    A backend set by `keyring.set_keyring`, PYTHON_KEYRING_BACKEND or keyringrc.cfg is used if it is
    one of `PROTECTED`, and refused otherwise. Slow: the library asks each backend whether it works
    here.
    """
    import keyring

    backend = keyring.get_keyring()
    if family(backend) == "keyring.backends.fail":
        backend = _detect_again()
    if family(backend) == "keyring.backends.chainer":
        # A chain would also read from and write to its other backends: take the first that
        # protects.
        chain: list[KeyringBackend] = list(getattr(type(backend), "backends", ()))
        backend = next((link for link in chain if family(link) in PROTECTED), backend)
    if family(backend) in PROTECTED:
        return backend
    if family(backend) in {"keyring.backends.fail", "keyring.backends.chainer"}:
        raise NoKeyring(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "No keyring service is running. Start one, for example GNOME Keyring or KWallet, "
                "or keep the password for this run only.",
            )
        )
    raise NoKeyring(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The configured keyring “{backend}” is none of the operating system's and is not "
            "used. Choose another in keyringrc.cfg, or keep the password for this run only.",
        ),
        backend=f"{family(backend)}.{type(backend).__qualname__}",
    )


def _detect_again() -> KeyringBackend:
    """Have the library look again: a keyring service may have been started since it looked."""
    import keyring
    import keyring.backend
    import keyring.core

    found = keyring.backend.get_all_keyring
    if hasattr(found, "saved_result"):
        found.reset()
    keyring.core.init_backend(limit=lambda backend: family(backend) in PROTECTED)
    return keyring.get_keyring()
