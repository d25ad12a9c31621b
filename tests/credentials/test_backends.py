"""The only keyrings that are used are those of the operating system."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import keyring
import keyring.backend
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import SecretService as LibrarySecretService
from keyring.backends import chainer, fail, null
from keyring.errors import PasswordDeleteError

from mailadmin.credentials import (
    CredentialState,
    KeyringCredentials,
    KeyringRefused,
    NoKeyring,
    PasswordUnusable,
    Secret,
)
from mailadmin.credentials.backends import system_backend
from mailadmin.credentials.system_keyring import fits_windows
from mailadmin.domain.provider import Provider
from tests.secret_service import SecretService


class KeptInPlainSight(KeyringBackend):
    """A real backend of the kind that must not be used. It never offers itself."""

    kept: ClassVar[dict[str, str]] = {}
    priority = 9
    viable = False

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop(username, None) is None:
            raise PasswordDeleteError("none")


class Subclassed(LibrarySecretService.Keyring):
    """Code of another author that inherits from a protected class."""

    viable = False


def made(kind: type[Any]) -> KeyringBackend:
    """Return a backend; the library's constructors have no types."""
    backend: KeyringBackend = kind()
    return backend


@pytest.fixture(autouse=True)
def empty() -> None:
    KeptInPlainSight.kept.clear()


@pytest.mark.usefixtures("secret_service")
@pytest.mark.parametrize("backend", [KeptInPlainSight, null.Keyring, Subclassed])
def test_a_backend_that_does_not_protect_passwords_is_not_used(
    backend: type[KeyringBackend],
    credentials: KeyringCredentials,
    provider: Provider,
    canary: Secret,
) -> None:
    keyring.set_keyring(backend())
    KeptInPlainSight.kept[provider.uid] = "from a plain file"

    found = credentials.look_up(provider)

    assert found.state is CredentialState.NO_KEYRING
    assert found.secret is None
    assert f"{backend.__module__}.{backend.__qualname__}" in found.detail
    assert not credentials.available()
    with pytest.raises(NoKeyring):
        credentials.save(provider, canary)
    with pytest.raises(NoKeyring):
        credentials.remove(provider)
    assert KeptInPlainSight.kept == {provider.uid: "from a plain file"}


def test_a_backend_named_in_the_environment_is_checked_too(
    no_keyring: None, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    del no_keyring
    for name in ("keyring.backends.null.Keyring", f"{__name__}.KeptInPlainSight", "no.such.Thing"):
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        monkeypatch.setattr("keyring.core._keyring_backend", None)
        credentials = KeyringCredentials()
        assert credentials.look_up(provider).state is CredentialState.NO_KEYRING
        assert not credentials.available()
        credentials.close()


def test_only_the_protected_backend_of_a_chain_is_used(
    secret_service: SecretService,
    credentials: KeyringCredentials,
    provider: Provider,
    canary: Secret,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = next(b for b in keyring.backend.get_all_keyring() if "SecretService" in repr(b))
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [made(KeptInPlainSight), real])
    keyring.set_keyring(made(chainer.ChainerBackend))
    KeptInPlainSight.kept[provider.uid] = "from a plain file"

    credentials.save(provider, canary)

    assert credentials.look_up(provider).secret == canary
    assert secret_service.stored("mailadmin", provider.uid) == [canary.reveal()]
    assert KeptInPlainSight.kept == {provider.uid: "from a plain file"}


@pytest.mark.usefixtures("no_keyring")
def test_a_chain_without_a_protected_backend_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        chainer.ChainerBackend, "backends", [made(KeptInPlainSight), made(null.Keyring)]
    )
    keyring.set_keyring(made(chainer.ChainerBackend))
    with pytest.raises(NoKeyring, match="No keyring service"):
        system_backend()


@pytest.mark.usefixtures("no_keyring")
def test_a_missing_keyring_service_is_looked_for_again() -> None:
    keyring.set_keyring(made(fail.Keyring))
    with pytest.raises(NoKeyring, match="Start one"):
        system_backend()


def test_an_installed_plain_file_backend_is_never_chosen(
    no_keyring: None, tmp_path: Path, provider: Provider
) -> None:
    """The package of such a backend registers it when it is imported."""
    del no_keyring
    (tmp_path / "plain_file.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 20\n"
        "    def get_password(self, service, username): return 'x'\n"
        "    def set_password(self, service, username, password):\n"
        "        open('leak', 'w').write(password)\n"
    )
    program = (
        "import plain_file, keyring\n"
        "from mailadmin.credentials import *\n"
        "from tests.smtp_providers import smtp_provider\n"
        "assert isinstance(keyring.get_keyring(), plain_file.Keyring)\n"
        "c = KeyringCredentials()\n"
        f"p = smtp_provider('c', 'h', 1, 'a@example.org', uid='{provider.uid}')\n"
        "print(c.look_up(p).state)\n"
        "try: c.save(p, Secret('never kept'))\n"
        "except NoKeyring: print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]), "HOME": str(tmp_path)},
    )
    assert done.stdout.split("\n")[:2] == ["no keyring", "refused"]
    assert not (tmp_path / "leak").exists()


class AsOnWindows(KeptInPlainSight):
    """A stand-in for the Credential Manager, which exists only on Windows."""


AsOnWindows.__module__ = "keyring.backends.Windows"


class Stubborn(KeptInPlainSight):
    """A backend that deletes nothing and reports "not found", as KWallet and macOS may do."""

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError("denied")


Stubborn.__module__ = "keyring.backends.kwallet"


@pytest.mark.usefixtures("no_keyring")
def test_windows_refuses_a_password_of_more_than_1280_characters(
    credentials: KeyringCredentials, provider: Provider
) -> None:
    keyring.set_keyring(made(AsOnWindows))

    credentials.save(provider, Secret("x" * 1280))
    with pytest.raises(PasswordUnusable, match="1280 characters"):
        credentials.save(provider, Secret("y" * 1281))
    with pytest.raises(PasswordUnusable):
        credentials.save(provider, Secret("🔑" * 641))  # two UTF-16 units each

    assert credentials.look_up(provider).secret == Secret("x" * 1280)
    assert fits_windows(Secret("🔑" * 640))


def test_the_secret_service_keeps_a_password_of_9000_characters(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    del secret_service
    credentials.save(provider, Secret("x" * 9000))
    assert credentials.look_up(provider).secret == Secret("x" * 9000)


@pytest.mark.usefixtures("no_keyring")
def test_a_removal_that_the_keyring_refused_is_reported(
    credentials: KeyringCredentials, provider: Provider
) -> None:
    keyring.set_keyring(made(Stubborn))
    credentials.save(provider, Secret("kept"))
    with pytest.raises(KeyringRefused, match="did not remove"):
        credentials.remove(provider)
