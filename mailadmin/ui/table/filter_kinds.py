"""How a column can be filtered; each column declares one of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from PySide6.QtGui import QIcon

from mailadmin.tables.date_presets import DatePreset
from mailadmin.tables.query import (
    ColumnFilter,
    DateRange,
    NumberRange,
    OneOf,
    TextFilter,
    finds_everything,
)


class FilterKind(Enum):
    """What kind of filter fits the cells."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True)
class ListOfValues:
    """Cells with one of few values, as they are in the database.

    `known` are offered in this order, also where no row has them, then those that rows have
    besides. `overlapping` are wishes that rows with a known value may fulfil too.
    """

    known: tuple[str, ...] = ()
    overlapping: tuple[str, ...] = ()
    word: Callable[[str], str] = str  # of a known or overlapping one, in the user's language
    icon: Callable[[str], QIcon] | None = None

    @property
    def offered(self) -> tuple[str, ...]:
        """What is offered whatever the rows hold."""
        return self.known + self.overlapping

    def word_of(self, value: str) -> str:
        """What a person reads; a value from another version of the program is shown as it is."""
        return self.word(value) if value in self.offered else value

    def icon_of(self, value: str) -> QIcon:
        """What stands before the word, nothing for most."""
        return QIcon() if self.icon is None or value not in self.offered else self.icon(value)


Filterable: TypeAlias = FilterKind | ListOfValues
Chosen: TypeAlias = ColumnFilter | DatePreset
"""What a user chooses to filter a column by; a preset means other days every day."""


def fits(kind: Filterable | None, chosen: Chosen) -> bool:
    """Whether a column of this kind can be filtered so, and rows are left out by it."""
    match chosen:
        case DatePreset():
            return kind is FilterKind.DATE
        case DateRange():
            right = kind is FilterKind.DATE
        case NumberRange():
            right = kind is FilterKind.NUMBER
        case TextFilter():
            right = kind is FilterKind.TEXT
        case OneOf():
            right = isinstance(kind, ListOfValues)
    return right and not finds_everything(chosen)
