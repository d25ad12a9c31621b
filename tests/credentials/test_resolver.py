"""The resolver asks the places for passwords in their order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin.credentials import (
    CredentialResolver,
    CredentialState,
    CredentialStore,
    KeyringLocked,
    MemoryCredentials,
    NoKeyring,
    PasswordFiles,
    Secret,
)
from mailadmin.domain.provider import Provider
from tests.secret_service import SecretService


@pytest.fixture
def environment() -> dict[str, str]:
    return {}


@pytest.fixture
def resolver(changed: list[str], environment: dict[str, str]) -> Iterator[CredentialResolver]:
    made = CredentialResolver(files=PasswordFiles(environment), timeout=20)
    made.listen(changed.append)
    yield made
    made.close()


@pytest.fixture
def named_file(tmp_path: Path, environment: dict[str, str]) -> Path:
    path = tmp_path / "password"
    path.write_text("from the file\n")
    path.chmod(0o600)
    environment["MAILADMIN_PASSWORD_FILE_7"] = str(path)
    return path


def test_all_stores_have_the_interface_of_a_credential_store(resolver: CredentialResolver) -> None:
    stores: list[CredentialStore] = [resolver, MemoryCredentials()]
    assert len(stores) == 2


def test_a_password_of_this_run_goes_before_a_file_and_a_file_before_the_keyring(
    secret_service: SecretService,
    resolver: CredentialResolver,
    provider: Provider,
    environment: dict[str, str],
    named_file: Path,
) -> None:
    del secret_service, named_file
    resolver.save(provider, Secret("of the keyring"))
    resolver.keep_for_session(provider, Secret("of this run"))

    found = resolver.look_up(provider)
    assert (found.secret, found.source) == (Secret("of this run"), "session")

    resolver.save(provider, Secret("of the keyring"))  # newer: this run's is forgotten
    found = resolver.look_up(provider)
    assert (found.secret, found.source) == (Secret("from the file"), "file")

    environment.clear()
    found = resolver.look_up(provider)
    assert (found.secret, found.source) == (Secret("of the keyring"), "keyring")


def test_a_refused_password_file_is_reported_though_the_keyring_has_a_password(
    secret_service: SecretService,
    resolver: CredentialResolver,
    provider: Provider,
    named_file: Path,
) -> None:
    del secret_service
    resolver.save(provider, Secret("of the keyring"))
    named_file.chmod(0o644)

    found = resolver.look_up(provider)

    assert (found.state, found.source) == (CredentialState.MISSING, "file")
    assert "chmod 600" in found.detail


@pytest.mark.usefixtures("no_keyring")
def test_files_and_passwords_of_this_run_work_without_a_keyring(
    resolver: CredentialResolver, provider: Provider, named_file: Path
) -> None:
    assert resolver.look_up(provider).source == "file"
    named_file.unlink()
    assert resolver.look_up(provider).state is CredentialState.MISSING
    resolver.keep_for_session(provider, Secret("of this run"))
    assert resolver.look_up(provider).secret == Secret("of this run")
    assert not resolver.available()


@pytest.mark.usefixtures("no_keyring")
def test_a_failed_save_keeps_the_password_of_this_run(
    resolver: CredentialResolver, provider: Provider, changed: list[str]
) -> None:
    resolver.keep_for_session(provider, Secret("of this run"))
    changed.clear()
    with pytest.raises(NoKeyring):
        resolver.save(provider, Secret("new"))
    assert resolver.look_up(provider).secret == Secret("of this run")
    assert changed == []


@pytest.mark.usefixtures("locked_keyring")
def test_a_removal_forgets_the_password_of_this_run_though_the_keyring_is_locked(
    resolver: CredentialResolver, provider: Provider
) -> None:
    resolver.keep_for_session(provider, Secret("of this run"))
    with pytest.raises(KeyringLocked):
        resolver.remove(provider)
    assert resolver.look_up(provider).state is CredentialState.LOCKED


@pytest.mark.usefixtures("secret_service")
def test_saving_keeping_and_removing_a_password_are_reported(
    resolver: CredentialResolver, provider: Provider, changed: list[str]
) -> None:
    resolver.look_up(provider)
    assert changed == []
    resolver.save(provider, Secret("a"))
    resolver.keep_for_session(provider, Secret("b"))
    resolver.remove(provider)
    assert changed == [provider.uid] * 3
    assert resolver.look_up(provider).state is CredentialState.MISSING


@pytest.mark.usefixtures("no_keyring")
def test_closing_forgets_the_passwords_of_this_run(
    resolver: CredentialResolver, provider: Provider
) -> None:
    resolver.keep_for_session(provider, Secret("b"))
    resolver.close()
    assert resolver.look_up(provider).state is not CredentialState.STORED


def test_memory_keeps_and_forgets_a_password(provider: Provider) -> None:
    store = MemoryCredentials()
    assert store.look_up(provider).state is CredentialState.MISSING
    store.save(provider, Secret("a"))
    store.keep_for_session(provider, Secret("b"))
    assert store.look_up(provider, interactive=True).secret == Secret("b")
    store.remove(provider)
    store.remove(provider)
    assert store.look_up(provider).state is CredentialState.MISSING
    assert store.available()
    store.close()
