"""Links between the tabs: to an address's history, a provider, the mail of one status."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from mailadmin.tables.query import OneOf, TableQuery, TextFilter
from mailadmin.ui.mail.mail_tab import MailTab
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.tab.table_tab import TableTab
from mailadmin.ui.window.main_window import MainWindow


class DrillDown(QObject):
    """Follows the links from one tab to another."""

    def __init__(
        self, window: MainWindow, *, providers: ProvidersTab, queue: MailTab, log: MailTab
    ) -> None:
        super().__init__(window)
        self._window = window
        self._providers = providers
        self._queue = queue
        self._log = log
        for tab in (queue, log):
            tab.historyRequested.connect(self.show_history)
            tab.providerRequested.connect(self.show_provider)
            tab.queueRequested.connect(self.show_queue)

    def show_history(self, address: str) -> None:
        """Show the Log of one address, in upper or lower case, the newest entry on top."""
        self._show(
            self._log,
            TableQuery("attempt_date").with_filter("email", TextFilter(f'="{address}"')),
        )

    def show_statuses(self, statuses: Sequence[str]) -> None:
        """Show the mail in the queue that has one of these statuses."""
        query = self._queue.model.query.unfiltered()
        self._show(self._queue, query.with_filter("status", OneOf(tuple(statuses))))

    def show_provider(self, provider_id: int) -> None:
        """Open the details of a provider, over its tab."""
        self._window.show_tab(self._providers)
        self._providers.open_provider(provider_id)

    def show_queue(self) -> None:
        """Bring the Queue to the front, with the filters it has."""
        self._window.show_tab(self._queue)

    def _show(self, tab: TableTab, query: TableQuery) -> None:
        tab.show_query(query)
        self._window.show_tab(tab)
