"""Fixtures of the credentials' tests."""

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
    """Give a stored provider with an uid of its own."""
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
    """Give a password that occurs nowhere else, so that any trace of it is a leak."""
    return Secret("canary-" + secrets.token_hex(16))


@pytest.fixture
def changed() -> list[str]:
    """Collect the uids that `credentials` reports as changed."""
    return []


@pytest.fixture
def credentials(changed: list[str]) -> Iterator[KeyringCredentials]:
    """Give the keyring with time-outs that a busy machine keeps, closed in the end."""
    keyring = KeyringCredentials(
        on_change=changed.append, timeout=20.0, interactive_timeout=20.0, idle=0.2
    )
    yield keyring
    keyring.close()
