"""Passwords in files, for machines without a keyring.

MAILADMIN_PASSWORD_FILE_<ID> names the file for the provider with that ID. It holds the password in
UTF-8; one line break at its end is dropped. The file has to be private: see `file_access`. A
symbolic link is followed, since service managers and containers hand out credentials through them,
and it is the opened file that is checked. When the variable is set, no other place is asked for the
password: a file that can't be used is reported.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from mailadmin.credentials.failures import PasswordFileRefused
from mailadmin.credentials.file_access import belongs_to_us, is_private
from mailadmin.credentials.lookup import Lookup, failed, found
from mailadmin.credentials.secret import Secret
from mailadmin.domain.errors import QT_TRANSLATE_NOOP, CredentialError
from mailadmin.domain.provider import Provider, StoredProvider

PREFIX = "MAILADMIN_PASSWORD_FILE_"
SIZE_LIMIT = 9216  # bytes: what fits into an AUTH line's 12,288 octets of Base64 (RFC 4954 §4)


class PasswordFiles:
    """The password files named in `environment`, which is `os.environ` unless given."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def look_up(self, provider: Provider) -> Lookup | None:
        """Read the provider's password file; None if there is no variable for it.

        A file that can't be used leads to the answer MISSING, with the reason.
        """
        if not isinstance(provider, StoredProvider):
            return None  # not stored yet, so nobody can have named a file for it
        variable = f"{PREFIX}{provider.id}"
        path = self._environment.get(variable)
        if path is None:
            return None
        try:
            return found(read_password(path, variable), "file")
        except CredentialError as problem:
            return failed(problem.with_traceback(None), "file")


def read_password(path: str, variable: str) -> Secret:
    """Return the password in the file `path`, which `variable` names.

    Raises PasswordFileRefused when the file is missing, can be read by others, belongs to another
    user, or holds no usable password. Never waits: a named pipe is refused.
    """
    if not path:
        raise PasswordFileRefused(
            QT_TRANSLATE_NOOP(
                "KnownError", "{variable} is set but names no file. Give it a path or unset it."
            ),
            variable=variable,
        )
    content = _read_private(path, variable)
    if len(content) > SIZE_LIMIT:
        raise PasswordFileRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The password file “{path}” of {variable} is larger than {limit} bytes. It must "
                "hold the password and nothing else.",
            ),
            path=path,
            variable=variable,
            limit=SIZE_LIMIT,
        )
    secret = _password_in(content)
    if secret is None:
        raise PasswordFileRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The password file “{path}” of {variable} holds no usable password. It must hold "
                "one line of UTF-8 text.",
            ),
            path=path,
            variable=variable,
        )
    return secret


def _read_private(path: str, variable: str) -> bytes:
    """Return the bytes of a private file, at most one more than `SIZE_LIMIT`."""
    # O_NONBLOCK: opening a named pipe must not wait for its writer.
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    try:
        fd = os.open(path, flags)
        try:
            status = os.fstat(fd)
            _check(fd, status, path, variable)
            with open(fd, "rb", closefd=False) as stream:
                return stream.read(SIZE_LIMIT + 1)
        finally:
            os.close(fd)
    except (OSError, ValueError) as error:  # ValueError: NUL in the path
        reason = (error.strerror or "") if isinstance(error, OSError) else "invalid path"
    raise PasswordFileRefused(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The password file “{path}” of {variable} can't be read: {reason}. Correct the path or "
            "the file's permissions.",
        ),
        path=path,
        variable=variable,
        reason=reason,
    )


def _check(fd: int, status: os.stat_result, path: str, variable: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise PasswordFileRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "“{path}” of {variable} is not a regular file. Name the file that holds the "
                "password.",
            ),
            path=path,
            variable=variable,
        )
    if not belongs_to_us(status):
        raise PasswordFileRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The password file “{path}” of {variable} belongs to another user. Make the user "
                "who runs Mail Admin its owner.",
            ),
            path=path,
            variable=variable,
        )
    if not is_private(fd, status):
        raise PasswordFileRefused(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The password file “{path}” of {variable} can be read or changed by other users "
                "(mode {mode}). Make it private: chmod 600.",
            ),
            path=path,
            variable=variable,
            mode=f"{stat.S_IMODE(status.st_mode):04o}",
        )


def _password_in(content: bytes) -> Secret | None:
    """Return the password, or None if there is none; raises nothing.

    A decoding error, which quotes what it decodes, would reveal the password.
    """
    try:
        text = content.decode("utf-8-sig")  # some Windows programs write a byte order mark
    except UnicodeDecodeError:
        return None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or any(character in text for character in "\0\r\n"):
        return None
    return Secret(text)
