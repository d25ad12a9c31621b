"""The window's menus, made of the same actions as the toolbar and those of the tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from mailadmin.ui.window.tabs import translated

if TYPE_CHECKING:
    from mailadmin.ui.theme.appearance import Appearance
    from mailadmin.ui.window.actions import WindowActions
    from mailadmin.ui.window.tabs import WindowTabs


class WindowMenus(QObject):
    """File, Edit, those of the tabs, View and Help, empty until `complete`."""

    def __init__(self, window: QMainWindow, actions: WindowActions, tabs: WindowTabs) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._tabs = tabs
        self._view_actions: list[QAction] = []  # those of the tab in front
        bar = window.menuBar()
        self._file = bar.addMenu(self.tr("&File"))
        self.edit: QMenu = bar.addMenu(self.tr("&Edit"))
        self._tab_menus = [bar.addMenu(translated(place.menu)) for place in tabs.places]
        self.view: QMenu = bar.addMenu(self.tr("&View"))
        self._help = bar.addMenu(self.tr("&Help"))

    def complete(self, appearance: Appearance) -> None:
        """Fill the menus with the window's own actions, which are complete by now."""
        actions = self._actions
        self._fill_file_menu()
        self._fill_view_menu()
        appearance.add_to(self.view.addMenu(self.tr("&Appearance")))
        self._help.addActions([actions.welcome, actions.open_log_folder, actions.about])
        self.follow_tab()
        self.edit.aboutToShow.connect(self.follow_tab)
        self.view.aboutToShow.connect(self.follow_tab)
        # Some menus change with the tab; the shortcut keys of these actions work all the same.
        self._window.addActions(
            [actions.find, actions.export, actions.reset_filters, actions.preferences]
        )

    def furnish(self) -> None:
        """Add the tabs' actions to the menus."""
        for menu, tab in zip(self._tab_menus, self._tabs.tabs, strict=True):
            menu.addActions(tab.actions())
        self.follow_tab()

    @Slot()
    def follow_tab(self) -> None:
        """Put the actions of the tab in front into Edit and View."""
        tab = self._tabs.current
        self.edit.clear()
        if tab is not None:
            self.edit.addActions(tab.edit_actions())
            self.edit.addSeparator()
        self.edit.addAction(self._actions.find)
        self.edit.addSeparator()
        self.edit.addAction(self._actions.preferences)
        for action in self._view_actions:
            self.view.removeAction(action)
        self._view_actions = [] if tab is None else list(tab.view_actions())
        self.view.insertActions(self._actions.reset_filters, self._view_actions)

    def _fill_file_menu(self) -> None:
        menu, actions = self._file, self._actions
        menu.addActions([actions.new_message, actions.import_files, actions.export])
        menu.addSeparator()
        menu.addAction(actions.pause)
        menu.addSeparator()
        menu.addActions([actions.backup, actions.check])
        menu.addSeparator()
        menu.addAction(actions.quit)

    def _fill_view_menu(self) -> None:
        for index, place in enumerate(self._tabs.places):
            action = QAction(translated(place.title), self)
            action.setObjectName(f"{place.key}TabAction")
            action.setShortcut(QKeySequence(f"Ctrl+{index + 1}"))
            action.triggered.connect(lambda _=False, shown=index: self._tabs.show_tab(shown))
            self.view.addAction(action)
        self.view.addSeparator()
        self.view.addAction(self._actions.reset_filters)
