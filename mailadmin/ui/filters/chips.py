"""What a table is filtered by, as chips that can be taken away one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from mailadmin.ui.filters.table_filters import TableFilters
from mailadmin.ui.filters.words import in_words
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.widgets.flow_box import FlowBox
from mailadmin.ui.words.cell_text import one_line, plain_tooltip

_LONGEST = 40  # average characters of a chip; the whole text is in the tooltip
SEARCH = "search"
"""The key of the chip of the search; no column has it."""


class FilterChips(FlowBox):
    """One chip for the search, one for each column that is filtered, then Reset filters.

    Hidden while nothing is filtered.
    """

    searchRemoved = Signal()
    emptied = Signal()  # the last chip was taken away, and the focus with it

    def __init__(self, filters: TableFilters, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filters = filters
        self._icons = icons
        self._chips: dict[str, Chip] = {}
        self._reset: QToolButton | None = None
        self._reset_action: QAction | None = None
        self.setObjectName("filterChips")
        self.setAccessibleName(self.tr("Active filters"))
        filters.changed.connect(self.refresh)
        filters.model.queryChanged.connect(self.refresh)
        self.refresh()

    def set_reset_action(self, action: QAction) -> None:
        """What the last button does."""
        self._reset_action = action
        if self._reset is not None:
            self._reset.setDefaultAction(action)

    def refresh(self) -> None:
        """Show what is filtered now; chips that stay keep the focus, or get that of one gone."""
        wanted = self._wanted()
        focused = self._has_focus()
        for key in [key for key in self._chips if key not in wanted]:
            self._drop(key)
        for key, (text, remove) in wanted.items():
            if key not in self._chips:
                chip = Chip(key, self._icons, self)
                chip.removed.connect(remove)
                self._chips[key] = chip
            self._chips[key].set_text(text)
        if wanted:
            self._put_in_order(list(wanted))
        self.setVisible(bool(wanted))
        if focused and not wanted:
            self.emptied.emit()

    def _wanted(self) -> dict[str, tuple[str, Callable[[], object]]]:
        """Key → what the chip says and does."""
        wanted: dict[str, tuple[str, Callable[[], object]]] = {}
        template = self.tr("{column}: {filter}")
        search = self._filters.model.query.search
        if search:
            text = template.format(column=self.tr("Search"), filter=one_line(search))
            wanted[SEARCH] = (text, self.searchRemoved.emit)
        for column, chosen in self._filters.active():
            text = template.format(column=column.heading(), filter=in_words(chosen, column))
            wanted[column.key] = (text, partial(self._filters.choose, column.key, None))
        return wanted

    def _put_in_order(self, keys: list[str]) -> None:
        if self._reset is None:
            self._reset = QToolButton(self)
            self._reset.setObjectName("resetFiltersButton")
            self._reset.setAutoRaise(True)
            self._reset.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._reset.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            if self._reset_action is not None:
                self._reset.setDefaultAction(self._reset_action)
        widgets: list[QWidget] = [*(self._chips[key] for key in keys), self._reset]
        self.set_widgets(widgets)
        buttons: list[QWidget] = [*(self._chips[key].button for key in keys), self._reset]
        for first, second in pairwise(buttons):
            self.setTabOrder(first, second)

    def _has_focus(self) -> bool:
        return any(button.hasFocus() for button in self.findChildren(QToolButton))

    def _drop(self, key: str) -> None:
        chip = self._chips.pop(key)
        chip.hide()  # hands the focus on to the next one
        chip.deleteLater()


class Chip(QFrame):
    """What one filter lets through, and a button that takes it away."""

    removed = Signal()

    def __init__(self, key: str, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"{key}Chip")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QToolButton(self)
        self.button.setObjectName(f"{key}ChipButton")
        self.button.setAutoRaise(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        size = round(self.fontMetrics().height() * 0.8)
        self.button.setIconSize(QSize(size, size))
        icons.put(self.button, IconName.CLOSE)
        self.button.clicked.connect(self.removed)
        self.button.installEventFilter(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._label)
        layout.addWidget(self.button)

    @property
    def text(self) -> str:
        """The whole of what it says."""
        return self.accessibleName()

    def set_text(self, text: str) -> None:
        """Say this, shortened if it is long."""
        if text == self.text:
            return
        metrics = self.fontMetrics()
        room = metrics.averageCharWidth() * _LONGEST
        self._label.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
        self.setAccessibleName(text)
        self.setToolTip(plain_tooltip(text))
        self.button.setToolTip(plain_tooltip(self.tr("Remove this filter")))
        self.button.setAccessibleName(self.tr("Remove filter {filter}").format(filter=text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Delete, Backspace and Enter remove it too."""
        if isinstance(event, QKeyEvent) and event.key() in (
            Qt.Key.Key_Delete,
            Qt.Key.Key_Backspace,
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
        ):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # not for the rows selected in the table
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.button.click()
                return True
        return super().eventFilter(watched, event)
