"""How the window shows the columns that are declared in `mailadmin.tables`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Generic, TypeVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QIcon

from mailadmin.tables.column import Column
from mailadmin.ui.words.cell_text import cell_text, exact_date

T = TypeVar("T")

# LEFT and RIGHT swap places in a right-to-left window.
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True)
class Look(Generic[T]):
    """What a column looks like where its kind and its values don't say it.

    `text`, `tooltip` and `icon` are those of a row's cell, `word` and `word_icon` those of a value
    that is offered as a filter.
    """

    text: Callable[[T], str] | None = None
    tooltip: Callable[[T], str] | None = None
    icon: Callable[[T], QIcon] | None = None
    word: Callable[[str], str] = str
    word_icon: Callable[[str], QIcon] | None = None


@dataclass(frozen=True)
class ShownColumn(Column[T]):
    """A column with its look.

    Without one, dates are shown in the user's locale and local time with the exact moment as
    tooltip, numbers and words as they are.
    """

    look: Look[T] = field(default_factory=Look)

    @property
    def align(self) -> int:
        """Qt's flags for the text in a cell."""
        return RIGHT if self.right else LEFT

    def heading(self) -> str:
        """The title in the user's language."""
        return QCoreApplication.translate("Column", self.title)

    def display(self, row: T) -> str:
        """The text of the cell."""
        if self.look.text is not None:
            return self.look.text(row)
        return cell_text(self.value(row))

    def hint(self, row: T) -> str:
        """The whole or exact content of the cell, for its tooltip; plain text."""
        if self.look.tooltip is not None:
            return self.look.tooltip(row)
        value = self.value(row)
        if isinstance(value, datetime):
            return exact_date(value)
        if isinstance(value, str) and self.look.text is None:
            return str(value)
        return self.display(row)

    def icon(self, row: T) -> QIcon | None:
        """What stands before the text of the cell."""
        return None if self.look.icon is None else self.look.icon(row)

    def word_of(self, value: str) -> str:
        """What a person reads; a value from another version of the program is shown as it is."""
        return self.look.word(value) if value in self.offered else value

    def icon_of(self, value: str) -> QIcon:
        """What stands before the word, nothing for most."""
        if self.look.word_icon is None or value not in self.offered:
            return QIcon()
        return self.look.word_icon(value)


def shown(columns: Sequence[Column[T]], looks: Mapping[str, Look[T]]) -> tuple[ShownColumn[T], ...]:
    """The columns with their looks, by key."""
    if unknown := looks.keys() - {column.key for column in columns}:
        raise ValueError(f"no columns: {unknown}")
    plain: Look[T] = Look()
    return tuple(
        ShownColumn(
            **{each.name: getattr(column, each.name) for each in fields(column)},
            look=looks.get(column.key, plain),
        )
        for column in columns
    )
