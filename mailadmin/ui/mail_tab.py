"""What Queue and Log have in common: each of their rows is one email to one address."""

from __future__ import annotations

from PySide6.QtCore import Signal

from mailadmin.ui.icon_names import IconName
from mailadmin.ui.table_tab import TableTab


class MailTab(TableTab):
    """A table of emails."""

    historyRequested = Signal(str)  # the address whose whole history is to be shown

    def add_address_commands(self) -> None:
        """The commands about the address of the row with the focus."""
        self.add_separator()
        self.history_action = self.add_command(
            "showHistoryAction",
            self.tr("Histor&y of this address"),
            self._ask_for_history,
            icon=IconName.HISTORY,
            shortcut="Ctrl+H",
            tip=self.tr("Show everything in the Log that went to the address of this row"),
            toolbar=False,
        )
        self.enable_with_current_row(self.history_action)

    def _ask_for_history(self) -> None:
        row = self.table.current_value()
        if row is not None:
            self.historyRequested.emit(row.email)
