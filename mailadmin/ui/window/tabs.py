"""The three tabs; empty tables stand in their places until they are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QTableView, QTabWidget, QWidget

if TYPE_CHECKING:
    from mailadmin.ui.tab.table_tab import TableTab


class WindowTabs(QTabWidget):
    """Providers, Queue and Log."""

    KEYS = ("providers", "queue", "log")

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tabs: tuple[TableTab, ...] = ()
        self.setObjectName("mainTabs")
        self.setAccessibleName(self.tr("Providers, Queue and Log"))
        self.setDocumentMode(True)
        self._empty = [QTableView(self) for _ in self.KEYS]
        titles = (self.tr("Providers"), self.tr("Queue"), self.tr("Log"))
        for table, title in zip(self._empty, titles, strict=True):
            self.addTab(table, title)

    @property
    def tabs(self) -> Sequence[TableTab]:
        """Providers, Queue and Log, in this order; none before `furnish`."""
        return self._tabs

    @property
    def current(self) -> TableTab | None:
        """The tab in front, None before `furnish`."""
        return self._tabs[self.currentIndex()] if self._tabs else None

    def furnish(self, tabs: Sequence[TableTab]) -> None:
        """Replace the empty tables by the tabs."""
        front = self.currentIndex()
        with QSignalBlocker(self):
            for index, (tab, empty) in enumerate(zip(tabs, self._empty, strict=True)):
                self.removeTab(index)
                empty.deleteLater()
                self.insertTab(index, tab, tab.title())
                tab.totalChanged.connect(self._show_totals)
            self.setCurrentIndex(front)
        self._empty.clear()
        self._tabs = tuple(tabs)

    def show_tab(self, index: int) -> None:
        """Bring a tab to the front, with the focus on its table."""
        self.setCurrentIndex(index)
        self.currentWidget().setFocus(QtCore.Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _show_totals(self) -> None:
        for index, tab in enumerate(self._tabs):
            self.setTabText(index, tab.title())
