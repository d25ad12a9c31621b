"""Tells of rows that came in above those on screen, and leads to them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QToolButton

from mailadmin.ui.table.row_changes import RowChanges
from mailadmin.ui.table.view import TableView
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons

_MARGIN = 6  # pixels from the top of the rows


class NewRows(QToolButton):
    """A button over the first row of `table`, there while rows came in above and were not seen."""

    def __init__(self, table: TableView[Any], icons: Icons) -> None:
        super().__init__(table)  # a child of the viewport would be scrolled with the rows
        self._table = table
        self._count = 0
        self.setObjectName("newRowsButton")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setToolTip(self.tr("Go to the top of the table"))
        icons.put(self, IconName.TO_TOP)
        self.hide()
        model = table.table_model()
        self._changes: RowChanges | None = None
        model.changesAboutToApply.connect(self._note)
        model.changesApplied.connect(self._count_new)
        model.modelReset.connect(self._forget)
        table.verticalScrollBar().valueChanged.connect(self._scrolled)
        table.viewport().installEventFilter(self)
        self.clicked.connect(self._go)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _note(self, changes: RowChanges) -> None:
        self._changes = changes

    def _count_new(self) -> None:
        # The table, which was connected first, has its rows back in their places.
        top = self._table.verticalScrollBar().value()
        if self._changes is not None and top > 0:
            above = [run for run in self._changes.inserted if run.first < top]
            self._count += sum(min(run.end, top) - run.first for run in above)
        self._changes = None
        self._show_count()

    def _scrolled(self, top: int) -> None:
        if top == 0 and self._count:
            self._forget()

    def _forget(self) -> None:
        self._count = 0
        self._show_count()

    def _show_count(self) -> None:
        if self._count == 1:
            self.setText(self.tr("1 new row"))
        elif self._count:
            count = self.locale().toString(self._count)
            self.setText(self.tr("{count} new rows").format(count=count))
        self.setVisible(self._count > 0)
        self._place()

    def _place(self) -> None:
        self.adjustSize()
        rows = self._table.viewport().geometry()
        self.move(rows.center().x() - self.width() // 2, rows.top() + _MARGIN)

    def _go(self) -> None:
        self._forget()
        self._table.scrollToTop()
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)
