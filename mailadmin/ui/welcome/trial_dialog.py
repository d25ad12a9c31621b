"""The dialog that sends a test message and follows it until the server has answered."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from mailadmin.delivery import Activity, SenderState
from mailadmin.domain.errors import InvalidInput, KnownError
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.topic import Topic
from mailadmin.store import Store
from mailadmin.ui.providers.standing import ProviderStandings
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.welcome.trial_form import TrialForm
from mailadmin.ui.welcome.trial_message import (
    Fate,
    Trial,
    check_recipient,
    enqueue_trial,
    load_fate,
)
from mailadmin.ui.welcome.trial_result import TrialResult
from mailadmin.ui.welcome.trial_words import Remedy, Told, before_queueing, tell
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.errors import explain

_WIDTH = 72  # average characters
_TOPICS = frozenset((Topic.QUEUE, Topic.LOG, Topic.PROVIDERS))


class TrialDialog(QDialog):
    """Sends and follows one test message; it can be closed at any time.

    The rest of the window stays usable; after closing the message stays in the queue.
    """

    acceptedByServer = Signal(int)  # ID of the provider
    providerRequested = Signal(int)
    resumeRequested = Signal()
    queueRequested = Signal()

    def __init__(
        self,
        store: Store,
        background: Background,
        *,
        icons: Icons,
        standings: ProviderStandings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._background = background
        self._icons = icons
        self._standings = standings
        self._trial: Trial | None = None  # the message that is followed
        self._queue_id: int | None = None  # its queue ID; None while it is being stored
        self._fate: Fate | None = None
        self._told: Told | None = None
        self._some_enabled = False
        self._paused = False
        self.setObjectName("trialDialog")
        self.setWindowTitle(self.tr("Send a test message"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._build()
        self._read_providers()

    # construction -------------------------------------------------------------------------------

    def _build(self) -> None:
        self.message = InlineMessage(self._icons, self)
        self.message.setObjectName("trialMessage")
        self.form = TrialForm(self._icons, self)
        self._result = TrialResult(self._icons, self)
        self.form.edited.connect(lambda: self._send.setDefault(True))
        self._result.remedyWanted.connect(self._remedy)
        self._column = column = QVBoxLayout(self)
        column.addWidget(self.message)
        column.addWidget(self.form, 1)
        column.addWidget(self._result)
        column.addWidget(self._make_buttons())
        order = [*self.form.tab_order(), *self._result.tab_order(), self._send, self._close]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)
        self._grow(self.fontMetrics().averageCharWidth() * _WIDTH)
        self.form.setFocus()

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(self)
        self._send = QPushButton(self)
        self._send.setObjectName("trialSendButton")
        self._send.setDefault(True)
        self._icons.put(self._send, IconName.SEND_NOW)
        self._close = QPushButton(self.tr("&Close"), self)
        self._close.setObjectName("trialCloseButton")
        self._close.setAutoDefault(False)
        buttons.addButton(self._send, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self._close, QDialogButtonBox.ButtonRole.RejectRole)
        self._send.clicked.connect(self.send)
        buttons.rejected.connect(self.reject)
        self._enable()
        return buttons

    def _grow(self, width: int) -> None:
        """Make the dialog as high as its contents at this width, if the screen has room."""
        wanted = QSize(width, max(self.height() if self.isVisible() else 0, self._height_at(width)))
        room = self.screen().availableSize() * 0.9
        self.resize(wanted.expandedTo(self.minimumSizeHint()).boundedTo(room))

    def _height_at(self, width: int) -> int:
        self._column.activate()
        return max(self.sizeHint().height(), self._column.totalHeightForWidth(width))

    # the provider -------------------------------------------------------------------------------

    def choose(self, provider_id: int) -> None:
        """Choose this provider, unless a message is being followed."""
        if self._trial is None:
            self.form.choose(provider_id)

    def _read_providers(self) -> None:
        self._background.run(
            self._store.providers.list,
            self._offer,
            self.message.show_error,
            key=("trial providers", id(self)),
            owner=self,
        )

    def _offer(self, providers: Sequence[StoredProvider]) -> None:
        enabled = [each for each in providers if each.enabled]
        self._some_enabled = bool(enabled)
        self.form.offer(enabled)
        if enabled:
            self.message.dismiss()
        else:
            self.message.show_warning(
                self.tr("There is no enabled provider to send this. Add or enable one first.")
            )
        self._enable()

    # sending ------------------------------------------------------------------------------------

    def send(self) -> None:
        """Queue the message, in place of an earlier one that still waits."""
        trial = self.form.trial
        self.form.problems.clear_all()
        if trial is None or not self.form.check():
            return
        self.message.dismiss()
        waiting = self._queue_id
        self._trial = trial
        self._queue_id = self._fate = None
        self._show(before_queueing())
        self._background.write(
            partial(enqueue_trial, self._store, trial, instead_of=waiting),
            self._queued,
            self._not_queued,
            owner=self,
        )

    def _queued(self, queue_id: int) -> None:
        self._queue_id = queue_id
        self._look()

    def _not_queued(self, error: KnownError) -> None:
        self._trial = self._told = None
        self._result.hide()
        self._enable()
        field = error.field if isinstance(error, InvalidInput) else ""
        if not self.form.problems.show(field, explain(error)):
            self.message.show_error(error)

    # following ----------------------------------------------------------------------------------

    def follow(self, topic: Topic) -> None:
        """Read what became of the message, after a change of `topic` in the store."""
        if topic is Topic.PROVIDERS:
            self._read_providers()
        if topic in _TOPICS:
            self._look()

    def follow_sender(self, state: SenderState) -> None:
        """Take note of whether sending is paused."""
        self._paused = state.activity is Activity.PAUSED
        self._tell()

    def _look(self) -> None:
        trial, queue_id = self._trial, self._queue_id
        if trial is None or queue_id is None:
            return
        self._background.run(
            partial(load_fate, self._store, queue_id, trial.provider_id),
            partial(self._found, queue_id),
            lambda _: None,  # the status bar reports a database that can't be read
            key=("trial", id(self)),
            owner=self,
        )

    def _found(self, queue_id: int, fate: Fate) -> None:
        if queue_id == self._queue_id:
            self._fate = fate
            self._tell()

    def _tell(self) -> None:
        trial, fate = self._trial, self._fate
        if trial is None or fate is None:
            return
        standing = None if fate.provider is None else self._standings.of(fate.provider)
        told = tell(fate, standing, paused=self._paused, recipient=check_recipient(trial.to))
        if told.accepted:
            self._trial = self._queue_id = self._fate = None  # its delivery has ended
            self.acceptedByServer.emit(trial.provider_id)
        self._show(told)
        if told.accepted:  # a second Return closes the dialog instead of sending once more
            self._close.setDefault(True)
            self._close.setFocus()

    def _show(self, told: Told) -> None:
        self._told = told
        self._result.show_told(told)
        self._enable()
        self._grow(self.width())

    def _enable(self) -> None:
        told = self._told
        self._send.setEnabled(self._some_enabled and (told is None or told.again))
        self._send.setText(
            self.tr("&Send test message") if told is None else self.tr("&Send another one")
        )
        self._send.setShortcut(QKeySequence("Ctrl+Return"))  # in the text, Return is a new line

    def _remedy(self, remedy: Remedy) -> None:
        match remedy:
            case Remedy.OPEN_PROVIDER if self._trial is not None:
                self.providerRequested.emit(self._trial.provider_id)
            case Remedy.RESUME_SENDING:
                self.resumeRequested.emit()
            case Remedy.SHOW_QUEUE:
                self.queueRequested.emit()
