"""The ways to sign in (SASL): what each tells a server, and which challenges it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from mailadmin.drivers.transcript import Revealable


class AuthMechanism(Protocol):
    """One exchange of one mechanism (RFC 4422 §3). Used once, made anew for another try.

    What it gives is secret: keep it out of variables that a traceback may show.
    """

    name: str
    secret_told: bool  # the server may know the secret from now on, and repeat it

    def initial_response(self) -> bytes | None:
        """What may go with AUTH itself; None where the server begins."""

    def answer(self, challenge: bytes) -> bytes | None:
        """The response to a challenge; None if the mechanism expects no such challenge now."""


class Plain:
    """User name and password in one message (RFC 4616). The client begins."""

    name = "PLAIN"

    def __init__(self, username: str, secret: Revealable) -> None:
        self._username = username
        self._secret = secret
        self._answered = False
        self.secret_told = False

    def initial_response(self) -> bytes:
        self.secret_told = True
        return b"\0%b\0%b" % (self._username.encode(), self._secret.reveal().encode())

    def answer(self, challenge: bytes) -> bytes | None:
        """Only an empty challenge, once: it asks for the message (RFC 4954 §4)."""
        if challenge.strip() or self._answered:
            return None
        self._answered = True
        return self.initial_response()


class Login:
    """User name and password one after the other, each as it is asked for.

    Never more than a draft (draft-murchison-sasl-login). It has no initial response: servers differ
    in whether they take one, and one that asks for the user name all the same must not be told the
    password instead.
    """

    name = "LOGIN"

    def __init__(self, username: str, secret: Revealable) -> None:
        self._username = username
        self._secret = secret
        self._asked = 0
        self.secret_told = False

    def initial_response(self) -> None:
        return None

    def answer(self, challenge: bytes) -> bytes | None:
        """The user name, then the password. What is asked for is read; an empty challenge, which
        the draft allows, asks for what comes next."""
        self._asked += 1
        asks_for = challenge.strip().lower()
        if self._asked == 1 and (not asks_for or asks_for.startswith((b"user", b"login"))):
            return self._username.encode()
        if self._asked == 2 and (not asks_for or asks_for.startswith(b"pass")):
            self.secret_told = True
            return self._secret.reveal().encode()
        return None


MECHANISMS: Mapping[str, Callable[[str, Revealable], AuthMechanism]] = {
    mechanism.name: mechanism for mechanism in (Plain, Login)
}
"""Those that can be used, the preferred first."""
