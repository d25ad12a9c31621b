"""What every editor of a column's filter does, whatever it looks like."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from mailadmin.tables.choice import Chosen
from mailadmin.ui.filters.editor_keys import EditorKeys
from mailadmin.ui.filters.table_filters import TableFilters
from mailadmin.ui.table.column import ShownColumn


class FilterEditor(EditorKeys):
    """Lets the user choose in `widget` what `filters` filter a column by.

    The choice is theirs: the editor shows it, and tells them of another one.
    """

    def __init__(self, widget: QWidget, column: ShownColumn[Any], filters: TableFilters) -> None:
        super().__init__(widget)
        self.column = column
        self._filters = filters
        filters.changed.connect(self._follow)
        filters.wasReset.connect(self.clear)

    @property
    def chosen(self) -> Chosen | None:
        """What the column is filtered by."""
        return self._filters.chosen(self.column.key)

    def choose(self, chosen: Chosen | None) -> None:
        """Filter the column so; None: don't filter it."""
        self._filters.choose(self.column.key, chosen)

    def show_chosen(self, chosen: Chosen | None) -> None:
        """Show what the column is filtered by, which may have been chosen elsewhere."""
        raise NotImplementedError

    @Slot(object)
    def _follow(self, keys: frozenset[str]) -> None:
        if self.column.key in keys:  # the others may be in use just now
            self.show_chosen(self.chosen)
