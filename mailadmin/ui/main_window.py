"""The main window: three tabs, one toolbar, menus made of the same actions, a status bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QIcon,
    QKeySequence,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from mailadmin.core.domain import Topic
from mailadmin.ui.icon_names import IconName
from mailadmin.ui.icons import Icons
from mailadmin.ui.inline_message import InlineMessage
from mailadmin.ui.table_tab import TableTab

_DEFAULT_SIZE = QSize(1100, 680)
_MINIMUM_SIZE = QSize(640, 400)
_ICON_SCALE = 1.2  # of a text line
_SEARCH_WIDTH = 22  # average characters


class MainWindow(QMainWindow):
    """Shows the tabs and what the sender does. What its actions do is passed in by `connect_*`.

    Signals: `shown` once, after the first paint was asked for; `closing` when the user closes the
    window and nothing objected; `filesDropped` with the paths of dropped files.
    """

    shown = Signal()
    closing = Signal()
    filesDropped = Signal(list)

    def __init__(
        self, tabs: Sequence[TableTab], *, icons: Icons, settings: QSettings, database_name: str
    ) -> None:
        super().__init__()
        self._icons = icons
        self._settings = settings
        self._tab_list = list(tabs)
        self._was_shown = False
        self._may_close: list[Callable[[], bool]] = []
        self.setObjectName("mainWindow")
        self.setWindowTitle(self.tr("Mail Admin"))
        self.setWindowIcon(icons.application_icon())
        self.setAcceptDrops(True)
        self.setMinimumSize(_MINIMUM_SIZE)
        self._make_actions()
        self._make_center()
        self._make_toolbar()
        self._make_status_bar(database_name)
        self._make_menus()
        self._restore()
        self._tabs.currentChanged.connect(self._tab_changed)
        self._tab_changed()

    @property
    def tabs(self) -> Sequence[TableTab]:
        """Providers, Queue and Log, in this order."""
        return tuple(self._tab_list)

    @property
    def current_tab(self) -> TableTab:
        """The tab in front."""
        return self._tab_list[self._tabs.currentIndex()]

    def show_tab(self, tab: TableTab) -> None:
        """Bring a tab to the front, with the keys for its table."""
        self._tabs.setCurrentIndex(self._tab_list.index(tab))
        tab.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def ask_before_closing(self, may_close: Callable[[], bool]) -> None:
        """Have `may_close` asked when the window is to be closed; False keeps it open."""
        self._may_close.append(may_close)

    # --- construction -------------------------------------------------------------------------

    def _make_actions(self) -> None:
        self.new_message_action = self._action(
            "newMessageAction",
            self.tr("&New message…"),
            IconName.NEW_MESSAGE,
            QKeySequence.StandardKey.New,
            self.tr("Write a message and queue it"),
        )
        self.import_action = self._action(
            "importAction",
            self.tr("&Import…"),
            IconName.IMPORT,
            QKeySequence(self.tr("Ctrl+O")),
            self.tr("Queue messages from .eml files; you can also drop them on the window"),
        )
        self.export_action = self._action(
            "exportAction",
            self.tr("&Export…"),
            IconName.EXPORT,
            QKeySequence(self.tr("Ctrl+Shift+S")),
            self.tr("Save what this table shows as a CSV file"),
        )
        self.pause_action = self._action(
            "pauseSendingAction",
            self.tr("&Pause sending"),
            IconName.PAUSE,
            QKeySequence(self.tr("Ctrl+P")),
            self.tr("Send nothing more until you resume; new mail is still queued"),
        )
        self.pause_action.setCheckable(True)
        self.pause_action.toggled.connect(self._show_pause)
        self.reset_filters_action = self._action(
            "resetFiltersAction",
            self.tr("&Reset filters"),
            IconName.RESET_FILTERS,
            QKeySequence(self.tr("Ctrl+Shift+F")),
            self.tr("Show all rows of this table again"),
        )
        self.reset_filters_action.triggered.connect(self._reset_filters)
        self.find_action = self._action(
            "findAction",
            self.tr("&Find"),
            IconName.SEARCH,
            QKeySequence.StandardKey.Find,
            self.tr("Search this table"),
        )
        self.find_action.triggered.connect(self._focus_search)
        self.preferences_action = self._action(
            "preferencesAction",
            self.tr("&Preferences…"),
            IconName.SETTINGS,
            QKeySequence(self.tr("Ctrl+,")),
            self.tr("How often mail is tried again, and what to do in doubt"),
        )
        self.preferences_action.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.backup_action = self._action(
            "backupAction",
            self.tr("&Back up database…"),
            IconName.DATABASE,
            tip=self.tr("Write a copy of the database while mail goes in and out"),
        )
        self.check_action = self._action(
            "checkAction",
            self.tr("&Check database…"),
            IconName.CERTIFICATE,
            tip=self.tr("Look for damage in the database and in every stored message"),
        )
        self.quit_action = self._action(
            "quitAction", self.tr("&Quit"), IconName.QUIT, QKeySequence.StandardKey.Quit
        )
        self.quit_action.setMenuRole(QAction.MenuRole.QuitRole)
        self.quit_action.triggered.connect(self.close)
        self.about_action = self._action(
            "aboutAction", self.tr("&About Mail Admin"), IconName.ABOUT
        )
        self.about_action.setMenuRole(QAction.MenuRole.AboutRole)

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
        self._icons.put(action, icon)
        if shortcut is not None:
            action.setShortcut(shortcut)
        if tip:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{tip} ({keys})" if keys else tip)
            action.setStatusTip(tip)
        return action

    def _make_center(self) -> None:
        center = QWidget(self)
        layout = QVBoxLayout(center)
        layout.setContentsMargins(6, 6, 6, 2)
        self.banner = InlineMessage(self._icons, center, closable=False)
        self.banner.setObjectName("bannerMessage")
        self.notice = InlineMessage(self._icons, center)
        self.notice.setObjectName("noticeMessage")
        self._tabs = QTabWidget(center)
        self._tabs.setObjectName("mainTabs")
        self._tabs.setAccessibleName(self.tr("Providers, Queue and Log"))
        self._tabs.setDocumentMode(True)
        for tab in self._tab_list:
            self._tabs.addTab(tab, tab.title())
            tab.totalChanged.connect(self._show_totals)
            tab.searchReplaced.connect(self._show_search)
        layout.addWidget(self.banner)
        layout.addWidget(self.notice)
        layout.addWidget(self._tabs, 1)
        self.setCentralWidget(center)

    def _make_toolbar(self) -> None:
        bar = QToolBar(self.tr("Toolbar"), self)
        bar.setObjectName("mainToolBar")
        bar.setAccessibleName(self.tr("Toolbar"))
        bar.setMovable(False)
        size = round(self.fontMetrics().height() * _ICON_SCALE)
        bar.setIconSize(QSize(size, size))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.toggleViewAction().setEnabled(False)
        bar.addAction(self.new_message_action)
        bar.addAction(self.import_action)
        bar.addAction(self.pause_action)
        bar.addSeparator()
        self._tab_actions_end = QAction(bar, visible=False)
        bar.addAction(self._tab_actions_end)
        spacer = QWidget(bar)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        self.search_edit = QLineEdit(bar)
        self.search_edit.setObjectName("searchEdit")
        self.search_edit.setAccessibleName(self.tr("Search this table"))
        self.search_edit.setPlaceholderText(self.tr("Search"))
        self.search_edit.setToolTip(self.find_action.toolTip())
        self.search_edit.setClearButtonEnabled(True)
        width = self.search_edit.fontMetrics().averageCharWidth() * _SEARCH_WIDTH
        self.search_edit.setMaximumWidth(width)
        self.search_edit.setMinimumWidth(width // 2)
        self.search_edit.textChanged.connect(self._search)
        bar.addWidget(self.search_edit)
        self.addToolBar(bar)
        self._toolbar = bar
        self._toolbar_tab_actions: list[QAction] = []

    def _make_status_bar(self, database_name: str) -> None:
        self._sender_icon = QLabel(self)
        self._sender_label = QLabel(self)
        self._sender_label.setObjectName("senderStateLabel")
        self._sender_label.setAccessibleName(self.tr("What the sender does"))
        self._sender_label.setTextFormat(Qt.TextFormat.PlainText)
        self._health_label = QLabel(self)
        self._health_label.setObjectName("providerHealthLabel")
        self._health_label.setTextFormat(Qt.TextFormat.PlainText)
        self._database_label = QLabel(database_name, self)
        self._database_label.setObjectName("databaseLabel")
        bar = self.statusBar()
        bar.addWidget(self._sender_icon)
        bar.addWidget(self._sender_label, 1)
        bar.addPermanentWidget(self._health_label)
        bar.addPermanentWidget(self._database_label)

    def _make_menus(self) -> None:
        menus = self.menuBar()
        file_menu = menus.addMenu(self.tr("&File"))
        file_menu.addAction(self.new_message_action)
        file_menu.addAction(self.import_action)
        file_menu.addAction(self.export_action)
        file_menu.addSeparator()
        file_menu.addAction(self.pause_action)
        file_menu.addSeparator()
        file_menu.addAction(self.backup_action)
        file_menu.addAction(self.check_action)
        file_menu.addSeparator()
        file_menu.addAction(self.quit_action)
        self.edit_menu = menus.addMenu(self.tr("&Edit"))
        self.edit_menu.aboutToShow.connect(self._fill_edit_menu)
        self._fill_edit_menu()
        for tab, text in zip(
            self._tab_list,
            (self.tr("&Provider"), self.tr("&Queue"), self.tr("&Log")),
            strict=True,
        ):
            menu = menus.addMenu(text)
            menu.addActions(tab.actions())
        self.view_menu: QMenu = menus.addMenu(self.tr("&View"))
        for number, (tab, text) in enumerate(
            zip(
                self._tab_list,
                (self.tr("&Providers"), self.tr("&Queue"), self.tr("&Log")),
                strict=True,
            ),
            start=1,
        ):
            action = QAction(text, self, shortcut=QKeySequence(f"Ctrl+{number}"))
            action.setObjectName(f"{tab.key}TabAction")
            action.triggered.connect(lambda _=False, shown=tab: self.show_tab(shown))
            self.view_menu.addAction(action)
        self.view_menu.addSeparator()
        self.view_menu.addAction(self.reset_filters_action)
        help_menu = menus.addMenu(self.tr("&Help"))
        help_menu.addAction(self.about_action)
        for action in (
            self.find_action,
            self.export_action,
            self.reset_filters_action,
            self.preferences_action,
        ):
            self.addAction(action)

    def _fill_edit_menu(self) -> None:
        self.edit_menu.clear()
        self.edit_menu.addActions(self.current_tab.edit_actions())
        self.edit_menu.addSeparator()
        self.edit_menu.addAction(self.find_action)
        self.edit_menu.addSeparator()
        self.edit_menu.addAction(self.preferences_action)

    # --- what is shown ------------------------------------------------------------------------

    def show_sender(self, icon: QIcon, text: str) -> None:
        """Say in the status bar what the sender does."""
        size = self.fontMetrics().height()
        self._sender_icon.setPixmap(icon.pixmap(size, size))
        self._sender_label.setText(text)
        self._sender_label.setToolTip(text)

    def show_health(self, healthy: int) -> None:
        """Say in the status bar how many providers can send."""
        if healthy == 1:
            text = self.tr("1 provider healthy")
        else:
            text = self.tr("{number} providers healthy").format(number=healthy)
        self._health_label.setText(f"{text} ·")

    def show_location(self, location: str) -> None:
        """Put the whole path of the database into its tooltip."""
        self._database_label.setToolTip(location)

    def come_forward(self) -> None:
        """Show the window in front of others, also when it was minimised."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def refresh_views(self, topic: Topic) -> None:
        """Have the tabs that show this look again."""
        for tab in self._tab_list:
            if topic in tab.topics:
                tab.refresh()

    @Slot(bool)
    def _show_pause(self, paused: bool) -> None:
        if paused:
            self.pause_action.setText(self.tr("&Resume sending"))
            self._icons.put(self.pause_action, IconName.RESUME)
        else:
            self.pause_action.setText(self.tr("&Pause sending"))
            self._icons.put(self.pause_action, IconName.PAUSE)

    @Slot()
    def _show_totals(self) -> None:
        for index, tab in enumerate(self._tab_list):
            self._tabs.setTabText(index, tab.title())

    @Slot()
    def _tab_changed(self) -> None:
        for action in self._toolbar_tab_actions:
            self._toolbar.removeAction(action)
        self._toolbar_tab_actions = list(self.current_tab.toolbar_actions())
        self._toolbar.insertActions(self._tab_actions_end, self._toolbar_tab_actions)
        self._fit_toolbar()
        self._show_search()

    @Slot()
    def _show_search(self) -> None:
        self.search_edit.setText(self.current_tab.search)

    @Slot(str)
    def _search(self, text: str) -> None:
        self.current_tab.set_search(text)

    @Slot()
    def _focus_search(self) -> None:
        self.search_edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_edit.selectAll()

    @Slot()
    def _reset_filters(self) -> None:
        self.search_edit.clear()
        self.current_tab.reset_filters()

    def _fit_toolbar(self) -> None:
        """Leave the words away where they don't fit: nothing may hide in the overflow."""
        bar = self._toolbar
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        if bar.sizeHint().width() > self.width():
            bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    # --- events -------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand on the dropped files."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.filesDropped.emit(paths)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the toolbar into the width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit_toolbar()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell once that the window is on its way to the screen."""
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            self.current_tab.setFocus()
            self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the palette with the icons."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ThemeChange):
            self._icons.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close unless something unsaved objects; remember how the window looked."""
        if not all(may_close() for may_close in self._may_close):
            event.ignore()
            return
        self._save()
        event.accept()
        self.closing.emit()

    def _restore(self) -> None:
        geometry = self._settings.value("window/geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(_DEFAULT_SIZE)
        index = self._settings.value("window/tab", 0)
        self._tabs.setCurrentIndex(int(str(index)) if str(index).isdigit() else 0)

    def _save(self) -> None:
        self._settings.setValue("window/geometry", self.saveGeometry())
        self._settings.setValue("window/tab", self._tabs.currentIndex())
        for tab in self._tab_list:
            tab.table.save_state()
        self._settings.sync()
