"""The actions of the window itself, for menus and toolbar. Each tab has its own besides."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons


class WindowActions(QObject):
    """New message, Import, Pause sending and so on.

    At the first paint there are only the toolbar's actions, still without shortcut keys: the rest
    would delay it. `complete` makes the others and `enable` lets the actions be used; all but Quit
    are disabled until then.
    """

    export: QAction
    reset_filters: QAction
    find: QAction
    preferences: QAction
    backup: QAction
    check: QAction
    quit: QAction
    welcome: QAction
    open_log_folder: QAction
    about: QAction

    def __init__(self, window: QMainWindow, icons: Icons) -> None:
        super().__init__(window)
        self._window = window
        self._icons = icons
        self.new_message = self._action(
            "newMessageAction", self.tr("&New message…"), IconName.NEW_MESSAGE
        )
        self.import_files = self._action("importAction", self.tr("&Import…"), IconName.IMPORT)
        self.pause = self._action("pauseSendingAction", self.tr("&Pause sending"), IconName.PAUSE)
        self.pause.setCheckable(True)
        self.pause.toggled.connect(self._show_pause)

    def complete(self) -> None:
        """Make the actions that are only in the menus, and give all actions keys and tips."""
        self._complete_toolbar_actions()
        self._make_table_actions()
        self._make_program_actions()

    def enable(self) -> None:
        """Enable all actions."""
        for action in self.findChildren(QAction):
            action.setEnabled(True)

    def _complete_toolbar_actions(self) -> None:
        _describe(
            self.new_message,
            self.tr("Write a message and queue it"),
            QKeySequence(QKeySequence.StandardKey.New),
        )
        _describe(
            self.import_files,
            self.tr("Queue messages from .eml files; you can also drop them on the window"),
            QKeySequence(self.tr("Ctrl+O")),
        )
        _describe(
            self.pause,
            self.tr("Send nothing more until you resume; new mail is still queued"),
            QKeySequence(self.tr("Ctrl+P")),
        )

    def _make_table_actions(self) -> None:
        self.export = self._action("exportAction", self.tr("&Export…"), IconName.EXPORT)
        _describe(
            self.export,
            self.tr("Save rows of this table as a CSV or XLSX file"),
            QKeySequence(self.tr("Ctrl+Shift+S")),
        )
        self.reset_filters = self._action(
            "resetFiltersAction", self.tr("&Reset filters"), IconName.RESET_FILTERS
        )
        _describe(
            self.reset_filters,
            self.tr("Show all rows of this table again"),
            QKeySequence(self.tr("Ctrl+Shift+F")),
        )
        self.find = self._action("findAction", self.tr("&Find"), IconName.SEARCH)
        _describe(
            self.find,
            self.tr("Search this table"),
            QKeySequence(QKeySequence.StandardKey.Find),
        )

    def _make_program_actions(self) -> None:
        self.preferences = self._action(
            "preferencesAction", self.tr("&Preferences…"), IconName.SETTINGS
        )
        _describe(
            self.preferences,
            self.tr("How often mail is tried again, and what to do in doubt"),
            QKeySequence(self.tr("Ctrl+,")),
        )
        self.preferences.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.backup = self._action("backupAction", self.tr("&Back up database…"), IconName.DATABASE)
        _describe(self.backup, self.tr("Write a copy of the database while mail goes in and out"))
        self.check = self._action("checkAction", self.tr("&Check database…"), IconName.CERTIFICATE)
        _describe(
            self.check, self.tr("Look for damage in the database and in every stored message")
        )
        self.welcome = self._action("welcomeAction", self.tr("&Welcome"), IconName.MAIL)
        _describe(
            self.welcome, self.tr("The steps to a provider that is tested and takes your mail")
        )
        self.open_log_folder = self._action(
            "openLogFolderAction", self.tr("Open &log folder"), IconName.BROWSE
        )
        _describe(
            self.open_log_folder,
            self.tr("Show the log files of the program, which tell of its troubles"),
        )
        self.about = self._action("aboutAction", self.tr("&About Mail Admin"), IconName.ABOUT)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.quit = self._action("quitAction", self.tr("&Quit"), IconName.QUIT)
        self.quit.setShortcut(QKeySequence.StandardKey.Quit)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.quit.setEnabled(True)
        self.quit.triggered.connect(self._window.close)

    def _action(self, name: str, text: str, icon: IconName) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        action.setEnabled(False)
        action.setAutoRepeat(False)  # a key that is held down must not pause and resume in turns
        self._icons.put(action, icon)
        return action

    @Slot(bool)
    def _show_pause(self, paused: bool) -> None:
        if paused:
            self.pause.setText(self.tr("&Resume sending"))
            self._icons.put(self.pause, IconName.RESUME)
        else:
            self.pause.setText(self.tr("&Pause sending"))
            self._icons.put(self.pause, IconName.PAUSE)


def _describe(action: QAction, tip: str, keys: QKeySequence | None = None) -> None:
    if keys is None:
        action.setToolTip(tip)
    else:
        action.setShortcut(keys)
        named = keys.toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tip} ({named})")
    action.setStatusTip(tip)
