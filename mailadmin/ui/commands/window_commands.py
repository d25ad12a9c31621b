"""The commands behind the main window's actions, and the sender's news in the window.

Dialogs are imported when they are opened, so that the window is there sooner.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from mailadmin.delivery import Activity, SenderState
from mailadmin.delivery.pause import is_paused
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.store import Store
from mailadmin.ui.commands.drill_down import DrillDown
from mailadmin.ui.commands.pause_command import PauseCommand
from mailadmin.ui.commands.sender_notices import SenderNotices
from mailadmin.ui.commands.storage_messages import StorageMessages
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.change_events import ChangeEvents
from mailadmin.ui.threads.sender import Sender
from mailadmin.ui.window.main_window import MainWindow
from mailadmin.ui.words.status_text import status_icon, status_text

if TYPE_CHECKING:
    from mailadmin.delivery.options import DeliveryOptions
    from mailadmin.ui.compose.import_files import FileImport, ImportResult
    from mailadmin.ui.upkeep.database_actions import DatabaseActions

_TOLD = (QueueStatus.DEFERRED, QueueStatus.UNCERTAIN, QueueStatus.HELD, QueueStatus.FAILED)


class WindowCommands(QObject):
    """Connects the window, its tabs and the sender."""

    def __init__(
        self,
        window: MainWindow,
        *,
        providers: ProvidersTab,
        queue: QueueTab,
        log: LogTab,
        store: Store,
        background: Background,
        sender: Sender,
        events: ChangeEvents,
        icons: Icons,
        options: DeliveryOptions | None = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._providers = providers
        self._queue = queue
        self._log = log
        self._store = store
        self._background = background
        self._sender = sender
        self._icons = icons
        self._options = options
        self._import: FileImport | None = None  # made when it is needed
        self._made_database_actions: DatabaseActions | None = None  # made when it is needed
        self._state: SenderState | None = None
        self.drill_down = DrillDown(window, providers=providers, queue=queue, log=log)
        queue.countsChanged.connect(self._show_counts)
        window.status.countClicked.connect(lambda status: self.drill_down.show_statuses([status]))
        self._notices = SenderNotices(window, providers=providers, queue=queue)
        self._storage = StorageMessages(
            [window.notice, *(tab.message for tab in window.tabs)], store, background, self
        )
        actions = window.own_actions
        actions.new_message.triggered.connect(self._compose)
        actions.import_files.triggered.connect(self._ask_for_files)
        window.filesDropped.connect(self._import_files)
        window.filesOpened.connect(self._ask_about_files)
        actions.export.triggered.connect(self._export)
        actions.preferences.triggered.connect(self._prefer)
        actions.backup.triggered.connect(lambda: self._database_actions().ask_for_backup())
        actions.check.triggered.connect(lambda: self._database_actions().check())
        actions.about.triggered.connect(self._about)
        window.started.connect(self._read_tables)
        window.ask_before_closing(self._drafts_may_close)
        queue.set_empty_action(actions.new_message)
        for tab in window.tabs:
            tab.set_reset_action(actions.reset_filters)
            for action in tab.actions():
                action.setAutoRepeat(False)  # a key that is held down changes mail only once
        PauseCommand(actions.pause, sender, paused=is_paused(store), parent=self)
        sender.stateChanged.connect(self._show_state)
        sender.noticed.connect(self._notices.tell)
        events.changed.connect(self._changed)
        icons.changed.connect(self._show_again)

    @Slot()
    def _read_tables(self) -> None:
        """Have the tables read, the one in front first."""
        for tab in sorted(self._window.tabs, key=lambda tab: tab is not self._window.current_tab):
            tab.refresh()

    @Slot()
    def _compose(self) -> None:
        from mailadmin.ui.compose.dialog import ComposeDialog

        dialog = ComposeDialog(
            self._store, self._background, icons=self._icons, parent=self._window
        )
        dialog.queued.connect(lambda _: self._show_queued(self.tr("1 message was queued.")))
        dialog.show()

    def _show_queued(self, text: str) -> None:
        self._window.show_tab(self._queue)
        self._queue.message.show_ok(text, seconds=8)

    def _drafts_may_close(self) -> bool:
        """Ask about drafts and dialogs with unsaved changes; False keeps the window open."""
        from mailadmin.ui.compose.dialog import ComposeDialog
        from mailadmin.ui.providers.dialog import ProviderDialog

        open_dialogs: list[ComposeDialog | ProviderDialog] = [
            *self._window.findChildren(ComposeDialog),
            *self._window.findChildren(ProviderDialog),
        ]
        for dialog in open_dialogs:
            if dialog.isVisible() and dialog.has_changes():
                dialog.raise_()
                dialog.reject()
                return False
        return True

    def _file_import(self) -> FileImport:
        if self._import is None:
            from mailadmin.ui.compose.import_files import FileImport

            self._import = FileImport(self._store, self._background, parent=self)
            self._import.finished.connect(self._imported)
        return self._import

    def _database_actions(self) -> DatabaseActions:
        if self._made_database_actions is None:
            from mailadmin.ui.upkeep.database_actions import DatabaseActions

            self._made_database_actions = DatabaseActions(
                self._store,
                self._background,
                self._window.notice,
                icons=self._icons,
                window=self._window,
            )
        return self._made_database_actions

    @Slot()
    def _ask_for_files(self) -> None:
        self._file_import().ask(self._window)

    @Slot(list)
    def _import_files(self, paths: list[Path]) -> None:
        self._file_import().start(paths)

    @Slot(list)
    def _ask_about_files(self, paths: list[Path]) -> None:
        from mailadmin.ui.compose.opened_files import ask_about_files

        ask_about_files(paths, self._file_import().start, self._window)

    @Slot(object)
    def _imported(self, result: ImportResult) -> None:
        if result.taken or result.known:
            self._show_queued(result.summary())
        if result.refused:
            from mailadmin.ui.compose.import_report import ImportReport

            ImportReport(result, self._icons, self._window).show()

    @Slot()
    def _export(self) -> None:
        self._window.current_tab.export()

    @Slot()
    def _prefer(self) -> None:
        from mailadmin.ui.preferences.dialog import PreferencesDialog

        PreferencesDialog(
            self._store,
            self._background,
            icons=self._icons,
            defaults=self._options,
            parent=self._window,
        ).open()

    @Slot()
    def _about(self) -> None:
        from mailadmin.ui.upkeep.about import about_box

        about_box(
            self._window, self._icons, str(self._store.location), self._store.sqlite_version
        ).open()

    @Slot(object)
    def _show_state(self, state: SenderState) -> None:
        self._state = state
        icon, role = status_icon(state)
        self._window.status.show_sender(
            self._icons.icon(icon, role), status_text(state, self._window.locale())
        )
        self._window.status.show_health(state.healthy_providers)
        self._providers.show_conditions(state.conditions)
        self._notices.follow(state)
        if state.activity is not Activity.STORAGE_TROUBLE:
            self._storage.look()

    @Slot(object)
    def _show_counts(self, counts: dict[QueueStatus, int]) -> None:
        """Show how much mail is in each of the statuses that an administrator should notice."""
        self._window.status.show_counts({status: counts.get(status, 0) for status in _TOLD})

    @Slot()
    def _show_again(self) -> None:
        if self._state is not None:
            self._show_state(self._state)

    @Slot(object)
    def _changed(self, topic: Topic) -> None:
        self._window.refresh_views(topic)
        if topic in {Topic.QUEUE, Topic.LOG}:
            for tab in (self._queue, self._log):
                tab.refresh_details()
