"""Providers: the services that mail is sent through, and what limits each of them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar


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
class PublicColumns:
    """What the tables, the command line and an export show of a driver's settings.

    None where a driver has no such thing.
    """

    host: str | None = None
    port: int | None = None
    username: str | None = None
    encryption: Encryption | None = None


@dataclass(frozen=True, slots=True)
class DriverSettings:
    """What one driver has to know to send: a dataclass of its own, beside what all providers have.

    Its fields are texts, whole numbers, truth values and `StrEnum`s, so that they can be written
    to the database and to a file by their names.
    """

    driver: ClassVar[str]

    @property
    def columns(self) -> PublicColumns:
        """Which of its values are shown in the public columns."""
        return PublicColumns()

    @property
    def name(self) -> str:
        """The driver's name, as it is stored, shown and typed."""
        return self.driver

    def values(self) -> dict[str, object]:
        """The fields by their names, as JSON can hold them."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def to_json(self) -> str:
        """The fields as the database has them."""
        return json.dumps(self.values(), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class UnknownSettings(DriverSettings):
    """Settings that this version of the program can't read.

    They are those of a driver it doesn't know, or hold what it doesn't understand. They are shown,
    kept exactly as they are, and never sent through.
    """

    driver: ClassVar[str] = "unknown"

    driver_name: str
    text: str  # as it is stored
    shown: PublicColumns = PublicColumns()

    @property
    def columns(self) -> PublicColumns:
        """What was stored beside the text."""
        return self.shown

    @property
    def name(self) -> str:
        """The driver that can read them."""
        return self.driver_name

    def values(self) -> dict[str, object]:
        """What the text holds, {} if that is no object of JSON."""
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def to_json(self) -> str:
        """The text, as it is."""
        return self.text


@dataclass(frozen=True, slots=True)
class ProviderPause:
    """Why nothing is sent through a provider until the administrator acts."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Provider:
    """A service mail is sent through, stored or not (`StoredProvider`).

    `uid` never changes and is the key of its credential in the keyring. `settings` say which driver
    sends, and hold what that driver alone needs.
    """

    caption: str
    settings: DriverSettings
    send_from: str
    send_from_name: str = ""
    enabled: bool = True
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

    @property
    def driver(self) -> str:
        """The name of the driver that sends."""
        return self.settings.name

    @property
    def host(self) -> str | None:
        """The public column, None if the driver has none; so are the three that follow."""
        return self.settings.columns.host

    @property
    def port(self) -> int | None:
        return self.settings.columns.port

    @property
    def username(self) -> str | None:
        return self.settings.columns.username

    @property
    def encryption(self) -> Encryption | None:
        return self.settings.columns.encryption

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

    def values(self) -> dict[str, object]:
        """All that makes a provider what it is, by name: its fields and those of its settings.

        Without what it came to (its pause) and what a store gives it (its ID).
        """
        return {
            "uid": self.uid,
            "caption": self.caption,
            "driver": self.driver,
            **self.settings.values(),
            **{name: getattr(self, name) for name in COMMON_FIELDS if name not in _TOLD_FIRST},
        }


_TOLD_FIRST = frozenset({"uid", "caption"})

COMMON_FIELDS: tuple[str, ...] = tuple(
    each.name for each in fields(Provider) if each.name not in {"settings", "pause"}
)
"""Attributes that every provider has, whatever its driver."""


@dataclass(frozen=True, slots=True)
class StoredProvider(Provider):
    """A provider as it is stored: it has an ID, which no other one ever gets."""

    id: int = field(kw_only=True)

    @classmethod
    def of(cls, provider: Provider, provider_id: int) -> StoredProvider:
        """`provider` under its ID."""
        return cls(**_attributes(provider), id=provider_id)

    def without_id(self) -> Provider:
        """The same as a provider that was never stored."""
        return Provider(**_attributes(self))


def _attributes(provider: Provider) -> dict[str, Any]:
    return {each.name: getattr(provider, each.name) for each in fields(Provider)}


def changed_fields(before: Provider, after: Provider) -> tuple[str, ...]:
    """The names of the values (`Provider.values`) in which the two differ."""
    old, new = before.values(), after.values()
    return tuple(name for name in old | new if old.get(name) != new.get(name))


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What became of the providers of a file, as they are stored now."""

    added: tuple[StoredProvider, ...] = ()
    updated: tuple[StoredProvider, ...] = ()
    left: tuple[StoredProvider, ...] = ()  # were there and stay as they were


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages during any `seconds`."""

    count: int
    seconds: int
