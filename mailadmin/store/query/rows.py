"""How a domain value is read from a table: a field from the SQL column of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar, get_args, get_type_hints

T = TypeVar("T")


class StoredRow(Generic[T]):
    """Reads `kind`, a dataclass, from rows of the table `name`.

    `sql` has the expressions of fields that are not a column of the same name. Moments, enums of
    words and truth values are told by the fields' types.
    """

    def __init__(self, kind: type[T], name: str, sql: Mapping[str, str]) -> None:
        self._kind = kind
        hints = get_type_hints(kind)
        names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
        self.columns = tuple(sql.get(field, f"{name}.{field}") for field in names)
        readers = ((place, _reader(hints[field])) for place, field in enumerate(names))
        self._readers = [(place, reader) for place, reader in readers if reader is not None]

    def read(self, values: Sequence[Any]) -> T:
        """One row, from the values of `columns`."""
        read = list(values)
        for place, reader in self._readers:
            if read[place] is not None:
                read[place] = reader(read[place])
        return self._kind(*read)


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    """What makes a value of that type, or None at will, of what SQLite has; None: nothing to do."""
    for kind in get_args(hint) or (hint,):
        if kind is datetime:
            return datetime.fromisoformat
        if kind is bool or issubclass(kind, StrEnum):
            reader: Callable[[Any], Any] = kind
            return reader
    return None
