"""A table is a list of columns, each declared once for the window, the command line and exports.

What SQL a column is stands in the store, what icon or tooltip a cell has in the window: both by the
column's key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")

Value = str | int | float | bool | datetime | None
"""What a cell can hold; enums of words are texts."""


class Kind(Enum):
    """What the cells hold. It says how they are aligned, filtered, compared and exported."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"  # one of few values


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column of rows of type `T`.

    `title` is a source text marked with `QT_TRANSLATE_NOOP("Column", …)`; the command line and its
    exports have it in English. A cell is the row's attribute `key`, unless `of` says otherwise.

    Of a CHOICE `values` are offered as filters in this order, also where no row has them; they are
    written as they are in the database. `overlapping` are wishes that rows with a known value may
    fulfil too.
    """

    key: str  # in `--json`, `--sort` and `--columns`, in `TableQuery` and in saved settings
    title: str
    kind: Kind = Kind.TEXT
    of: Callable[[T], Value] | None = None
    values: tuple[str, ...] = ()
    overlapping: tuple[str, ...] = ()
    sortable: bool = True
    filterable: bool = True
    width: int = 120  # pixels in the window, with the default font
    visible: bool = True  # in the window, until the user chooses otherwise

    def value(self, row: T) -> Value:
        """What the cell holds."""
        return getattr(row, self.key) if self.of is None else self.of(row)

    @property
    def right(self) -> bool:
        """Whether cells are aligned to the right, and never shortened in a terminal."""
        return self.kind in (Kind.NUMBER, Kind.DATE)

    @property
    def dates(self) -> bool:
        """Whether cells are dates or empty."""
        return self.kind is Kind.DATE

    @property
    def offered(self) -> tuple[str, ...]:
        """What is offered as a filter whatever the rows hold."""
        return self.values + self.overlapping
