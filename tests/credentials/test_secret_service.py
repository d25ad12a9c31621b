"""`KeyringCredentials` with a real GNOME Keyring that runs, is empty, missing or starts later."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from mailadmin.credentials import (
    CredentialState,
    KeyringCredentials,
    NoKeyring,
    PasswordUnusable,
    Secret,
)
from mailadmin.domain.provider import Provider
from tests.secret_service import SecretService, private_bus


def test_a_saved_password_is_found(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    credentials.save(provider, Secret("pä$$ wörd ✓"))

    found = credentials.look_up(provider)

    assert found.state is CredentialState.STORED
    assert found.secret == Secret("pä$$ wörd ✓")
    assert (found.source, found.detail, found.problem) == ("keyring", "", None)
    assert secret_service.stored("mailadmin", provider.uid) == ["pä$$ wörd ✓"]


@pytest.mark.usefixtures("secret_service")
def test_a_provider_without_a_password_is_answered_missing(
    credentials: KeyringCredentials, provider: Provider
) -> None:
    found = credentials.look_up(provider)

    assert found.state is CredentialState.MISSING
    assert found.secret is None
    assert provider.caption in found.detail


@pytest.mark.usefixtures("secret_service")
def test_each_provider_has_a_password_of_its_own(
    credentials: KeyringCredentials, provider: Provider
) -> None:
    other = replace(provider, uid="another")
    credentials.save(provider, Secret("mine"))
    credentials.save(other, Secret("other's"))

    credentials.remove(provider)

    assert credentials.look_up(provider).state is CredentialState.MISSING
    assert credentials.look_up(other).secret == Secret("other's")


def test_saving_again_replaces_the_password(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    credentials.save(provider, Secret("old"))
    credentials.save(provider, Secret("new"))

    assert credentials.look_up(provider).secret == Secret("new")
    assert secret_service.stored("mailadmin", provider.uid) == ["new"]


def test_a_removed_password_is_gone_and_can_be_removed_again(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    credentials.save(provider, Secret("old"))

    credentials.remove(provider)
    credentials.remove(provider)

    assert secret_service.stored("mailadmin", provider.uid) == []


def test_a_removal_takes_entries_of_other_programs_under_the_same_key_too(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    credentials.save(provider, Secret("ours"))
    secret_service.store("mailadmin", provider.uid, "by hand")

    credentials.remove(provider)

    assert secret_service.stored("mailadmin", provider.uid) == []


def test_an_entry_that_is_not_utf_8_is_answered_without_quoting_it(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    secret_service.store("mailadmin", provider.uid, b"\xff\xfe latin")

    found = credentials.look_up(provider)

    assert found.state is CredentialState.NO_KEYRING
    assert "UnicodeDecodeError" in found.detail
    assert "latin" not in found.detail


@pytest.mark.usefixtures("secret_service")
def test_a_password_with_a_lone_surrogate_is_refused(
    credentials: KeyringCredentials, provider: Provider
) -> None:
    with pytest.raises(PasswordUnusable, match="Type it anew"):
        credentials.save(provider, Secret("\ud800"))


@pytest.mark.usefixtures("no_keyring")
def test_without_a_bus_there_is_no_keyring(
    credentials: KeyringCredentials, provider: Provider
) -> None:
    found = credentials.look_up(provider)

    assert found.state is CredentialState.NO_KEYRING
    assert "for this run only" in found.detail
    assert not credentials.available()
    with pytest.raises(NoKeyring):
        credentials.save(provider, Secret("never kept"))
    with pytest.raises(NoKeyring):
        credentials.remove(provider)


def test_a_killed_keyring_is_used_again_after_its_restart(
    secret_service: SecretService,
    credentials: KeyringCredentials,
    provider: Provider,
    changed: list[str],
) -> None:
    credentials.save(provider, Secret("kept"))
    assert credentials.available()

    secret_service.stop()
    assert credentials.look_up(provider).state is CredentialState.NO_KEYRING
    assert not credentials.available()
    with pytest.raises(NoKeyring):
        credentials.save(provider, Secret("lost"))

    secret_service.start(unlocked=True)
    assert credentials.look_up(provider).secret == Secret("kept")
    assert provider.uid in changed


def test_a_keyring_killed_during_a_call_is_answered_no_keyring(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    credentials.save(provider, Secret("kept"))
    secret_service.freeze()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(credentials.look_up, provider, interactive=True)
        secret_service.stop()
        assert waiting.result(timeout=15).state is CredentialState.NO_KEYRING


def test_a_killed_bus_is_answered_no_keyring(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    credentials.save(provider, Secret("kept"))
    secret_service.stop_bus()

    assert credentials.look_up(provider).state is CredentialState.NO_KEYRING
    assert not credentials.available()


@pytest.mark.usefixtures("no_keyring")
def test_a_keyring_that_starts_later_is_found(
    credentials: KeyringCredentials, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert credentials.look_up(provider).state is CredentialState.NO_KEYRING
    with private_bus(monkeypatch, forget=False) as service:
        service.start(unlocked=True)

        assert credentials.look_up(provider).state is CredentialState.MISSING
        credentials.save(provider, Secret("kept"))
        assert credentials.look_up(provider).secret == Secret("kept")


def test_a_keyring_without_a_default_collection_holds_no_password(
    monkeypatch: pytest.MonkeyPatch, credentials: KeyringCredentials, provider: Provider
) -> None:
    with private_bus(monkeypatch) as service:
        service.start(unlocked=False)  # never unlocked: there is no login collection yet

        assert credentials.look_up(provider).state is CredentialState.MISSING
        assert credentials.available()
        credentials.remove(provider)


def test_twelve_threads_share_one_keyring_thread(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    del secret_service
    providers = [replace(provider, uid=f"uid{number}") for number in range(12)]

    def use(one: Provider) -> str:
        credentials.save(one, Secret(f"of {one.uid}"))
        found = credentials.look_up(one).secret
        assert found is not None
        return found.reveal()

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(use, providers)) == [f"of {one.uid}" for one in providers]
    assert [thread.name for thread in threading.enumerate()].count("keyring") <= 1


def test_look_ups_leave_no_connection_open(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    credentials.save(provider, Secret("kept"))
    before = secret_service.clients()
    for _ in range(5):
        credentials.look_up(provider)
    secret_service.lock()
    for _ in range(5):
        assert credentials.look_up(provider).state is CredentialState.LOCKED

    assert secret_service.clients() == before


def test_the_keyring_library_is_not_imported_before_it_is_needed() -> None:
    program = (
        "import sys; import mailadmin.credentials as c; c.CredentialResolver().close();"
        "print([m for m in sys.modules if m.split('.')[0] in ('keyring', 'secretstorage')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_wrong_bus_address_is_answered_no_keyring(
    no_keyring: None,
    credentials: KeyringCredentials,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    del no_keyring
    path = tmp_path_factory.mktemp("bus") / "gone"
    for address in (f"unix:path={path}", "tcp:host=localhost", "nonsense", ""):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert credentials.look_up(provider).state is CredentialState.NO_KEYRING


def test_a_bus_that_never_answers_does_not_block_a_look_up(
    no_keyring: None, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    del no_keyring
    credentials = KeyringCredentials(timeout=4)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + provider.uid)
        listener.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:abstract={provider.uid}")
        assert credentials.look_up(provider).state is not CredentialState.STORED
        credentials.close()
