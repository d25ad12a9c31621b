"""Editors of filters that are written: texts, and ranges of numbers."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QLineEdit

from mailadmin.tables.choice import Chosen
from mailadmin.tables.number_ranges import parse_range, write_range
from mailadmin.tables.query import NumberRange, TextFilter, finds_everything
from mailadmin.ui.filters.editor import FilterEditor
from mailadmin.ui.filters.table_filters import TableFilters
from mailadmin.ui.table.column import ShownColumn
from mailadmin.ui.theme.status_colors import Role, role_color

_DELAY = 150  # milliseconds without a key before what was typed is a filter
_ROOM_FOR_CLEARING = 7  # average characters a field shows beside its clear button at least
_LONGEST = 1000  # characters


class WrittenFilterEditor(FilterEditor):
    """A line to write in. A subclass says what a text means."""

    def __init__(
        self, column: ShownColumn[Any], filters: TableFilters, placeholder: str, explanation: str
    ) -> None:
        self.edit = QLineEdit()
        super().__init__(self.edit, column, filters)
        self._telling = False
        self.edit.setPlaceholderText(placeholder)
        self.edit.setToolTip(explanation)
        self.edit.setMaxLength(_LONGEST)
        self._timer = QTimer(self, singleShot=True, interval=_DELAY)
        self._timer.timeout.connect(self._choose)
        self.edit.textEdited.connect(self._edited)
        self.edit.textChanged.connect(self._cleared)

    def understood(self, text: str) -> Chosen | None:
        """The filter that `text` means; ValueError if it means nothing."""
        raise NotImplementedError

    def written(self, chosen: Chosen) -> str:
        """The text that means `chosen`."""
        raise NotImplementedError

    def show_chosen(self, chosen: Chosen | None) -> None:
        """Write it down, unless it was read from what stands there, or that is still being written.

        What is being written is chosen a moment later, whatever was chosen before.
        """
        if not self._telling and not self._timer.isActive():
            self.edit.setText("" if chosen is None else self.written(chosen))
            self.edit.setCursorPosition(0)  # the beginning says more than the end
            self.show_problem("")

    def clear(self) -> bool:
        """Empty the line."""
        full = bool(self.edit.text())
        self.edit.clear()
        return full

    def settle(self) -> None:
        """Choose what was typed at once."""
        if self._timer.isActive():
            self._choose()

    def show_problem(self, problem: str) -> None:
        """Say why what was typed can't be understood; "": it can."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the room to the text in a narrow column; who goes on has written to the end."""
        if isinstance(event, QResizeEvent):
            least = self.edit.fontMetrics().averageCharWidth() * _ROOM_FOR_CLEARING
            room = event.size().width() - self.edit.height()
            self.edit.setClearButtonEnabled(room > least)
        elif event.type() == QEvent.Type.FocusOut:
            self.settle()
        return super().eventFilter(watched, event)

    @Slot()
    def _edited(self) -> None:
        self._timer.start()

    @Slot(str)
    def _cleared(self, text: str) -> None:
        if not text:  # by whatever means
            self._choose()

    @Slot()
    def _choose(self) -> None:
        self._timer.stop()
        try:
            chosen = self.understood(self.edit.text())
        except ValueError:
            self.show_problem(self.edit.text())
            chosen = None
        else:
            self.show_problem("")
        self._telling = True
        self.choose(chosen)
        self._telling = False


class TextFilterEditor(WrittenFilterEditor):
    """Finds cells that hold a text."""

    def __init__(self, column: ShownColumn[Any], filters: TableFilters) -> None:
        super().__init__(
            column,
            filters,
            self.tr("contains  =is  ^begins  !not"),
            self.tr(
                "word: contains it\n=word: is exactly this\n^word: begins with it\n"
                '!word: does not contain it\n=: is empty\n"…": signs in quotes have no meaning\n'
                "Capitals and small letters are the same."
            ),
        )

    def understood(self, text: str) -> Chosen | None:
        """Whatever is written means something, but a sign alone leaves nothing out."""
        chosen = TextFilter(text.strip())
        return None if finds_everything(chosen) else chosen

    def written(self, chosen: Chosen) -> str:
        """As it was written."""
        return chosen.written if isinstance(chosen, TextFilter) else ""


class NumberFilterEditor(WrittenFilterEditor):
    """Finds numbers in a range."""

    def __init__(self, column: ShownColumn[Any], filters: TableFilters) -> None:
        self._explanation = self.tr(
            "5: is 5\n>5  >=5: is more\n<5  <=5: is less\n5-10: from 5 to 10\n5-: from 5 on"
        )
        super().__init__(column, filters, self.tr("from–to"), self._explanation)

    def understood(self, text: str) -> Chosen | None:
        """A range, or nothing."""
        return parse_range(text)

    def written(self, chosen: Chosen) -> str:
        """As short as can be."""
        return write_range(chosen) if isinstance(chosen, NumberRange) else ""

    def show_problem(self, problem: str) -> None:
        """In the colour of what is wrong, with the explanation for eyes and ears."""
        if not problem:
            self.edit.setPalette(QPalette())
            self.edit.setToolTip(self._explanation)
            self.edit.setAccessibleDescription("")
            return
        said = self.tr("“{written}” is no number and no range of numbers.").format(written=problem)
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Text, role_color(self.edit.palette(), Role.BAD))
        self.edit.setPalette(palette)
        self.edit.setToolTip(f"{said}\n\n{self._explanation}")
        self.edit.setAccessibleDescription(said)
