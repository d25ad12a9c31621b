"""A table is a list of columns; this is what a column is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QIcon

from mailadmin.ui.table.filter_kinds import Filterable, FilterKind
from mailadmin.ui.words.cell_text import Cell, cell_text, exact_date

T = TypeVar("T")


class Align(Enum):
    """Side of the cell the text is at. LEFT and RIGHT swap places in a right-to-left window."""

    LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    CENTER = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True)
class Column(Generic[T]):
    """What one column shows of a row of type `T`.

    `title` is a source text marked with `QT_TRANSLATE_NOOP("Column", …)`. `text`, `tooltip` and
    `icon` stand in for what follows from `value`: dates in the user's locale and local time with
    the exact moment as tooltip, numbers and words as they are.
    """

    key: str  # the TableQuery's sort key, also the name in saved settings
    title: str
    value: Callable[[T], Cell]
    text: Callable[[T], str] | None = None
    tooltip: Callable[[T], str] | None = None
    icon: Callable[[T], QIcon] | None = None
    align: Align = Align.LEFT  # RIGHT for numbers and dates
    sortable: bool = True
    filter: Filterable | None = FilterKind.TEXT  # None: rows can't be filtered by it
    width: int = 120  # pixels with the default font
    visible: bool = True  # until the user chooses otherwise

    def heading(self) -> str:
        """The title in the user's language."""
        return QCoreApplication.translate("Column", self.title)

    def display(self, row: T) -> str:
        """The text of the cell."""
        if self.text is not None:
            return self.text(row)
        return cell_text(self.value(row))

    def hint(self, row: T) -> str:
        """The whole or exact content of the cell, for its tooltip; plain text."""
        if self.tooltip is not None:
            return self.tooltip(row)
        value = self.value(row)
        if isinstance(value, datetime):
            return exact_date(value)
        if isinstance(value, str) and self.text is None:
            return str(value)
        return self.display(row)
