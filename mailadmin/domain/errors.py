"""What can go wrong in the user's environment, as opposed to a bug in the program.

    KnownError                      shown to the user as one clear sentence that says what to do
    ├── InvalidInput                a value that was typed, imported or given on the command line
    ├── NotFound                    the row is gone: another window or command removed it
    ├── RuleViolation               a rule of the product forbids the change
    ├── MessageRefused              a message that can't be accepted (store nothing)
    ├── StorageError                the database
    │   ├── StorageBusy             another program holds it
    │   ├── StorageFull             no space
    │   ├── StorageReadOnly         no permission to write
    │   ├── StorageSyncFailed       the disk did not confirm what was written
    │   ├── StorageCorrupt          damaged, or not a database of Mail Admin
    │   └── StorageTooNew           written by a newer version
    └── CredentialError             the keyring or a password file

Every other exception is a bug and is reported as one.

A `KnownError` is a template and its values, so that the window can translate the sentence while
the command line prints it in English. Templates are marked with `QT_TRANSLATE_NOOP`, which is the
name Qt's `lupdate` looks for; only `ui` imports Qt.
"""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, source: str) -> str:  # noqa: N802 - the name lupdate knows
    """Mark `source` for translation in `context` and return it unchanged."""
    del context
    return source


class KnownError(Exception):
    """A problem of the environment. `str()` is one sentence in English that says what to do.

    `template` is a `str.format` template, `values` what it is filled with.
    """

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(template.format(**values) if values else template)


class InvalidInput(KnownError):
    """A value that can't be used. `field` names it: a `Provider` attribute, a header, an option."""

    def __init__(self, field: str, template: str, **values: object) -> None:
        self.field = field
        super().__init__(template, **values)


class NotFound(KnownError):
    """The row no longer exists, usually because another window or command removed it."""


class RuleViolation(KnownError):
    """The change would break a rule, for example that one provider stays enabled."""


class MessageRefused(KnownError):
    """The message can't be accepted; nothing of it was stored."""


class StorageError(KnownError):
    """The database can't be used as asked."""


class StorageBusy(StorageError):
    """Another program holds the database for longer than the busy time-out."""


class StorageFull(StorageError):
    """The disk or the quota is full."""


class StorageReadOnly(StorageError):
    """The file or its folder can't be written, or can't be opened at all."""


class StorageSyncFailed(StorageError):
    """The disk did not confirm that something was written: what it holds now is unknown.

    The system may have forgotten what it could not write, and say yes when asked again. So nothing
    is written any more until the disk and the database were looked at.
    """


class StorageCorrupt(StorageError):
    """The file is damaged or is not a database of Mail Admin. It is never recreated."""


class StorageTooNew(StorageError):
    """The database was written by a newer version. It is left untouched."""


class CredentialError(KnownError):
    """A password can't be read or kept. Never carries the password."""
