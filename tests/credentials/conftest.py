"""Fixtures of the tests of the credentials."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator

import pytest

from mailadmin.credentials import KeyringCredentials, Secret
from mailadmin.domain.provider import Provider
from tests.smtp_providers import stored_provider


@pytest.fixture
def provider() -> Provider:
    """Return a stored provider with a uid of its own."""
    return stored_provider(
        caption="Relay",
        host="smtp.example.org",
        port=587,
        username="ann",
        send_from="ann@example.org",
        uid=uuid.uuid4().hex,
        id=7,
    )


@pytest.fixture
def canary() -> Secret:
    """Return a password that occurs nowhere else, so that any trace of it is a leak."""
    return Secret("canary-" + secrets.token_hex(16))


@pytest.fixture
def changed() -> list[str]:
    """Collect the uids that `credentials` reports as changed."""
    return []


@pytest.fixture
def credentials(changed: list[str]) -> Iterator[KeyringCredentials]:
    """Return a keyring with time-outs that a busy machine keeps; it is closed at the end."""
    keyring = KeyringCredentials(
        on_change=changed.append, timeout=20.0, interactive_timeout=20.0, idle=0.2
    )
    yield keyring
    keyring.close()
