"""The row of filters in a table's header: makes the editors, each below the title of its column."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from mailadmin.tables.column import Kind
from mailadmin.ui.filters.editor import FilterEditor
from mailadmin.ui.filters.table_filters import TableFilters
from mailadmin.ui.table.column import ShownColumn
from mailadmin.ui.table.view import TableView
from mailadmin.ui.threads.background import Background


class FilterRow(QObject):
    """Editors of `filters` in the header of `table`."""

    def __init__(
        self, table: TableView[Any], filters: TableFilters, background: Background
    ) -> None:
        super().__init__(table)
        self._table = table
        self._filters = filters
        self._background = background
        self._header = table.filter_header
        self._header.editorsMade.connect(self._order_tabs)
        self._header.sectionMoved.connect(self._order_tabs)
        self._header.lookChanged.connect(self._fit)

    @property
    def shown(self) -> bool:
        """Whether there is a row of editors."""
        return self._header.row_shown

    def set_shown(self, shown: bool) -> None:
        """Show or hide the row; hidden filters stay in force."""
        if shown:
            self._header.show_row(self._make, self._height())
        else:
            self._header.hide_row()

    def _height(self) -> int:
        model = QLineEdit()
        model.setFont(self._header.font())
        return model.sizeHint().height()

    @Slot()
    def _fit(self) -> None:
        if self.shown:
            self.set_shown(True)

    def enter(self, section: int) -> None:
        """Bring the keys to the editor of a column, or of the first that can be filtered."""
        self._header.place_editors()
        widget = self._header.editor(section) if section >= 0 else None
        editors = self._header.editors()
        if widget is None and editors:
            widget = editors[0]
        if widget is not None:
            widget.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _make(self, section: int) -> QWidget | None:
        column: ShownColumn[Any] = self._filters.model.columns[section]
        if not column.filterable:
            return None
        editor = self._editor(column)
        editor.widget.setObjectName(f"{column.key}Filter")
        editor.widget.setAccessibleName(self.tr("Filter: {column}").format(column=column.heading()))
        editor.show_chosen(editor.chosen)
        editor.leave.connect(self._go_to_table)
        return editor.widget

    def _editor(self, column: ShownColumn[Any]) -> FilterEditor:
        # Imported when they are made, which is after the table was painted first.
        from mailadmin.ui.filters.dates import DateFilterEditor
        from mailadmin.ui.filters.text import NumberFilterEditor, TextFilterEditor
        from mailadmin.ui.filters.values import ValuesFilterEditor

        match column.kind:
            case Kind.CHOICE:
                return ValuesFilterEditor(column, self._filters, self._background)
            case Kind.DATE:
                return DateFilterEditor(column, self._filters)
            case Kind.NUMBER:
                return NumberFilterEditor(column, self._filters)
            case Kind.TEXT:
                return TextFilterEditor(column, self._filters)

    @Slot()
    def _go_to_table(self) -> None:
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _order_tabs(self) -> None:
        """From the first column to the last, then the table."""
        for first, second in pairwise([*self._header.editors(), self._table]):
            QWidget.setTabOrder(first, second)
