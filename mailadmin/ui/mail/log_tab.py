"""The Log: every email that was attempted, and what became of it."""

from __future__ import annotations

from array import array
from typing import Self

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from mailadmin.domain.log import LogEntry
from mailadmin.domain.topic import Topic
from mailadmin.store import Store
from mailadmin.ui.bulk.actions import BulkAction
from mailadmin.ui.bulk.undo_history import UndoHistory
from mailadmin.ui.mail.columns import log_columns
from mailadmin.ui.mail.mail_tab import MailTab
from mailadmin.ui.tab.parts import TabParts
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background


class LogTab(MailTab):
    """Table of `LogEntry` with details and Resend (and its undo)."""

    key = "log"
    topics = frozenset((Topic.LOG,))

    def __init__(
        self,
        store: Store,
        background: Background,
        *,
        icons: Icons,
        undo: UndoHistory | None = None,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        model: TableModel[LogEntry] = TableModel(
            log_columns(icons), store.log, background, row_id=lambda row: row.id
        )
        super().__init__(
            store,
            model,
            icons=icons,
            background=background,
            undo=undo,
            settings=settings,
            parent=parent,
        )
        self.details_action = self.add_command(
            "openLogDetailsAction",
            self.tr("&Details…"),
            self._open_current,
            icon=IconName.DETAILS,
            shortcut="Return",
            tip=self.tr("Show the message and every attempt to send it"),
        )
        self.resend_action = self.add_command(
            "resendAction",
            self.tr("Re&send"),
            self._resend,
            icon=IconName.RESEND,
            shortcut="Ctrl+Return",
            tip=self.tr("Queue the selected mail again, the same bytes to the same recipient"),
        )
        self.add_address_commands()
        self.add_undo_command()
        self.table.rowActivated.connect(self.open_details)
        self.update_actions()

    @classmethod
    def of(cls, parts: TabParts) -> Self:
        """The tab for a window."""
        return cls(
            parts.store,
            parts.background,
            icons=parts.icons,
            undo=parts.undo,
            settings=parts.settings,
        )

    def empty_sentence(self) -> str:
        """What an empty table says."""
        return self.tr("Nothing was sent yet. Each email appears here with its first attempt.")

    def open_details(self, email_id: int) -> None:
        """Show the message of an entry and what was tried with it."""
        from mailadmin.ui.details.rows import LOG_ROW

        self.show_details(LOG_ROW, email_id)

    def update_actions(self) -> None:
        """Resend is for what left the queue."""
        super().update_actions()
        count = self.table.selected_count()
        values: list[LogEntry] = self.table.selected_values()
        unknown = count > len(values)
        self.resend_action.setEnabled(
            unknown or any(value.active_queue_id is None for value in values)
        )
        self.details_action.setEnabled(self.table.currentIndex().isValid() and count > 0)

    def _open_current(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self.open_details(self.model.id_at(index.row()))

    def _resend(self) -> None:
        ids = self.table.selected_ids()
        if len(ids) > 1:
            log = self._store.log
            self._bulk.count_first(ids, log.delivered, lambda count: self._ask(ids, count))
        else:
            self._ask(ids, 0)

    def _ask(self, ids: array[int], delivered: int) -> None:
        """Confirm it, with a warning of what reaches its recipients twice."""
        question = self.tr("Queue {count} messages again?")
        if delivered:
            question += "\n\n" + self.tr(
                "{delivered} of them were delivered already: their recipients will get them twice."
            ).replace("{delivered}", self.locale().toString(delivered))
        action = BulkAction(
            self.resend_action.text(),
            self._store.queue.resend,
            self.tr("Queuing again: {done} of {total}."),
            self.tr("1 message was queued again."),
            self.tr("{count} messages were queued again."),
            undone=(
                self.tr("1 message was taken out of the queue again."),
                self.tr("{count} messages were taken out of the queue again."),
            ),
        )
        self._bulk.ask(
            ids, question, self.resend_action.text(), lambda: self._bulk.run(action, ids)
        )
