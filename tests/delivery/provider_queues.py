"""Lanes that send nothing, to look at."""

from __future__ import annotations

from datetime import UTC, datetime

from mailadmin.credentials import CredentialState, Lookup, Secret
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.provider_queue import Lane
from mailadmin.domain.provider import ProviderPause, StoredProvider
from mailadmin.drivers.registry import standard_drivers
from tests.smtp_providers import stored_provider

NOW = datetime.now(UTC)
FOUND = Lookup(CredentialState.STORED, Secret("x"), "keyring")
MISSING = Lookup(CredentialState.MISSING, None, "keyring", "Enter the password.")
PAUSE = ProviderPause("535 5.7.8 bad", NOW)


def provider(
    number: int = 1, *, username: str = "", pause: ProviderPause | None = None
) -> StoredProvider:
    return stored_provider(
        f"Relay {number}",
        "smtp.example.org",
        587,
        "office@example.org",
        username=username,
        pause=pause,
        id=number,
    )


def lane(made_for: StoredProvider) -> Lane:
    async def work(_: Lane) -> None:
        raise AssertionError

    def on_bug(bug: BaseException) -> None:
        raise bug

    return Lane(
        made_for,
        standard_drivers().of(made_for.settings),
        DeliveryOptions(),
        work=work,
        on_bug=on_bug,
    )
