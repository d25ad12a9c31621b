"""Providers: the services that mail is sent through, and what limits each of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Driver(StrEnum):
    """How a provider is spoken to."""

    SMTP = "smtp"


class Encryption(StrEnum):
    """How the connection to a provider is protected."""

    TLS = "TLS"  # STARTTLS on a plain connection (RFC 3207)
    SSL = "SSL"  # implicit TLS (RFC 8314 §3.3)
    NONE = "NONE"  # plain text, only to a loopback host

    @property
    def default_port(self) -> int:
        """The port of message submission for this encryption (RFC 6409, RFC 8314)."""
        return 465 if self is Encryption.SSL else 587


@dataclass(frozen=True, slots=True)
class ProviderPause:
    """Why nothing is sent through a provider until the administrator acts."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Provider:
    """An SMTP service mail is sent through. `id` is None until it is stored.

    `uid` never changes and is the key of its password in the keyring.
    """

    caption: str
    host: str
    port: int
    send_from: str
    username: str = ""
    send_from_name: str = ""
    encryption: Encryption = Encryption.TLS
    enabled: bool = True
    driver: Driver = Driver.SMTP
    ca_file: str = ""  # PEM file that replaces the system's authorities; "" for the system's
    trusted_fingerprint: str = ""  # SHA-256 of one trusted certificate, hex; "" for none
    priority: int = 10  # lower is tried first
    weight: int = 1  # share among providers of the same priority
    max_connections: int = 4
    messages_per_connection: int = 100
    limit_per_second: int | None = None
    limit_per_minute: int | None = None
    limit_per_hour: int | None = None
    limit_per_day: int | None = None
    pause: ProviderPause | None = None
    uid: str = field(default_factory=lambda: uuid.uuid4().hex)
    id: int | None = None

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits in force, the shortest first."""
        given = (
            (self.limit_per_second, 1),
            (self.limit_per_minute, 60),
            (self.limit_per_hour, 3600),
            (self.limit_per_day, 86400),
        )
        return tuple(Limit(count, seconds) for count, seconds in given if count is not None)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages during any `seconds`."""

    count: int
    seconds: int
