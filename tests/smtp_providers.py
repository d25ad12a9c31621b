"""Providers over SMTP in one line, for tests to which it doesn't matter what they are made of."""

# ruff: noqa: ANN401 - attributes of any type

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

from mailadmin.domain.provider import Encryption, Provider, StoredProvider
from mailadmin.drivers.smtp.settings import SmtpSettings

P = TypeVar("P", bound=Provider)

_OF_SMTP = {field.name for field in fields(SmtpSettings)}


def smtp_provider(
    caption: str,
    host: str,
    port: int,
    send_from: str,
    username: str = "",
    send_from_name: str = "",
    encryption: Encryption = Encryption.TLS,
    *,
    ca_file: str = "",
    trusted_fingerprint: str = "",
    **common: Any,
) -> Provider:
    """A provider that was never stored."""
    settings = SmtpSettings(host, port, username, encryption, ca_file, trusted_fingerprint)
    return Provider(caption, settings, send_from, send_from_name, **common)


def stored_provider(*values: Any, id: int, **named: Any) -> StoredProvider:  # noqa: A002
    """The same as if it were stored under this ID."""
    return StoredProvider.of(smtp_provider(*values, **named), id)


def with_changes(provider: P, **changes: Any) -> P:
    """`provider` with other attributes, of its own or of its settings."""
    own = {name: value for name, value in changes.items() if name not in _OF_SMTP}
    of_smtp = {name: value for name, value in changes.items() if name in _OF_SMTP}
    settings = replace(settings_of(provider), **of_smtp) if of_smtp else provider.settings
    return replace(provider, settings=settings, **own)


def settings_of(provider: Provider) -> SmtpSettings:
    """Its settings, which are those of SMTP."""
    assert isinstance(provider.settings, SmtpSettings)
    return provider.settings
