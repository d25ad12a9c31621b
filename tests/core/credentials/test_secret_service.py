"""`KeyringCredentials` against a real GNOME Keyring: unlocked, locked, killed, frozen, absent."""

from __future__ import annotations

import time

import pytest

from mailadmin.core.credentials import (
    CredentialState,
    KeyringCredentials,
    KeyringLocked,
    NoKeyring,
    Secret,
)
from mailadmin.core.domain import Provider
from tests.secret_service import SecretService


def test_saved_password_is_found(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    credentials.save(provider, Secret("pä$$ wörd ✓"))

    found = credentials.look_up(provider)

    assert found.state is CredentialState.STORED
    assert found.secret == Secret("pä$$ wörd ✓")
    assert (found.source, found.detail) == ("keyring", "")
    assert secret_service.stored("mailadmin", provider.uid) == ["pä$$ wörd ✓"]


@pytest.mark.usefixtures("secret_service")
def test_no_password_is_missing(credentials: KeyringCredentials, provider: Provider) -> None:
    found = credentials.look_up(provider)

    assert found.state is CredentialState.MISSING
    assert provider.caption in found.detail


@pytest.mark.usefixtures("locked_keyring")
def test_locked_keyring_without_a_display_says_so_at_once(
    credentials: KeyringCredentials, provider: Provider
) -> None:
    for interactive in (False, True):
        begun = time.monotonic()
        found = credentials.look_up(provider, interactive=interactive)

        assert found.state is CredentialState.LOCKED
        assert "locked" in found.detail
        assert time.monotonic() - begun < 2
    with pytest.raises(KeyringLocked):
        credentials.save(provider, Secret("never kept"))


@pytest.mark.usefixtures("no_keyring")
def test_no_bus_is_no_keyring(credentials: KeyringCredentials, provider: Provider) -> None:
    assert credentials.look_up(provider).state is CredentialState.NO_KEYRING
    assert not credentials.available()
    with pytest.raises(NoKeyring):
        credentials.save(provider, Secret("never kept"))
