"""The Queue: unsent mail, and what can be done with it."""

from __future__ import annotations

from typing import Self

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from mailadmin.domain.queue import QueuedEmail, QueueStatus, QueueSummary, Resolution
from mailadmin.domain.topic import Topic
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from mailadmin.ui.bulk.actions import BulkAction
from mailadmin.ui.bulk.decisions import any_open, question, resolving, send_now_question
from mailadmin.ui.bulk.undo_history import UndoHistory
from mailadmin.ui.mail.columns import queue_columns
from mailadmin.ui.mail.mail_tab import MailTab
from mailadmin.ui.tab.parts import TabParts
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background

_WAITING = frozenset((QueueStatus.QUEUED, QueueStatus.DEFERRED, QueueStatus.UNCERTAIN))
_RESTING = frozenset((QueueStatus.HELD, QueueStatus.FAILED))


class QueueTab(MailTab):
    """Table of `QueuedEmail` with Delete, Send now, Hold, Release, their undo, and details."""

    key = "queue"
    topics = frozenset((Topic.QUEUE,))

    countsChanged = Signal(object)  # dict[QueueStatus, int]: how much mail is in each state

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
        self._total = 0
        model: TableModel[QueuedEmail] = TableModel(
            queue_columns(icons),
            store.queue,
            background,
            row_id=lambda row: row.id,
            query=TableQuery(descending=False),  # what is sent next comes first
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
        self._make_commands()
        self.add_address_commands()
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

    def refresh(self) -> None:
        """Look at the table and count the queue again soon."""
        super().refresh()
        # The table may be filtered, or not be read because nobody sees it.
        self.background.run(
            self._store.queue.summary,
            self._show_summary,
            lambda _: None,  # when the store can't be read the table says so
            key=self._show_summary.__qualname__,
            owner=self,
        )

    def _show_summary(self, summary: QueueSummary) -> None:
        self._total = summary.total
        self.totalChanged.emit(summary.total)
        self.countsChanged.emit(summary.counts)

    def title(self) -> str:
        """The tab's name with the number of unsent mail."""
        if not self._total:
            return self.windowTitle()
        return f"{self.windowTitle()} {self.locale().toString(self._total)}"

    def empty_sentence(self) -> str:
        """What an empty table says."""
        return self.tr("No mail is waiting to be sent.")

    def open_details(self, queue_id: int) -> None:
        """Show the message of a row and what was tried with it."""
        from mailadmin.ui.details.rows import QUEUE_ROW

        self.show_details(QUEUE_ROW, queue_id)

    def update_actions(self) -> None:
        """Enable what at least one of the selected rows allows."""
        super().update_actions()
        count = self.table.selected_count()
        values: list[QueuedEmail] = self.table.selected_values()
        unknown = count > len(values)
        statuses = {value.status for value in values}

        def allowed(*fitting: QueueStatus) -> bool:
            return unknown or not statuses.isdisjoint(fitting)

        self.delete_action.setEnabled(allowed(*_WAITING, *_RESTING))
        self.send_now_action.setEnabled(allowed(*_WAITING, *_RESTING))
        self.hold_action.setEnabled(allowed(*_WAITING))
        self.release_action.setEnabled(allowed(QueueStatus.HELD))
        undecided = unknown or any_open(values)
        for action in (self.resend_uncertain_action, self.treat_as_sent_action):
            action.setEnabled(undecided)
        self.details_action.setEnabled(self.table.currentIndex().isValid() and count > 0)

    # commands -----------------------------------------------------------------------------------

    def _make_commands(self) -> None:
        self.details_action = self.add_command(
            "openDetailsAction",
            self.tr("&Details…"),
            self._open_current,
            icon=IconName.DETAILS,
            shortcut="Return",
            tip=self.tr("Show the message and every attempt to send it"),
            toolbar=False,
        )
        self.add_separator()
        self.send_now_action = self.add_command(
            "sendNowAction",
            self.tr("&Send now"),
            self._send_now,
            icon=IconName.SEND_NOW,
            shortcut="Ctrl+Return",
            tip=self.tr("Try the selected mail at once, also what is held or failed"),
        )
        self.hold_action = self.add_command(
            "holdAction",
            self.tr("&Hold"),
            self._hold,
            icon=IconName.HOLD,
            shortcut="Ctrl+H",
            tip=self.tr("Keep the selected mail from being sent until you release it"),
        )
        self.release_action = self.add_command(
            "releaseAction",
            self.tr("&Release"),
            self._release,
            icon=IconName.RELEASE,
            shortcut="Ctrl+R",
            tip=self.tr("Let the selected held mail be sent again"),
        )
        self.add_separator()
        self.resend_uncertain_action = self.add_command(
            "resendUncertainAction",
            self.tr("Send &again"),
            lambda: self._resolve(Resolution.RESEND, self.resend_uncertain_action),
            icon=IconName.RESEND,
            tip=self.tr("Send mail again of which nobody knows whether it arrived"),
        )
        self.treat_as_sent_action = self.add_command(
            "treatAsSentAction",
            self.tr("&Treat as sent"),
            lambda: self._resolve(Resolution.SENT, self.treat_as_sent_action),
            icon=IconName.SUCCESS,
            tip=self.tr("Take mail out of the queue that has arrived, as you found out"),
        )
        self.add_separator()
        self.delete_action = self.add_command(
            "deleteQueuedAction",
            self.tr("De&lete"),
            self._delete,
            icon=IconName.DELETE,
            shortcut=QKeySequence.StandardKey.Delete,
            tip=self.tr("Take the selected mail out of the queue without sending it"),
        )
        self.add_undo_command()

    def _open_current(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self.open_details(self.model.id_at(index.row()))

    def _ask(
        self, question: str, button: QAction, action: BulkAction, *, for_one: str = ""
    ) -> None:
        ids = self.table.selected_ids()
        self._bulk.ask(
            ids, question, button.text(), lambda: self._bulk.run(action, ids), for_one=for_one
        )

    def _resolve(self, resolution: Resolution, button: QAction) -> None:
        one, many = question(resolution)
        self._ask(many, button, resolving(self._store, resolution), for_one=one)

    def _delete(self) -> None:
        action = BulkAction(
            self.delete_action.text(),
            self._store.queue.delete,
            self.tr("Deleting: {done} of {total}."),
            self.tr("1 message was deleted."),
            self.tr("{count} messages were deleted."),
            undone=(
                self.tr("1 message is back in the queue."),
                self.tr("{count} messages are back in the queue."),
            ),
        )
        self._ask(self.tr("Delete {count} messages from the queue?"), self.delete_action, action)

    def _send_now(self) -> None:
        action = BulkAction(
            self.send_now_action.text(),
            self._store.queue.send_now,
            self.tr("Making due: {done} of {total}."),
            self.tr("1 message is due now."),
            self.tr("{count} messages are due now."),
            undone=self._as_before(),
        )
        ids = self.table.selected_ids()
        button = self.send_now_action.text()

        def ask(possible_duplicates: int) -> None:
            one, many = "", self.tr("Try {count} messages at once?")
            if possible_duplicates:
                one, many = send_now_question()
            self._bulk.ask(ids, many, button, lambda: self._bulk.run(action, ids), for_one=one)

        self._bulk.count_first(ids, self._store.queue.possible_duplicates, ask)

    def _hold(self) -> None:
        action = BulkAction(
            self.hold_action.text(),
            self._store.queue.hold,
            self.tr("Holding: {done} of {total}."),
            self.tr("1 message is held until you release it."),
            self.tr("{count} messages are held until you release them."),
            undone=self._as_before(),
        )
        self._ask(self.tr("Hold {count} messages?"), self.hold_action, action)

    def _release(self) -> None:
        action = BulkAction(
            self.release_action.text(),
            self._store.queue.release,
            self.tr("Releasing: {done} of {total}."),
            self.tr("1 message was released."),
            self.tr("{count} messages were released."),
            undone=self._as_before(),
        )
        self._ask(self.tr("Release {count} messages?"), self.release_action, action)

    def _as_before(self) -> tuple[str, str]:
        return (
            self.tr("1 message is what it was before."),
            self.tr("{count} messages are what they were before."),
        )
