"""The exceptions of the keyring libraries become errors of this program."""

from __future__ import annotations

import keyring.errors
import pytest
import secretstorage
from jeepney import DBusErrorResponse, HeaderFields, Message, MessageType, new_error
from jeepney.low_level import Endianness, Header

from mailadmin.credentials import KeyringLocked, KeyringRefused, NoKeyring
from mailadmin.credentials.keyring_errors import explain
from mailadmin.domain.errors import CredentialError


def dbus_error(name: str) -> DBusErrorResponse:
    """Return the exception that an error reply of the given name raises."""
    header = Header(Endianness.little, MessageType.method_call, 0, 1, -1, 7, {})
    reply = new_error(Message(header, ()), name, "s", ("the password is hunter2",))
    assert reply.header.fields[HeaderFields.error_name] == name
    return DBusErrorResponse(reply)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (keyring.errors.KeyringLocked("x"), KeyringLocked),
        (secretstorage.LockedException("x"), KeyringLocked),
        (secretstorage.PromptDismissedException("x"), KeyringLocked),
        (dbus_error("org.freedesktop.Secret.Error.IsLocked"), KeyringLocked),
        (keyring.errors.NoKeyringError("x"), NoKeyring),
        (keyring.errors.InitError("x"), NoKeyring),
        (secretstorage.SecretServiceNotAvailableException("x"), NoKeyring),
        (ConnectionResetError("x"), NoKeyring),
        (FileNotFoundError("x"), NoKeyring),
        (TimeoutError("x"), NoKeyring),
        (secretstorage.ItemNotFoundException("x"), KeyringRefused),
        (keyring.errors.PasswordSetError("x"), KeyringRefused),
        (dbus_error("org.freedesktop.DBus.Error.AccessDenied"), KeyringRefused),
        (AssertionError("x"), KeyringRefused),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_each_exception_becomes_an_error_of_the_right_kind(
    error: Exception, kind: type[CredentialError]
) -> None:
    problem = explain(error)
    assert type(problem) is kind
    assert str(problem).endswith(".")


def test_the_text_of_an_exception_is_not_quoted() -> None:
    problem = explain(dbus_error("org.freedesktop.DBus.Error.AccessDenied"))
    assert "AccessDenied" in str(problem)
    assert "hunter2" not in str(problem)
    assert "hunter2" not in str(explain(ValueError("hunter2")))
