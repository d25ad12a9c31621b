"""The main window: tabs, one toolbar, menus made of the same actions, a status bar.

It is made in steps, because the user should see it before the parts behind it are even imported:
with empty tables and menus first. So nothing may be imported here that imports the store. The
namespace `Qt` must not be touched before the first paint: that creates all its enums, which takes
12 ms, a tenth of a bare window's start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Signal, Slot
from PySide6.QtWidgets import QMainWindow, QMenu, QVBoxLayout, QWidget

from mailadmin.ui.theme.appearance import Appearance
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.window.actions import WindowActions
from mailadmin.ui.window.menus import WindowMenus
from mailadmin.ui.window.status_bar import StatusBar
from mailadmin.ui.window.tabs import TabPlace, WindowTabs
from mailadmin.ui.window.toolbar import WindowToolBar

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QCloseEvent,
        QDragEnterEvent,
        QDropEvent,
        QResizeEvent,
        QShowEvent,
    )
    from PySide6.QtWidgets import QLineEdit

    from mailadmin.domain.topic import Topic
    from mailadmin.place.location import Location
    from mailadmin.ui.tab.parts import TabParts
    from mailadmin.ui.tab.table_tab import TableTab
    from mailadmin.ui.widgets.inline_message import InlineMessage
    from mailadmin.ui.window.tabs import Tab

_DEFAULT_SIZE = QSize(1100, 680)
_MINIMUM_SIZE = QSize(640, 400)


class MainWindow(QMainWindow):
    """Shows the tabs and the sender's state; other parts connect to its actions.

    It begins with empty tables, empty menus and disabled actions. `complete` adds what needs no
    store, `furnish` the tabs, and `set_ready` says that all is connected.

    Signals: `started` once, when it is ready and on its way to the screen; `closing` when the user
    closes the window and no part objected; `filesDropped` with the paths of dropped files, and
    `filesOpened` with the files to open for another program, once the window is ready.
    """

    started = Signal()
    closing = Signal()
    filesDropped = Signal(list)
    filesOpened = Signal(list)

    def __init__(
        self,
        places: Sequence[TabPlace],
        *,
        icons: Icons,
        settings: QSettings,
        appearance: Appearance,
        location: Location,
    ) -> None:
        super().__init__()
        self.icons = icons
        self.settings = settings
        self._was_shown = False
        self._ready = False
        self._appearance = appearance
        self._may_close: list[Callable[[], bool]] = []
        self._files: list[Path] = []  # to be opened once the window is ready
        icons.setParent(self)
        self.setObjectName("mainWindow")
        self.setWindowTitle(self.tr("Mail Admin"))
        self.setMinimumSize(_MINIMUM_SIZE)
        self.own_actions = WindowActions(self, icons)
        self._make_center(places)
        self._toolbar = WindowToolBar(self, self.own_actions)
        self._toolbar.search_edit.textChanged.connect(self._search)
        self.addToolBar(self._toolbar)
        self.status = StatusBar(self, location)
        self.setStatusBar(self.status)
        self._menus = WindowMenus(self, self.own_actions, self._tabs)
        self._restore()

    def complete(self) -> None:
        """Make what the first paint does without: the contents of the menus, the window's icon."""
        self.setWindowIcon(self.icons.application_icon())
        self.own_actions.complete()
        self.own_actions.reset_filters.triggered.connect(self._reset_filters)
        self._toolbar.complete(self.own_actions.find)
        self._menus.complete(self._appearance)

    def furnish(self, parts: TabParts) -> None:
        """Make the tabs of `parts` and replace the empty tables by them.

        A text typed into the search field by then is searched for.
        """
        from mailadmin.ui.window.search_keys import SearchKeys

        tabs = [place.load().of(parts) for place in self._tabs.places]
        typed = self.search_edit.text()
        SearchKeys(self.search_edit, lambda: self.current_tab)
        self._tabs.furnish(tabs)
        self._menus.furnish()
        for tab in tabs:
            tab.searchReplaced.connect(self._show_search)
        if typed:
            self.current_tab.set_search(typed)
        self._tabs.currentChanged.connect(self._tab_changed)
        self._tab_changed()
        if self._was_shown and not self.search_edit.hasFocus():
            self.current_tab.setFocus()

    def set_ready(self) -> None:
        """Let the user act: the store is open and all is connected."""
        self.setAcceptDrops(True)
        self.own_actions.enable()
        self._ready = True
        if self._was_shown:
            self.started.emit()
        self._hand_on_files()

    @property
    def ready(self) -> bool:
        """Whether the user can act."""
        return self._ready

    @property
    def tabs(self) -> Sequence[TableTab]:
        """All tabs, in their order; none before `furnish`."""
        return self._tabs.tabs

    def tab(self, kind: type[Tab]) -> Tab:
        """The tab of this class. Only to be asked for after `furnish`."""
        return self._tabs.tab(kind)

    @property
    def current_tab(self) -> TableTab:
        """The tab in front; only valid after `furnish`."""
        return self.tabs[self._tabs.currentIndex()]

    @property
    def search_edit(self) -> QLineEdit:
        """The search field of the toolbar."""
        return self._toolbar.search_edit

    @property
    def edit_menu(self) -> QMenu:
        """The Edit menu."""
        return self._menus.edit

    @property
    def view_menu(self) -> QMenu:
        """The View menu."""
        return self._menus.view

    def show_tab(self, tab: TableTab) -> None:
        """Bring a tab to the front, with the focus on its table."""
        self._tabs.show_tab(self.tabs.index(tab))

    def ask_before_closing(self, may_close: Callable[[], bool]) -> None:
        """Call `may_close` before the window closes; if it returns False the window stays open."""
        self._may_close.append(may_close)

    # --- messages, made when there is something to say ----------------------------------------

    @cached_property
    def banner(self) -> InlineMessage:
        """The message at the very top, about something that lasts as long as the window is open."""
        return self._message("bannerMessage", 0, closable=False)

    @cached_property
    def notice(self) -> InlineMessage:
        """The message about something that concerns no single tab."""
        return self._message("noticeMessage", self._center.count() - 1)

    def _message(self, name: str, place: int, *, closable: bool = True) -> InlineMessage:
        from mailadmin.ui.widgets.inline_message import InlineMessage

        message = InlineMessage(self.icons, self.centralWidget(), closable=closable)
        message.setObjectName(name)
        self._center.insertWidget(place, message)
        return message

    def put_above_tabs(self, widget: QWidget) -> None:
        """Put `widget` above the tabs."""
        self._center.insertWidget(self._center.count() - 1, widget)

    def _make_center(self, places: Sequence[TabPlace]) -> None:
        center = QWidget(self)
        self._tabs = WindowTabs(places, center)
        self._center = QVBoxLayout(center)
        self._center.setContentsMargins(6, 6, 6, 2)
        self._center.addWidget(self._tabs, 1)
        self.setCentralWidget(center)

    # --- what is shown ------------------------------------------------------------------------

    def come_forward(self) -> None:
        """Show the window in front of others, also when it was minimised."""
        self.setWindowState(self.windowState() & ~QtCore.Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def open_files(self, paths: Sequence[Path]) -> None:
        """Have the user asked about these message files as soon as the window is ready."""
        self._files += paths
        if self._ready:
            self._hand_on_files()

    def _hand_on_files(self) -> None:
        files, self._files = self._files, []
        if files:
            self.filesOpened.emit(files)

    def refresh_views(self, topic: Topic) -> None:
        """Have the tabs that show this topic read it again."""
        for tab in self.tabs:
            if topic in tab.topics:
                tab.refresh()

    @Slot()
    def _tab_changed(self) -> None:
        self._toolbar.show_tab_actions(self.current_tab.toolbar_actions())
        self._toolbar.fit(self.width())
        self._show_search()

    @Slot()
    def _show_search(self) -> None:
        self.search_edit.setText(self.current_tab.search)

    @Slot(str)
    def _search(self, text: str) -> None:
        if self.tabs:
            self.current_tab.set_search(text)

    @Slot()
    def _reset_filters(self) -> None:
        self.search_edit.clear()
        self.current_tab.reset_filters()

    # --- events -------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept dragged files, once they can be queued."""
        if self._ready and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Report the dropped files."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.filesDropped.emit(paths)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the toolbar into the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._toolbar.fit(event.size().width())

    def showEvent(self, event: QShowEvent) -> None:
        """Report once that the window is on its way to the screen."""
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            self._tabs.currentWidget().setFocus()
            if self._ready:
                self.started.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icons in the colours of a new palette."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ThemeChange):
            self.icons.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close unless a part with unsaved changes objects; remember geometry and tab."""
        if not all(may_close() for may_close in self._may_close):
            event.ignore()
            return
        self._save()
        event.accept()
        self.closing.emit()

    def _restore(self) -> None:
        geometry = self.settings.value("window/geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(_DEFAULT_SIZE)
        self._tabs.bring_to_front(str(self.settings.value("window/tab", "")))

    def _save(self) -> None:
        self.settings.setValue("window/geometry", self.saveGeometry())
        self.settings.setValue("window/tab", self._tabs.front)
        for tab in self.tabs:
            tab.table.save_state()
        self.settings.sync()
