"""The keys of the search field, which are those of a column's filter."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from mailadmin.ui.filters.editor_keys import EditorKeys
from mailadmin.ui.tab.table_tab import TableTab


class SearchKeys(EditorKeys):
    """Down and Enter go to the table of the tab in front; Esc clears `edit`, then goes there."""

    def __init__(self, edit: QLineEdit, current_tab: Callable[[], TableTab]) -> None:
        super().__init__(edit)
        self._edit = edit
        self._current_tab = current_tab
        self.leave.connect(self._leave)

    def clear(self) -> bool:
        """Clear the search; return whether there was one."""
        searched = bool(self._edit.text())
        self._edit.clear()
        return searched

    def settle(self) -> None:
        """Search at once."""
        self._current_tab().search_now()

    def _leave(self) -> None:
        self._current_tab().setFocus(Qt.FocusReason.OtherFocusReason)
