"""What all tabs have in common: a table, its actions, a place for messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

from PySide6.QtCore import QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mailadmin.domain.errors import KnownError
from mailadmin.domain.topic import Topic
from mailadmin.tables.query import TableQuery
from mailadmin.ui.export.exporting import Exporting
from mailadmin.ui.filters.chips import FilterChips
from mailadmin.ui.filters.row import FilterRow
from mailadmin.ui.filters.table_filters import TableFilters
from mailadmin.ui.tab.parts import TabParts
from mailadmin.ui.tab.table_panel import TablePanel
from mailadmin.ui.tab.view_actions import ViewActions
from mailadmin.ui.table.copy_rows import CopyRows
from mailadmin.ui.table.counts import TableCounts
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.table.new_rows import NewRows
from mailadmin.ui.table.view import TableView
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage

Shortcut = QKeySequence | QKeySequence.StandardKey | str | None

_SEARCH_DELAY = 150  # milliseconds without a key before the table is searched
_UPDATE_DELAY = 50  # milliseconds in which changes of rows make one look at the actions


class TableTab(QWidget):
    """A tab for the main window, which takes its actions into toolbar and menu.

    A subclass sets `key` and `topics`, says what it is made `of` and its `empty_sentence`, adds its
    commands and tells in `update_actions` which of them fit the selected rows. Who puts it into a
    window gives it its title as `windowTitle`.
    """

    key: ClassVar[str]
    topics: ClassVar[frozenset[Topic]]

    totalChanged = Signal(int)
    searchReplaced = Signal(str)  # the text searched for is another one, not typed by the user

    def __init__(
        self,
        model: TableModel[Any],
        *,
        icons: Icons,
        background: Background,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"{self.key}Tab")
        model.setParent(self)
        self.model = model
        self.icons = icons
        self.background = background
        self._toolbar_actions: list[QAction] = []
        self._context_actions: list[QAction | None] = []
        self._row_actions: list[QAction] = []
        self.message = InlineMessage(icons, self)
        self.message.setObjectName(f"{self.key}Message")
        self.table: TableView[Any] = TableView(
            model,
            object_name=f"{self.key}Table",
            accessible_name=self.windowTitle(),
            settings=settings,
        )
        self.windowTitleChanged.connect(self.table.setAccessibleName)
        self.filters = TableFilters(model, settings, self.table.objectName(), self)
        self.filter_row = FilterRow(self.table, self.filters, background)
        chips = FilterChips(self.filters, icons)
        chips.searchRemoved.connect(self._remove_search)
        chips.emptied.connect(self.table.setFocus)
        self.panel = TablePanel(
            self.table,
            chips,
            TableCounts(self.table, background),
            empty=self.empty_sentence(),
            no_match=self.tr("Nothing here matches the search and the filters."),
            parent=self,
        )
        NewRows(self.table, icons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.message)
        layout.addWidget(self.panel, 1)
        self.setFocusProxy(self.table)
        self.copying = CopyRows(self.table, self.message, background)
        self._make_edit_actions()
        self.view = ViewActions(self.table, self.filter_row, self.panel, settings)
        self.exporting = Exporting(
            self.table, self.message, background, name=self.key, settings=settings, parent=self
        )
        self._problem: KnownError | None = None  # why the table could not be read
        self._search = model.query.search
        self._search_timer = QTimer(self, singleShot=True, interval=_SEARCH_DELAY)
        self._search_timer.timeout.connect(self._start_search)
        self._update_timer = QTimer(self, singleShot=True, interval=_UPDATE_DELAY)
        self._update_timer.timeout.connect(self.update_actions)
        self.table.selectionSized.connect(self._selection_sized)
        model.dataChanged.connect(self._update_soon)
        model.totalChanged.connect(self.totalChanged)
        model.failed.connect(self._reading_failed)
        model.recovered.connect(self._reading_recovered)

    # what a subclass says -----------------------------------------------------------------------

    @classmethod
    def of(cls, parts: TabParts) -> Self:
        """The tab for a window, made of what it needs of the `parts`."""
        raise NotImplementedError

    def empty_sentence(self) -> str:
        """What an empty table says, and what to do about it."""
        raise NotImplementedError

    # for the main window ------------------------------------------------------------------------

    def title(self) -> str:
        """What stands on the tab."""
        return self.windowTitle()

    def toolbar_actions(self) -> list[QAction]:
        """Actions for the toolbar while this tab is in front; its menu takes `actions()`."""
        return list(self._toolbar_actions)

    def edit_actions(self) -> list[QAction]:
        """Actions for the Edit menu while this tab is in front."""
        return [self.copy_rows_action, self.copy_cell_action, self.select_all_action]

    def view_actions(self) -> list[QAction]:
        """Actions for the View menu while this tab is in front."""
        return self.view.all()

    @property
    def search(self) -> str:
        """The text searched for."""
        return self._search

    def set_search(self, text: str) -> None:
        """Show the rows that hold `text`, when no other text follows at once."""
        if text != self._search:
            self._search = text
            self._search_timer.start()

    def search_now(self) -> None:
        """Don't wait for another text."""
        if self._search_timer.isActive():
            self._search_timer.stop()
            self._start_search()

    def reset_filters(self) -> None:
        """Show all rows."""
        self._search = ""
        self._search_timer.stop()
        self.filters.reset()

    def show_query(self, query: TableQuery) -> None:
        """Show what `query` finds, in its order, whatever was filtered before."""
        self._search = query.search
        self._search_timer.stop()
        self.table.column_choice.show_order(query.sort, descending=query.descending)
        self.filters.show_query(query)
        self.searchReplaced.emit(query.search)

    def refresh(self) -> None:
        """Look at the store again soon. Cheap to call often."""
        self.model.refresh()

    def export(self) -> None:
        """Ask which rows and columns to write to which file, and write them."""
        self.exporting.ask()

    def set_empty_action(self, action: QAction) -> None:
        """What the button of the empty table does."""
        self.panel.set_empty_action(action)

    def set_reset_action(self, action: QAction) -> None:
        """What the button does when nothing matches the search."""
        self.panel.set_reset_action(action)

    # for subclasses -----------------------------------------------------------------------------

    def add_command(
        self,
        name: str,
        text: str,
        handler: Callable[[], object],
        *,
        icon: IconName | None = None,
        shortcut: Shortcut = None,
        tip: str = "",
        toolbar: bool = True,
        context: bool = True,
    ) -> QAction:
        """A new action of this tab: in its menu, and in toolbar and context menu if wanted."""
        action = QAction(text, self)
        action.setObjectName(name)
        if icon is not None:
            self.icons.put(action, icon)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
            # The key acts on the table that has the focus: not on one behind it, nor on selected
            # rows while a filter is written.
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.table.addAction(action)
        if tip:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{tip} ({keys})" if keys else tip)
            action.setStatusTip(tip)
        action.triggered.connect(lambda _checked=False: handler())
        self.addAction(action)
        if toolbar:
            self._toolbar_actions.append(action)
        if context:
            self._context_actions.append(action)
        self._set_context_menu()
        return action

    def add_edit_action(
        self,
        name: str,
        text: str,
        handler: Callable[[], object],
        shortcut: Shortcut = None,
        icon: IconName | None = None,
    ) -> QAction:
        """A new action of the table, whose key works while the table has the focus."""
        action = QAction(text, self)
        action.setObjectName(name)
        action.setShortcut(QKeySequence(shortcut or ""))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        if icon is not None:
            self.icons.put(action, icon)
        action.triggered.connect(lambda _checked=False: handler())
        self.table.addAction(action)
        return action

    def enable_with_current_row(self, action: QAction) -> None:
        """Have an action of `add_command` enabled while a row has the focus and is selected."""
        self._row_actions.append(action)
        action.setEnabled(False)

    def add_separator(self) -> None:
        """A line between two groups of commands in menu and context menu."""
        separator = QAction(self)
        separator.setSeparator(True)
        self.addAction(separator)
        self._context_actions.append(None)

    def update_actions(self) -> None:
        """Enable what fits the selected rows."""
        self.copy_rows_action.setEnabled(self.table.selected_count() > 0)
        self.copy_cell_action.setEnabled(self.table.currentIndex().isValid())
        on_row = self.table.currentIndex().isValid() and self.table.selected_count() > 0
        for action in self._row_actions:
            action.setEnabled(on_row)

    # inside -------------------------------------------------------------------------------------

    def _make_edit_actions(self) -> None:
        self.copy_rows_action = self.add_edit_action(
            "copyRowsAction",
            self.tr("&Copy rows"),
            self.copying.rows,
            QKeySequence.StandardKey.Copy,
            IconName.COPY,
        )
        self.copy_cell_action = self.add_edit_action(
            "copyCellAction", self.tr("Copy c&ell"), self.copying.cell, "Ctrl+Shift+C"
        )
        self.select_all_action = self.add_edit_action(
            "selectAllAction",
            self.tr("Select &all"),
            self.table.selectAll,
            QKeySequence.StandardKey.SelectAll,
        )
        self._set_context_menu()

    def _set_context_menu(self) -> None:
        self.table.set_context_actions([*self._context_actions, None, *self.edit_actions()])

    def _remove_search(self) -> None:
        self._search = ""
        self._search_timer.stop()
        self.model.set_search("")
        self.searchReplaced.emit("")

    def _start_search(self) -> None:
        self.model.set_search(self._search.strip())

    def _selection_sized(self) -> None:
        self.update_actions()

    def _update_soon(self) -> None:
        if not self._update_timer.isActive():
            self._update_timer.start()

    def _reading_failed(self, error: KnownError) -> None:
        self._problem = error
        self.message.show_error(error)

    def _reading_recovered(self) -> None:
        if self._problem is not None and self.message.problem is self._problem:
            self.message.dismiss()  # and nothing that was said since, as an offer to undo
        self._problem = None
