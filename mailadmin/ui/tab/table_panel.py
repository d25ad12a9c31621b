"""A table with what belongs around it: what to do when it is empty, how many rows there are."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from mailadmin.ui.filters.chips import FilterChips
from mailadmin.ui.table.counts import TableCounts
from mailadmin.ui.table.view import TableView


class EmptyState(QWidget):
    """One sentence and at most one button, in the middle of an empty table."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self._sentence = QLabel(self)
        self._sentence.setObjectName("emptySentence")
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setWordWrap(True)
        self._button = QToolButton(self)
        self._button.setObjectName("emptyButton")
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.addStretch(1)
        layout.addWidget(self._sentence)
        layout.addSpacing(8)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)

    def say(self, sentence: str, action: QAction | None) -> None:
        """Show `sentence`, and `action` as a button below it."""
        self._sentence.setText(sentence)
        self._button.setVisible(action is not None)
        if action is not None:
            self._button.setDefaultAction(action)
            # a default action's icon-only look is for toolbars
            self._button.setAccessibleName(action.text().replace("&", ""))
        self.show()
        self.raise_()


class TablePanel(QWidget):
    """`table` with its chips above it, an empty state over it and the numbers below it."""

    def __init__(
        self,
        table: TableView[Any],
        chips: FilterChips,
        counts: TableCounts,
        *,
        empty: str,
        no_match: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._table = table
        self._model = table.table_model()
        self._empty = empty
        self._no_match = no_match
        self._empty_action: QAction | None = None
        self._reset_action: QAction | None = None
        self._chips = chips
        self._overlay = EmptyState(table)  # a child of the viewport would be scrolled with it
        self._overlay.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(chips)
        layout.addWidget(table, 1)
        footer = QHBoxLayout()
        footer.setContentsMargins(4, 0, 4, 2)
        footer.addWidget(counts)
        layout.addLayout(footer)
        table.viewport().installEventFilter(self)
        self._model.totalChanged.connect(self._show_state)
        self._model.loadedFirst.connect(self._show_state)
        self._model.modelReset.connect(self._show_state)
        self._show_state()

    def set_empty_action(self, action: QAction | None) -> None:
        """The button of an empty table."""
        self._empty_action = action
        self._show_state()

    def set_reset_action(self, action: QAction) -> None:
        """The button of a table whose filter finds nothing, and the one after the chips."""
        self._reset_action = action
        self._chips.set_reset_action(action)
        self._show_state()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the empty state over the table's rows, below the header."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place_overlay()
        return super().eventFilter(watched, event)

    def _show_state(self) -> None:
        if not self._model.loaded or self._model.total:
            self._overlay.hide()
        elif self._model.filtered:
            self._overlay.say(self._no_match, self._reset_action)
        else:
            self._overlay.say(self._empty, self._empty_action)
        self._place_overlay()

    def _place_overlay(self) -> None:
        self._overlay.setGeometry(self._table.viewport().geometry())
