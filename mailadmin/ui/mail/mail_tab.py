"""What Queue and Log have in common: each of their rows is one email to one address."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from mailadmin.store import Store
from mailadmin.ui.bulk.actions import BulkActions
from mailadmin.ui.bulk.undo_history import UndoHistory
from mailadmin.ui.tab.table_tab import TableTab
from mailadmin.ui.table.cell_link import CellLink
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background

if TYPE_CHECKING:
    from mailadmin.ui.details.message_details import MessageDetails
    from mailadmin.ui.details.rows import RowKind


class MailTab(TableTab):
    """A table of emails, with what can be done to many of them and undone."""

    historyRequested = Signal(str)  # the address whose whole history is to be shown
    providerRequested = Signal(int)  # the provider that is to be shown
    queueRequested = Signal()  # the Queue is to be shown

    undo_action: QAction | None = None  # until it is made
    copy_address_action: QAction | None = None

    def __init__(
        self,
        store: Store,
        model: TableModel[Any],
        *,
        icons: Icons,
        background: Background,
        undo: UndoHistory | None = None,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            model, icons=icons, background=background, settings=settings, parent=parent
        )
        self.undo_history = undo or UndoHistory(self)
        self._store = store
        self._settings = settings
        self._details: set[MessageDetails] = set()  # those that are open
        self._bulk = BulkActions(self, self.message, store, background, self.undo_history)

    def edit_actions(self) -> list[QAction]:
        """Undo, then what every table has, and Copy address."""
        actions = super().edit_actions()
        if self.copy_address_action is not None:
            actions.insert(actions.index(self.select_all_action), self.copy_address_action)
        return actions if self.undo_action is None else [self.undo_action, *actions]

    def add_undo_command(self) -> None:
        """The command that undoes what was done last, in this table or in another one."""
        self.undo_action = self._bulk.undo_action = self.add_command(
            "undoAction",
            self.tr("&Undo"),
            self._bulk.undo,
            icon=IconName.UNDO,
            shortcut=QKeySequence.StandardKey.Undo,
            tip=self.tr("Make the mail what it was before"),
            toolbar=False,
            context=False,
        )
        self.undo_history.changed.connect(self._show_undo)
        self._show_undo()

    def _show_undo(self) -> None:
        if self.undo_action is None:
            return
        step = self.undo_history.last
        self.undo_action.setEnabled(step is not None)
        if step is None:
            self.undo_action.setText(self.tr("&Undo"))
        else:
            self.undo_action.setText(
                self.tr("&Undo {action} ({count})").format(
                    action=step.name, count=self.locale().toString(step.count)
                )
            )

    def add_address_commands(self) -> None:
        """The commands about the addresses of the selected rows."""
        self.copy_address_action = self.add_edit_action(
            "copyAddressAction", self.tr("Copy a&ddress"), self.copying.addresses
        )
        self.add_separator()
        self.history_action = self.add_command(
            "showHistoryAction",
            self.tr("Histor&y of this address"),
            self._ask_for_history,
            icon=IconName.HISTORY,
            shortcut="Ctrl+Shift+H",
            tip=self.tr("Show everything in the Log that went to the address of this row"),
            toolbar=False,
        )
        self.enable_with_current_row(self.history_action)
        link = CellLink(self.table, "email", self.icons, IconName.HISTORY)
        link.setToolTip(self.tr("Show everything that went to this address"))
        link.followed.connect(lambda row: self.historyRequested.emit(row.email))

    def update_actions(self) -> None:
        """Enable what fits the selected rows."""
        super().update_actions()
        if self.copy_address_action is not None:
            self.copy_address_action.setEnabled(self.table.selected_count() > 0)

    def _ask_for_history(self) -> None:
        row = self.table.current_value()
        if row is not None:
            self.historyRequested.emit(row.email)

    # details ------------------------------------------------------------------------------------

    def show_details(self, kind: RowKind, row_id: int) -> None:
        """Show one row's message and attempts, in a window from where the table can be walked."""
        # Imported when it is needed: it brings the MIME code, which the first paint can do without.
        from mailadmin.ui.details.message_details import MessageDetails
        from mailadmin.ui.details.rows import RowWalk

        walk = RowWalk(self.table)
        details = MessageDetails(
            self._store,
            kind,
            row_id,
            background=self.background,
            icons=self.icons,
            neighbour=walk.neighbour,
            settings=self._settings,
            parent=self,
        )
        details.rowShown.connect(walk.go_to)
        details.historyRequested.connect(self.historyRequested)
        details.providerRequested.connect(self.providerRequested)
        details.queueRequested.connect(self.queueRequested)
        self._details.add(details)
        details.destroyed.connect(partial(self._details.discard, details))
        details.show()

    def refresh_details(self) -> None:
        """Have the open details look at how their email stands."""
        for details in list(self._details):
            details.refresh()
