"""Copies rows of a table as tab-separated text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtGui import QGuiApplication

from mailadmin.ui.background import Background
from mailadmin.ui.cell_text import one_line
from mailadmin.ui.column import Column
from mailadmin.ui.table_view import TableView

MOST_ROWS = 100_000  # a clipboard is no place for more; exporting is


def copy_selection(table: TableView[Any], background: Background) -> None:
    """Put the selected rows, their columns as shown, on the clipboard.

    Rows that were scrolled by are at hand; if others are selected too, all are read first.
    """
    model = table.table_model()
    ids = table.selected_ids()[:MOST_ROWS]
    if not ids:
        return
    columns = [model.columns[section] for section in table.column_choice.visible_sections()]
    at_hand = [row for row_id in ids if (row := model.value_of(row_id)) is not None]
    if len(at_hand) == len(ids):
        _to_clipboard(tab_separated(columns, at_hand))
        return
    read: Callable[[], list[Any]] = partial(model.source.rows, ids)
    background.run(
        read, lambda rows: _to_clipboard(tab_separated(columns, rows)), None, owner=table
    )


def copy_cell(table: TableView[Any]) -> None:
    """Put the text of the current cell on the clipboard, whole and as it is."""
    index = table.currentIndex()
    value = table.current_value()
    if index.isValid() and value is not None:
        _to_clipboard(table.table_model().columns[index.column()].hint(value))


def tab_separated(columns: Sequence[Column[Any]], rows: Sequence[Any]) -> str:
    """One line per row, cells as they are shown."""
    return "\n".join("\t".join(one_line(column.display(row)) for column in columns) for row in rows)


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
