"""Finds a widget by its object name, as scripts and the tests do."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QItemSelectionModel, QObject
from PySide6.QtWidgets import QTableView

T = TypeVar("T", bound=QObject)


def child(parent: QObject, kind: type[T], name: str) -> T:
    """Return the only descendant of `parent` of that kind and object name."""
    found = parent.findChildren(kind, name)
    assert len(found) == 1, f"{len(found)} objects are named {name}"
    return found[0]


def select_row(table: QTableView, row: int) -> None:
    """Select this row alone.

    `QTableView.selectRow` looks at the keys that are held down, and Qt still believes in a Ctrl
    that an earlier test pressed.
    """
    flags = QItemSelectionModel.SelectionFlag
    index = table.model().index(row, 0)
    table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
