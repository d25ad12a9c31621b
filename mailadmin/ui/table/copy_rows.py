"""Copies of a table's selected rows on the clipboard: tab-separated, or one text of each."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from mailadmin.ui.table.column import ShownColumn
from mailadmin.ui.table.snapshot import RowSource
from mailadmin.ui.table.view import TableView
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.cell_text import one_line

MOST_ROWS = 100_000  # a clipboard is no place for more; exporting is
_MOST_AT_ONCE = 500  # rows that are copied in the GUI thread
_ROWS_OF_A_READING = 1000

Lines = Callable[[Sequence[Any]], list[str]]


@dataclass(frozen=True)
class _Told:
    """Translated templates with `{count}` for one line and for many; "" says nothing."""

    one: str = ""
    many: str = ""


class CopyRows(QObject):
    """Rows that were scrolled by are at hand; if others are selected too, all are read first.

    Says in `message` how much was copied if that can't be seen.
    """

    def __init__(
        self, table: TableView[Any], message: InlineMessage, background: Background
    ) -> None:
        super().__init__(table)
        self._table = table
        self._message = message
        self._background = background

    def rows(self) -> None:
        """Copy the selected rows, their columns as shown; a line for each."""
        model = self._table.table_model()
        shown = self._table.column_choice.visible_sections()
        columns = [model.columns[section] for section in shown]
        told = _Told(self.tr("1 row was copied."), self.tr("{count} rows were copied."))
        self._copy(partial(tab_separated, columns), told)

    def cell(self) -> None:
        """Copy the text of the current cell, whole and as it is."""
        index = self._table.currentIndex()
        value = self._table.current_value()
        if index.isValid() and value is not None:
            column = self._table.table_model().columns[index.column()]
            QGuiApplication.clipboard().setText(column.hint(value))

    def addresses(self) -> None:
        """Copy the addresses of the selected rows, each once."""
        told = _Told(self.tr("1 address was copied."), self.tr("{count} addresses were copied."))
        self._copy(_addresses, told, always=True)

    def _copy(self, lines: Lines, told: _Told, *, always: bool = False) -> None:
        model = self._table.table_model()
        selected = self._table.selected_ids()
        if not selected:
            return
        ids = selected[:MOST_ROWS]
        left_out = len(selected) - len(ids)
        if len(ids) <= _MOST_AT_ONCE:
            at_hand = [row for row_id in ids if (row := model.value_of(row_id)) is not None]
            if len(at_hand) == len(ids):
                tell = told if always and len(ids) > 1 else _Told()
                self._take(tell, left_out, _distinct(lines(at_hand), always))
                return
        work: Callable[[], list[str]] = partial(_read, model.source, ids, lines, always)
        self._background.run(
            work,
            partial(self._take, told, left_out),
            self._message.show_error,
            owner=self,
            key="copy rows",
            long=True,
        )

    def _take(self, told: _Told, left_out: int, lines: list[str]) -> None:
        QGuiApplication.clipboard().setText("\n".join(lines))
        number = self._table.locale().toString
        text = (told.one if len(lines) == 1 else told.many).format(count=number(len(lines)))
        if left_out:
            more = self.tr(
                "Only {most} rows fit: {count} were left out. Export takes any number of rows."
            )
            more = more.format(most=number(MOST_ROWS), count=number(left_out))
            self._message.show_warning(f"{text} {more}".strip())
        elif text:
            self._message.show_ok(text, seconds=8)


def tab_separated(columns: Sequence[ShownColumn[Any]], rows: Sequence[Any]) -> list[str]:
    """One line per row, cells as they are shown but whole; none has a tab or a line break."""
    return ["\t".join(_cell(column, row) for column in columns) for row in rows]


def _cell(column: ShownColumn[Any], row: object) -> str:
    value = column.value(row)
    shown = value if isinstance(value, str) and column.look.text is None else column.display(row)
    return one_line(str(shown), longest=None)


def _addresses(rows: Sequence[Any]) -> list[str]:
    return [one_line(row.email, longest=None) for row in rows]


def _distinct(lines: list[str], wanted: bool) -> list[str]:
    return list(dict.fromkeys(lines)) if wanted else lines


def _read(source: RowSource[Any], ids: array[int], lines: Lines, distinct: bool) -> list[str]:
    read: list[str] = []
    for start in range(0, len(ids), _ROWS_OF_A_READING):
        read += lines(source.rows(ids[start : start + _ROWS_OF_A_READING]))
    return _distinct(read, distinct)
