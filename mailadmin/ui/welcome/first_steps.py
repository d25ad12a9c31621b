"""Leads a new user to the first sent mail, with the welcome and the test message.

Both are imported when they are needed; for a database with providers this costs one query.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from mailadmin.delivery import SenderState
from mailadmin.domain.topic import Topic
from mailadmin.store import Store
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.change_events import ChangeEvents
from mailadmin.ui.threads.sender import Sender
from mailadmin.ui.welcome.steps import CLOSED, Steps, is_wanted, read_steps
from mailadmin.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from mailadmin.ui.welcome.panel import WelcomePanel
    from mailadmin.ui.welcome.trial_dialog import TrialDialog

_FAREWELL = 20_000  # milliseconds that the finished welcome stays to be read


class FirstSteps(QObject):
    """Shows the welcome if it is wanted, updates its steps, and hides it at the end."""

    def __init__(
        self,
        window: MainWindow,
        *,
        providers: ProvidersTab,
        queue: QueueTab,
        store: Store,
        background: Background,
        sender: Sender,
        events: ChangeEvents,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._providers = providers
        self._queue = queue
        self._store = store
        self._background = background
        self._panel: WelcomePanel | None = None
        self._trial: TrialDialog | None = None
        self._steps = Steps()
        self._proved: set[int] = set()  # IDs of providers that passed a test during this run
        self._state: SenderState | None = None
        self._farewell = QTimer(self, singleShot=True, interval=_FAREWELL)
        self._farewell.timeout.connect(self._end)
        window.started.connect(self._look_whether_wanted)
        window.own_actions.welcome.triggered.connect(self._ask_for_welcome)
        providers.connectionProved.connect(self._prove)
        providers.testMessageWanted.connect(self.send_test_message)
        sender.stateChanged.connect(self._follow_sender)
        events.changed.connect(self._follow)

    # the welcome --------------------------------------------------------------------------------

    @Slot()
    def _look_whether_wanted(self) -> None:
        # The tables report a database that can't be read.
        self._background.run(
            partial(is_wanted, self._store), self._show_if_wanted, lambda _: None, owner=self
        )

    def _show_if_wanted(self, wanted: bool) -> None:
        if wanted:
            self._show(Steps()).announce()

    @Slot()
    def _ask_for_welcome(self) -> None:
        self._farewell.stop()
        self._read(self._welcome_by_hand)

    def _welcome_by_hand(self, steps: Steps) -> None:
        panel = self._show(steps)
        panel.announce()
        panel.focus_next()

    def _read(self, done: Callable[[Steps], object]) -> None:
        self._background.run(
            partial(read_steps, self._store, frozenset(self._proved)),
            done,
            lambda _: None,
            owner=self,
            long=True,  # it looks for a success in a Log of any length
        )

    def _show(self, steps: Steps) -> WelcomePanel:
        if self._panel is None:
            self._panel = self._make_panel()
        self._steps = steps
        self._panel.show_steps(steps)
        self._panel.show()
        return self._panel

    def _update(self, steps: Steps) -> None:
        if not self._shown:
            return  # closed while the steps were being read
        just_finished = steps.finished and not self._steps.finished
        self._show(steps)
        if just_finished:
            self._remember_closed()
            if self._trial is None:  # otherwise the user reads the test's result first
                self._farewell.start()

    def _make_panel(self) -> WelcomePanel:
        from mailadmin.ui.welcome.panel import WelcomePanel

        panel = WelcomePanel(self._window.icons, self._window)
        self._window.put_above_tabs(panel)
        for first, second in pairwise([self._window.search_edit, *panel.tab_order()]):
            QWidget.setTabOrder(first, second)
        panel.addWanted.connect(self._providers.new_action.trigger)
        panel.testWanted.connect(self._test_connection)
        panel.sendWanted.connect(self._send_through_new)
        panel.demoWanted.connect(self._start_demo)
        panel.closeWanted.connect(self._close)
        return panel

    @Slot()
    def _test_connection(self) -> None:
        provider = self._steps.provider
        if provider is not None:
            self._providers.test_provider(provider.id)

    @Slot()
    def _send_through_new(self) -> None:
        provider = self._steps.provider
        self.send_test_message(0 if provider is None else provider.id)

    @Slot()
    def _start_demo(self) -> None:
        from mailadmin.ui.welcome.demo_process import start_demo

        if not start_demo():
            self._window.notice.show_error(
                self.tr("The demo could not be started. Try “mailadmin --demo” in a terminal.")
            )

    @Slot()
    def _close(self) -> None:
        self._remember_closed()
        self._end()

    @Slot()
    def _end(self) -> None:
        self._farewell.stop()
        if self._panel is not None:
            had_focus = self._panel.isAncestorOf(self._window.focusWidget())
            self._panel.hide()
            if had_focus:
                self._window.current_tab.setFocus()

    def _remember_closed(self) -> None:
        # If the setting can't be saved the welcome is shown once more, which does no harm.
        self._background.write(
            lambda: self._store.settings.set(CLOSED, True), failed=lambda _: None, owner=self
        )

    @property
    def _shown(self) -> bool:
        return self._panel is not None and not self._panel.isHidden()

    @Slot(int)
    def _prove(self, provider_id: int) -> None:
        self._proved.add(provider_id)
        if self._shown:
            self._read(self._update)

    # the test message ---------------------------------------------------------------------------

    @Slot(int)
    def send_test_message(self, provider_id: int) -> None:
        """Open the dialog, or raise the open one; choose this provider unless it is 0."""
        if self._trial is None:
            self._trial = self._make_trial()
        if provider_id:
            self._trial.choose(provider_id)
        self._trial.show()
        self._trial.raise_()
        self._trial.activateWindow()

    def _make_trial(self) -> TrialDialog:
        from mailadmin.ui.welcome.trial_dialog import TrialDialog

        dialog = TrialDialog(
            self._store,
            self._background,
            icons=self._window.icons,
            standings=self._providers.standings,
            parent=self._window,
        )
        dialog.acceptedByServer.connect(self._prove)
        dialog.providerRequested.connect(self._providers.open_provider)
        dialog.resumeRequested.connect(lambda: self._window.own_actions.pause.setChecked(False))
        dialog.queueRequested.connect(lambda: self._window.show_tab(self._queue))
        dialog.finished.connect(self._forget_trial)
        if self._state is not None:
            dialog.follow_sender(self._state)
        return dialog

    @Slot()
    def _forget_trial(self) -> None:
        self._trial = None
        if self._shown and self._steps.finished:
            self._farewell.start()

    # what happens -------------------------------------------------------------------------------

    @Slot(object)
    def _follow_sender(self, state: SenderState) -> None:
        self._state = state
        if self._trial is not None:
            self._trial.follow_sender(state)

    @Slot(object)
    def _follow(self, topic: Topic) -> None:
        if self._trial is not None:
            self._trial.follow(topic)
        if self._shown and topic in {Topic.PROVIDERS, Topic.LOG} and not self._steps.finished:
            self._read(self._update)
