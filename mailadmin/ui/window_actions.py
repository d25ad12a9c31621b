"""The actions of the window itself, as menus and toolbar show them. Each tab brings its own."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from mailadmin.ui.icon_names import IconName
from mailadmin.ui.icons import Icons


class WindowActions(QObject):
    """New message, Import, Pause sending and so on.

    Until `set_ready` they are disabled, but for Quit, and only those of the toolbar have icons:
    drawing the others would keep the window waiting for its first paint.
    """

    def __init__(self, window: QMainWindow, icons: Icons) -> None:
        super().__init__(window)
        self._icons = icons
        self._without_icon: list[tuple[QAction, IconName]] = []
        self._make_toolbar_actions()
        for action, icon in self._without_icon:
            icons.put(action, icon)
        self._without_icon.clear()
        self._make_menu_actions()
        self.quit.triggered.connect(window.close)
        self._set_enabled(enabled=False)

    def set_ready(self) -> None:
        """Let the actions be used; draw the icons that were left away."""
        for action, icon in self._without_icon:
            self._icons.put(action, icon)
        self._without_icon.clear()
        self._set_enabled(enabled=True)

    def _set_enabled(self, *, enabled: bool) -> None:
        for action in self.findChildren(QAction):
            action.setEnabled(enabled or action is self.quit)

    def _make_toolbar_actions(self) -> None:
        self.new_message = self._action(
            "newMessageAction",
            self.tr("&New message…"),
            IconName.NEW_MESSAGE,
            QKeySequence.StandardKey.New,
            self.tr("Write a message and queue it"),
        )
        self.import_files = self._action(
            "importAction",
            self.tr("&Import…"),
            IconName.IMPORT,
            QKeySequence(self.tr("Ctrl+O")),
            self.tr("Queue messages from .eml files; you can also drop them on the window"),
        )
        self.pause = self._action(
            "pauseSendingAction",
            self.tr("&Pause sending"),
            IconName.PAUSE,
            QKeySequence(self.tr("Ctrl+P")),
            self.tr("Send nothing more until you resume; new mail is still queued"),
        )
        self.pause.setCheckable(True)
        self.pause.toggled.connect(self._show_pause)

    def _make_menu_actions(self) -> None:
        self.export = self._action(
            "exportAction",
            self.tr("&Export…"),
            IconName.EXPORT,
            QKeySequence(self.tr("Ctrl+Shift+S")),
            self.tr("Save what this table shows as a CSV file"),
        )
        self.reset_filters = self._action(
            "resetFiltersAction",
            self.tr("&Reset filters"),
            IconName.RESET_FILTERS,
            QKeySequence(self.tr("Ctrl+Shift+F")),
            self.tr("Show all rows of this table again"),
        )
        self.find = self._action(
            "findAction",
            self.tr("&Find"),
            IconName.SEARCH,
            QKeySequence.StandardKey.Find,
            self.tr("Search this table"),
        )
        self.preferences = self._action(
            "preferencesAction",
            self.tr("&Preferences…"),
            IconName.SETTINGS,
            QKeySequence(self.tr("Ctrl+,")),
            self.tr("How often mail is tried again, and what to do in doubt"),
        )
        self.preferences.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.backup = self._action(
            "backupAction",
            self.tr("&Back up database…"),
            IconName.DATABASE,
            tip=self.tr("Write a copy of the database while mail goes in and out"),
        )
        self.check = self._action(
            "checkAction",
            self.tr("&Check database…"),
            IconName.CERTIFICATE,
            tip=self.tr("Look for damage in the database and in every stored message"),
        )
        self.quit = self._action(
            "quitAction", self.tr("&Quit"), IconName.QUIT, QKeySequence.StandardKey.Quit
        )
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.about = self._action("aboutAction", self.tr("&About Mail Admin"), IconName.ABOUT)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)

    def _action(
        self,
        name: str,
        text: str,
        icon: IconName,
        shortcut: QKeySequence | QKeySequence.StandardKey | None = None,
        tip: str = "",
    ) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        self._without_icon.append((action, icon))
        if shortcut is not None:
            action.setShortcut(shortcut)
        if tip:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{tip} ({keys})" if keys else tip)
            action.setStatusTip(tip)
        return action

    @Slot(bool)
    def _show_pause(self, paused: bool) -> None:
        if paused:
            self.pause.setText(self.tr("&Resume sending"))
            self._icons.put(self.pause, IconName.RESUME)
        else:
            self.pause.setText(self.tr("&Pause sending"))
            self._icons.put(self.pause, IconName.PAUSE)
