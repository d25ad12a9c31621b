"""A password that occurs nowhere else is used in every way and must not be found anywhere.

The search covers the log of every logger at DEBUG, standard output and error, the `repr` of every
answer, every exception with its causes and the locals of its frames, the crash report about it, the
log file with all of that, and the process's environment, arguments and files.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from mailadmin.credentials import (
    CredentialResolver,
    CredentialState,
    KeyringCredentials,
    PasswordFiles,
    Secret,
)
from mailadmin.diagnostics.crash_report import Uncaught, describe
from mailadmin.diagnostics.events import note_shown
from mailadmin.diagnostics.log_file import LogFile
from mailadmin.domain.errors import CredentialError
from mailadmin.domain.provider import StoredProvider
from tests.secret_service import SecretService


class Watch:
    """Collects everything the program shows, and searches it for the canary."""

    def __init__(self, canary: Secret, log: pytest.LogCaptureFixture, file: Path) -> None:
        self.canary = canary
        self._file = file
        self.shown: list[str] = []
        self._log = log

    def show(self, thing: object) -> None:
        """Collect every textual form of `thing`."""
        self.shown += [repr(thing), str(thing), f"{thing}"]

    def attempt(self, work: Callable[[], object]) -> bool:
        """Do `work`; collect its answer, or its exception as a crash report shows it."""
        error = None
        try:
            self.show(work())
        except CredentialError as raised:
            error = raised
        if error is None:
            return True
        self.show(error)
        self.show(error.values)
        assert error.__cause__ is None
        assert error.__context__ is None
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
        self.shown += report.format()
        self.shown += traceback.format_exception(error)
        uncaught = Uncaught(type(error), error, error.__traceback__, "MainThread")
        crash = describe(uncaught, lambda text: text)  # not even without redaction
        self.shown += [crash.text, crash.summary]
        note_shown(error)
        return False

    def assert_unseen(self, captured: str = "") -> None:
        """Fail if the canary was shown anywhere, whole, reversed or encoded."""
        everything = "\n".join([*self.shown, self._log.text, captured])
        everything += "".join(repr(record.__dict__) for record in self._log.records)
        everything += self._file.read_text("utf-8") if self._file.exists() else ""
        plain = self.canary.reveal()
        for form in (plain, plain[::-1], plain.encode().hex(), repr(list(plain.encode()))[1:-1]):
            assert form not in everything


@pytest.fixture
def watch(canary: Secret, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> Iterator[Watch]:
    for name in (
        "",
        "keyring",
        "jeepney",
        "secretstorage",
        "mailadmin",
        *logging.root.manager.loggerDict,
    ):
        caplog.set_level(logging.DEBUG, logger=name)
    path = tmp_path / "log" / "mailadmin.log"
    file = LogFile(path, lambda text: text, lambda _: None)  # without redaction
    logging.getLogger().addHandler(file)
    yield Watch(canary, caplog, path)
    logging.getLogger().removeHandler(file)
    file.close()


@pytest.fixture
def resolver(environment: dict[str, str]) -> Iterator[CredentialResolver]:
    files = PasswordFiles(environment)
    keyring_ = KeyringCredentials(timeout=2, interactive_timeout=4)
    made = CredentialResolver(keyring=keyring_, files=files)
    yield made
    made.close()


@pytest.fixture
def environment() -> dict[str, str]:
    return {}


@pytest.fixture
def named_file(environment: dict[str, str], provider: StoredProvider, tmp_path: Path) -> Path:
    path = tmp_path / "password"
    environment[f"MAILADMIN_PASSWORD_FILE_{provider.id}"] = str(path)
    return path


def go_through(resolver: CredentialResolver, provider: StoredProvider, watch: Watch) -> None:
    """Call every method that handles a password."""
    watch.attempt(lambda: resolver.save(provider, watch.canary))
    watch.attempt(lambda: resolver.look_up(provider))
    watch.attempt(lambda: resolver.look_up(provider, interactive=True))
    watch.attempt(lambda: asdict(resolver.look_up(provider)))
    watch.attempt(lambda: resolver.keep_for_session(provider, watch.canary))
    watch.attempt(lambda: resolver.look_up(provider))
    watch.attempt(lambda: vars(resolver))
    watch.attempt(
        lambda: [vars(part) for part in vars(resolver).values() if hasattr(part, "__dict__")]
    )
    watch.attempt(lambda: resolver.remove(provider))


def test_no_password_leaks_with_a_locked_frozen_or_killed_keyring(
    secret_service: SecretService,
    resolver: CredentialResolver,
    provider: StoredProvider,
    watch: Watch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    go_through(resolver, provider, watch)
    assert watch.attempt(lambda: resolver.save(provider, watch.canary))
    assert resolver.look_up(provider).secret == watch.canary  # it did go through
    secret_service.lock()
    go_through(resolver, provider, watch)
    secret_service.freeze()
    go_through(resolver, provider, watch)
    assert not watch.attempt(lambda: resolver.save(provider, watch.canary))
    secret_service.stop()
    go_through(resolver, provider, watch)
    secret_service.stop_bus()
    go_through(resolver, provider, watch)

    out, err = capfd.readouterr()
    watch.assert_unseen(out + err + repr(sys.argv) + repr(dict(os.environ)))
    for path in secret_service.folder.rglob("*"):
        if path.is_file():
            assert watch.canary.reveal().encode() not in path.read_bytes()


@pytest.mark.usefixtures("no_keyring")
def test_no_password_leaks_without_a_keyring(
    resolver: CredentialResolver,
    provider: StoredProvider,
    watch: Watch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    go_through(resolver, provider, watch)
    out, err = capfd.readouterr()
    watch.assert_unseen(out + err)


class Talkative(KeyringBackend):
    """A system keyring whose errors quote the password; no real one does that on demand."""

    priority = 1
    viable = False
    password = ""

    def get_password(self, service: str, username: str) -> str | None:
        return self.password.encode().decode("utf-16", errors="strict") + self._fail()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.password = password
        self._fail()

    def delete_password(self, service: str, username: str) -> None:
        self._fail()

    def _fail(self) -> str:
        try:
            raise ValueError(self.password)
        except ValueError as error:
            raise RuntimeError(f"could not keep {self.password}") from error


Talkative.__module__ = "keyring.backends.macOS"


@pytest.mark.usefixtures("no_keyring")
def test_no_password_leaks_from_a_keyring_whose_errors_quote_it(
    resolver: CredentialResolver,
    provider: StoredProvider,
    watch: Watch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    kind: type[KeyringBackend] = Talkative
    keyring.set_keyring(kind())
    go_through(resolver, provider, watch)
    assert not watch.attempt(lambda: resolver.save(provider, watch.canary))
    out, err = capfd.readouterr()
    watch.assert_unseen(out + err)
    assert any("RuntimeError" in text for text in watch.shown)


@pytest.mark.parametrize("spoiled", [b"", b"\xff", b"\0", b"\n\nx", b"x" * 10_000])
@pytest.mark.usefixtures("no_keyring")
def test_no_password_leaks_from_a_password_file(
    resolver: CredentialResolver,
    provider: StoredProvider,
    named_file: Path,
    watch: Watch,
    spoiled: bytes,
) -> None:
    path = named_file
    path.write_bytes(watch.canary.reveal().encode() + spoiled)
    path.chmod(0o600)
    go_through(resolver, provider, watch)
    stored = resolver.look_up(provider).state is CredentialState.STORED
    assert stored == (spoiled == b"")
    path.chmod(0o644)
    go_through(resolver, provider, watch)
    watch.assert_unseen()
