"""Moves and resizes the column of the current cell, for those who don't use a mouse."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QTableView

_STEP = 10  # pixels wider or narrower


class ColumnKeys(QObject):
    """Actions of `table`; left and right are those of the screen, also in a mirrored window."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._table = table
        self._header = table.horizontalHeader()
        self.actions = [
            self._action(name, text, key, handler)
            for name, text, key, handler in (
                (
                    "moveColumnLeftAction",
                    self.tr("Move column left"),
                    "Alt+Shift+Left",
                    lambda: self._move(-1),
                ),
                (
                    "moveColumnRightAction",
                    self.tr("Move column right"),
                    "Alt+Shift+Right",
                    lambda: self._move(1),
                ),
                (
                    "narrowColumnAction",
                    self.tr("Make column narrower"),
                    "Alt+Left",
                    lambda: self._widen(-_STEP),
                ),
                (
                    "widenColumnAction",
                    self.tr("Make column wider"),
                    "Alt+Right",
                    lambda: self._widen(_STEP),
                ),
            )
        ]

    def _action(self, name: str, text: str, key: str, handler: Callable[[], object]) -> QAction:
        action = QAction(text, self._table)
        action.setObjectName(name)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _checked=False: handler())
        self._table.addAction(action)
        return action

    def _section(self) -> int:
        """The column of the current cell, the first one shown if there is none."""
        section = self._table.currentIndex().column()
        if section >= 0 and not self._header.isSectionHidden(section):
            return section
        return self._header.logicalIndex(self._shown()[0])

    def _shown(self) -> list[int]:
        """Places of the columns shown."""
        header = self._header
        return [
            i for i in range(header.count()) if not header.isSectionHidden(header.logicalIndex(i))
        ]

    def _move(self, step: int) -> None:
        if self._table.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            step = -step
        shown = self._shown()
        place = shown.index(self._header.visualIndex(self._section()))
        if 0 <= place + step < len(shown):
            self._header.moveSection(shown[place], shown[place + step])

    def _widen(self, pixels: int) -> None:
        section = self._section()
        width = self._header.sectionSize(section) + pixels
        self._header.resizeSection(section, max(self._header.minimumSectionSize(), width))
