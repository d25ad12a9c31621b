"""Column types that mean the same on every database engine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import peewee
from playhouse.sqlite_ext import AutoIncrementField

from mailadmin.domain.provider import Encryption, PublicColumns

if TYPE_CHECKING:
    _Field = peewee.Field[Any]  # generic in its stubs, not when it runs
else:
    _Field = peewee.Field

StableIdField = AutoIncrementField  # never gives a deleted row's ID to another one


def to_text(moment: datetime) -> str:
    """UTC in one form of fixed width, so that text order is time order. Raises on a naive date."""
    if moment.tzinfo is None:
        raise ValueError("a date without a time zone can't be stored")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


class UtcField(_Field):
    """An aware `datetime`, stored as ISO 8601 text in UTC with its offset and milliseconds."""

    field_type = "TEXT"

    def db_value(self, value: datetime | None) -> str | None:
        """To the stored form."""
        return None if value is None else to_text(value)

    def python_value(self, value: str | None) -> datetime | None:
        """From the stored form."""
        return None if value is None else datetime.fromisoformat(value)


def shown_columns(
    host: str | None, port: int | None, username: str | None, encryption: str | None
) -> PublicColumns:
    """The public columns as they are stored; an encryption nobody knows is none."""
    known = next((each for each in Encryption if each == encryption), None)
    return PublicColumns(host, port, username, known)
