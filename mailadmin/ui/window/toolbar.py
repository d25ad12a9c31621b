"""The one toolbar: actions of the window, actions of the tab in front, the search field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtCore
from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QAction, QActionEvent
from PySide6.QtWidgets import QLineEdit, QMainWindow, QSizePolicy, QToolBar, QWidget

from mailadmin.ui.window.actions import WindowActions

_ICON_SCALE = 1.2  # of a text line
_SEARCH_WIDTH = 22  # average characters


class WindowToolBar(QToolBar):
    """Shows icons alone where the words don't fit, so that no action is hidden in the overflow."""

    def __init__(self, window: QMainWindow, actions: WindowActions) -> None:
        super().__init__(window)
        self._tab_actions: list[QAction] = []
        self._width = 0  # pixels of the last fit, 0 before the first
        self._fitted: list[str] = []  # the words at the last fit
        self.setObjectName("mainToolBar")
        self.setWindowTitle(self.tr("Toolbar"))
        self.setAccessibleName(self.tr("Toolbar"))
        self.setMovable(False)
        size = round(self.fontMetrics().height() * _ICON_SCALE)
        self.setIconSize(QSize(size, size))
        self._show_words()
        self.toggleViewAction().setEnabled(False)
        self.addActions([actions.new_message, actions.import_files, actions.pause])
        self.addSeparator()
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._tab_actions_end = self.addWidget(spacer)
        self.search_edit = QLineEdit(self)
        self.search_edit.setObjectName("searchEdit")
        self.search_edit.setAccessibleName(self.tr("Search this table"))
        self.search_edit.setPlaceholderText(self.tr("Search"))
        width = self.search_edit.fontMetrics().averageCharWidth() * _SEARCH_WIDTH
        self.search_edit.setMaximumWidth(width)
        self.search_edit.setMinimumWidth(width // 2)
        self.addWidget(self.search_edit)

    def show_tab_actions(self, actions: Sequence[QAction]) -> None:
        """Show the actions of the tab in front in place of another tab's."""
        for action in self._tab_actions:
            self.removeAction(action)
        self._tab_actions = list(actions)
        self.insertActions(self._tab_actions_end, self._tab_actions)

    def fit(self, width: int) -> None:
        """Show the words if everything fits into `width` pixels."""
        self._width = width
        self._fitted = self._words()
        self._show_words()
        if self.sizeHint().width() > width:
            self.setProperty("toolButtonStyle", "ToolButtonIconOnly")

    def actionEvent(self, event: QActionEvent) -> None:
        """Fit anew after an action has changed its text, as Pause and Resume do."""
        super().actionEvent(event)
        changed = event.type() == QtCore.QEvent.Type.ActionChanged
        if changed and self._width and self._words() != self._fitted:
            self._fitted = self._words()
            QtCore.QTimer.singleShot(0, self, self._fit_again)  # its button gets the text later

    def complete(self, find: QAction) -> None:
        """Connect the action `find` to the search field."""
        self.search_edit.setClearButtonEnabled(True)
        self.search_edit.setToolTip(find.toolTip())
        find.triggered.connect(self._focus_search)

    def _words(self) -> list[str]:
        return [action.text() for action in self.actions()]

    @Slot()
    def _fit_again(self) -> None:
        self.fit(self._width)

    def _show_words(self) -> None:
        # Set as a property by name: see main_window about `Qt`.
        self.setProperty("toolButtonStyle", "ToolButtonTextBesideIcon")

    @Slot()
    def _focus_search(self) -> None:
        self.search_edit.setFocus(QtCore.Qt.FocusReason.ShortcutFocusReason)
        self.search_edit.selectAll()
