"""Shows the sender's notices to the administrator, one at a time."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction

from mailadmin.delivery import Condition, Notice, NoticeKind, SenderState
from mailadmin.tables.query import UNDECIDED, OneOf
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.window.main_window import MainWindow


class SenderNotices(QObject):
    """Shows notices above the tabs, each with the button that leads to its cause.

    A notice stays until the administrator closes it, and the next one waits. The notice that a
    provider rests goes away by itself when the provider works again.
    """

    def __init__(self, window: MainWindow, *, providers: ProvidersTab, queue: QueueTab) -> None:
        super().__init__(window)
        self._window = window
        self._providers = providers
        self._queue = queue
        self._waiting: list[Notice] = []
        self._shown: Notice | None = None
        window.notice.dismissed.connect(self._next)

    @Slot(object)
    def tell(self, notice: Notice) -> None:
        """Show `notice`, or keep it until the notices before it are closed."""
        self._waiting.append(notice)
        if not self._window.notice.text:
            self._next()

    def follow(self, state: SenderState) -> None:
        """Remove the notices that are out of date by the sender's new state."""

        def over(notice: Notice) -> bool:
            condition = state.conditions.get(notice.provider.id)
            return (
                notice.kind is NoticeKind.PROVIDER_RESTING
                and condition is not None
                and condition.condition is Condition.READY
            )

        self._waiting = [notice for notice in self._waiting if not over(notice)]
        if self._shown is not None and over(self._shown):
            self._window.notice.dismiss()

    @Slot()
    def _next(self) -> None:
        self._shown = None
        if not self._waiting:
            return
        notice = self._waiting.pop(0)
        if notice.kind is NoticeKind.NEEDS_DECISION:
            action = QAction(self.tr("Show the mail"), self._window.notice)
            action.triggered.connect(self._show_undecided)
        else:
            action = QAction(self.tr("Open provider"), self._window.notice)
            action.triggered.connect(partial(self._open_provider, notice.provider.id))
        self._window.notice.show_warning(self._sentence(notice), action)
        self._shown = notice

    def _sentence(self, notice: Notice) -> str:
        match notice.kind:
            case NoticeKind.PASSWORD_NEEDED:
                text = self.tr("Nothing is sent through “{provider}”: {reason}")
            case NoticeKind.PROVIDER_PAUSED:
                text = self.tr("Sending through “{provider}” is paused: {reason}")
            case NoticeKind.PROVIDER_RESTING:
                text = self.tr(
                    "“{provider}” failed several times in a row and rests for a while: {reason}"
                )
            case NoticeKind.NEEDS_DECISION:
                text = self.tr(
                    "Nobody knows whether mail sent through “{provider}” arrived. It is held "
                    "until you decide. {reason}"
                )
        return text.format(provider=notice.provider.caption, reason=notice.text)

    def _show_undecided(self) -> None:
        self._window.notice.dismiss()
        self._queue.filters.choose("status", OneOf((UNDECIDED,)))
        self._window.show_tab(self._queue)

    def _open_provider(self, provider_id: int | None, _checked: bool = False) -> None:
        self._window.notice.dismiss()
        self._window.show_tab(self._providers)
        if provider_id is not None:
            self._providers.open_provider(provider_id)
