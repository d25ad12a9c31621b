"""The passwords of the providers: where they are looked up and kept.

`CredentialResolver` is what the program uses; the other stores are its parts, and tests and the
demo use them in its place. Nothing here imports the keyring library before a password is asked for.
"""

from mailadmin.credentials.failures import (
    KeyringLocked,
    KeyringRefused,
    NoKeyring,
    NoPassword,
    PasswordFileRefused,
    PasswordUnusable,
)
from mailadmin.credentials.lookup import CredentialState, CredentialStore, Lookup, Source
from mailadmin.credentials.memory import MemoryCredentials
from mailadmin.credentials.password_file import PasswordFiles
from mailadmin.credentials.resolver import CredentialResolver
from mailadmin.credentials.secret import MASK, Secret
from mailadmin.credentials.system_keyring import KeyringCredentials

__all__ = [
    "MASK",
    "CredentialResolver",
    "CredentialState",
    "CredentialStore",
    "KeyringCredentials",
    "KeyringLocked",
    "KeyringRefused",
    "Lookup",
    "MemoryCredentials",
    "NoKeyring",
    "NoPassword",
    "PasswordFileRefused",
    "PasswordFiles",
    "PasswordUnusable",
    "Secret",
    "Source",
]
