"""The errors that say why a password can't be read or kept.

    CredentialError
    ├── NoPassword              none is stored for the provider
    ├── KeyringLocked           locked, its prompt dismissed or unanswered
    ├── NoKeyring               no keyring service, or none that protects what it holds
    ├── KeyringRefused          the keyring is there and did not do as asked
    ├── PasswordUnusable        a password that the keyring can't hold
    └── PasswordFileRefused     the file named in the environment can't be trusted or read

None of them carries the password, and none is chained to the exception of a keyring library: the
frames of such a traceback have the password in their variables.
"""

from __future__ import annotations

from mailadmin.domain.errors import CredentialError


class NoPassword(CredentialError):
    """No password is stored for the provider."""


class KeyringLocked(CredentialError):
    """The keyring is locked, or waits for the user to unlock it."""


class NoKeyring(CredentialError):
    """There is no keyring that can be used."""


class KeyringRefused(CredentialError):
    """The keyring answered, but did not keep or remove the password."""


class PasswordUnusable(CredentialError):
    """The password is too long or has characters that the keyring can't hold."""


class PasswordFileRefused(CredentialError):
    """The password file is missing, open to others or holds no usable password."""
