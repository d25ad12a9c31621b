"""The drivers there are. The composition roots hand them to whatever works with providers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mailadmin.domain.errors import InvalidInput, KnownError
from mailadmin.domain.provider import (
    COMMON_FIELDS,
    DriverSettings,
    Provider,
    PublicColumns,
    UnknownSettings,
)
from mailadmin.drivers.driver import Driver
from mailadmin.drivers.fields import missing_field, no_such_field
from mailadmin.drivers.folder import FolderDriver
from mailadmin.drivers.smtp.driver import SmtpDriver
from mailadmin.drivers.unknown import UnknownDriver


def standard_drivers() -> Drivers:
    """Those of the program. A new driver gets its line here."""
    return Drivers(SmtpDriver(), FolderDriver())


class Drivers:
    """The drivers by their names. The first one is that of a new provider."""

    def __init__(self, *drivers: Driver[Any]) -> None:
        self._drivers = {driver.name: driver for driver in drivers}
        for driver in drivers:
            if taken := {field.name for field in driver.fields} & {*COMMON_FIELDS, "driver"}:
                raise ValueError(f"{driver.name} has fields that every provider has: {taken}")

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._drivers)

    @property
    def default(self) -> Driver[Any]:
        """That of a new provider."""
        return next(iter(self._drivers.values()))

    def all(self) -> Iterable[Driver[Any]]:
        """All of them, the one of a new provider first."""
        return self._drivers.values()

    def named(self, name: str) -> Driver[Any]:
        """The driver of this name; raises KeyError."""
        return self._drivers[name]

    def of(self, settings: DriverSettings) -> Driver[Any]:
        """The driver that can send with `settings`; one that can't send at all if there is none."""
        if isinstance(settings, UnknownSettings):
            return UnknownDriver(known=settings.name in self._drivers)
        return self._drivers[settings.name]

    def signs_in(self, provider: Provider) -> bool:
        """Whether a credential belongs to `provider` as it is."""
        return self.of(provider.settings).signs_in(provider.settings)

    def may_have_secret(self, provider: Provider) -> bool:
        """Whether a secret of `provider` may be kept, whatever its settings are now.

        Of a driver that this version doesn't know nobody can tell.
        """
        driver = self.of(provider.settings)
        return driver.credential is not None or isinstance(driver, UnknownDriver)

    def unusable(self, provider: Provider) -> KnownError | None:
        """Why nothing can ever be sent through `provider` by this version of the program."""
        return self.of(provider.settings).unusable(provider.settings)

    def repeatable(self, provider: Provider) -> bool:
        """Whether an attempt of which nobody knows how it ended can simply be repeated."""
        return self.of(provider.settings).repeatable

    # Settings as text and JSON ---------------------------------------------------------------

    def decode(self, name: str, text: str, shown: PublicColumns) -> DriverSettings:
        """The settings of the driver `name` out of the database; `shown` is stored beside them.

        What this version can't read comes back as `UnknownSettings`, with nothing lost.
        """
        unknown = UnknownSettings(name, text, shown)
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return unknown
        if name not in self._drivers or not isinstance(values, dict):
            return unknown
        settings = self.read(name, values)
        return settings if isinstance(settings, DriverSettings) else unknown

    def read(self, name: str, values: Mapping[str, object]) -> DriverSettings | list[InvalidInput]:
        """Settings out of JSON, or what is wrong with each field that can't be used.

        Only whether each has the right form is looked at, not whether it makes sense.
        """
        driver = self._drivers[name]
        fields = {field.name: field for field in driver.fields}
        problems = [no_such_field(key) for key in values if key not in fields]
        read: dict[str, object] = {}
        for key, field in fields.items():
            if key in values:
                value = field.read(values[key])
                if isinstance(value, InvalidInput):
                    problems.append(value)
                else:
                    read[key] = value
            elif field.required:
                problems.append(missing_field(key))
        return problems or driver.completed(read)
