"""The details window of one email: its state, its contents, the attempts to send it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSettings, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from mailadmin.domain.errors import KnownError
from mailadmin.store import Store
from mailadmin.ui.details.attachments import AttachmentsView
from mailadmin.ui.details.attempts_view import AttemptsView
from mailadmin.ui.details.buttons import DetailsButtons
from mailadmin.ui.details.commands import DetailsCommands
from mailadmin.ui.details.decision_bar import DecisionBar
from mailadmin.ui.details.facts import DetailsFacts
from mailadmin.ui.details.find import FindBar
from mailadmin.ui.details.headers import HeadersView
from mailadmin.ui.details.loaded_message import (
    EmailState,
    LoadedMessage,
    load_body,
    load_email_state,
)
from mailadmin.ui.details.memory import DetailsMemory
from mailadmin.ui.details.message_body import MessageBody
from mailadmin.ui.details.preview import PreviewView
from mailadmin.ui.details.rows import Neighbour, RowKind, walk_of
from mailadmin.ui.details.source import SourceView
from mailadmin.ui.details.waiting import DetailsWaiting
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage


def _alone(_row_id: int, _step: int) -> None:
    """Return None: without a table a row has no neighbours."""


class MessageDetails(QDialog):
    """A window of its own beside the main window; Esc closes it, all text can be copied.

    With a `neighbour` it goes from row to row of a table. Slow parts are read in the background; of
    rows asked for in quick succession only the last one is shown. Until then the previous email
    stays, title included, but its buttons are disabled.
    """

    rowShown = Signal(int)  # the row that is shown by a step, for the table to follow
    historyRequested = Signal(str)  # the address whose history should be shown
    providerRequested = Signal(int)
    queueRequested = Signal()

    def __init__(
        self,
        store: Store,
        kind: RowKind,
        row_id: int,
        *,
        background: Background,
        icons: Icons,
        neighbour: Neighbour = _alone,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("messageDetails")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._store = store
        self._kind = kind
        self._background = background
        self._icons = icons
        self._neighbour = neighbour
        self._asked = row_id  # the row that is shown or being read
        self._loaded: LoadedMessage | None = None
        self._state: EmailState | None = None
        self._build()
        self._memory = DetailsMemory(self, self._tabs, settings)
        walk = walk_of(neighbour)
        if walk is not None:
            walk.rowsChanged.connect(self._enable_steps)
        self._name_row(row_id)
        self.show_row(row_id)

    # construction -------------------------------------------------------------------------------

    def _build(self) -> None:
        self._message = InlineMessage(self._icons, self)
        self._message.setObjectName("detailsMessage")
        self._facts = DetailsFacts(self._icons, self)
        self._decision = DecisionBar(
            self._store, self._message, background=self._background, icons=self._icons, parent=self
        )
        self._tabs = QTabWidget(self)
        self._tabs.setObjectName("detailsTabs")
        self._tabs.setAccessibleName(self.tr("Parts of the message"))
        self._attempts = AttemptsView(self._icons, self)
        self._attempts.providerRequested.connect(self.providerRequested)
        self._preview = PreviewView(self)
        self._preview.switched.connect(self._point_find_bar)
        self._headers = HeadersView(self)
        self._source = SourceView(self)
        self._attachments = AttachmentsView(
            self._message, background=self._background, icons=self._icons, parent=self
        )
        self._tabs.addTab(self._attempts, self.tr("A&ttempts"))
        self._tabs.addTab(self._preview, self.tr("&Message"))
        self._tabs.addTab(self._headers, self.tr("&Headers"))
        self._tabs.addTab(self._source, self.tr("S&ource"))
        self._tabs.addTab(self._attachments, self.tr("Attachme&nts"))
        self._tabs.currentChanged.connect(self._point_find_bar)
        self._find = FindBar(self._icons, self)
        self._make_actions()
        layout = QVBoxLayout(self)
        layout.addWidget(self._message)
        layout.addWidget(self._facts)
        layout.addWidget(self._decision)
        layout.addWidget(self._tabs, 1)
        layout.addWidget(self._find)
        layout.addWidget(self._buttons)
        self._point_find_bar()

    def _make_actions(self) -> None:
        self._buttons = DetailsButtons(self._icons, self)
        self._buttons.stepped.connect(self._step)
        self._buttons.historyRequested.connect(self._ask_for_history)
        self._buttons.closeRequested.connect(self.close)
        find = QAction(self.tr("Find in this text"), self)
        find.setObjectName("findInTextAction")
        find.setShortcut(QKeySequence.StandardKey.Find)
        find.triggered.connect(self._find.open)
        self.addAction(find)
        self._commands = DetailsCommands(
            self._store, self._message, background=self._background, icons=self._icons, parent=self
        )
        self._commands.queueRequested.connect(self.queueRequested)
        self._buttons.saveRequested.connect(self._commands.ask_for_file)
        self._buttons.sendRequested.connect(self._commands.send_again)
        self._waiting = DetailsWaiting(self, self._decision, self._buttons.of_message)

    # from row to row ----------------------------------------------------------------------------

    def show_row(self, row_id: int) -> None:
        """Show another row as soon as it is read; until then the previous one stays."""
        self._asked = row_id
        self._waiting.begin()
        self._enable_steps()
        self._background.run(
            partial(self._kind.load, self._store, row_id),
            partial(self._show_message, row_id),
            partial(self._show_problem, row_id),
            key=("details", id(self)),
            owner=self,
        )

    def _step(self, step: int) -> None:
        row_id = self._neighbour(self._asked, step)
        if row_id is None:
            self._enable_steps()
            return
        self.rowShown.emit(row_id)
        self.show_row(row_id)

    def _name_row(self, row_id: int) -> None:
        self.setWindowTitle(self.tr(self._kind.title).format(id=row_id))

    @Slot()
    def _enable_steps(self) -> None:
        self._buttons.enable_steps(
            before=self._neighbour(self._asked, -1) is not None,
            after=self._neighbour(self._asked, 1) is not None,
        )

    # showing ------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read and show the email's present state. Cheap; the message itself never changes."""
        loaded = self._loaded
        if loaded is not None:
            self._background.run(
                partial(load_email_state, self._store, loaded.email_id),
                partial(self._show_later_state, loaded),
                lambda _: None,  # deleted meanwhile: what is shown was true and stays readable
                key=("details state", id(self)),
                owner=self,
            )

    def _show_later_state(self, of: LoadedMessage, state: EmailState) -> None:
        if of is self._loaded:
            self._show_state(state)

    def _show_state(self, state: EmailState) -> None:
        if state == self._state:
            return
        self._state = state
        self._facts.show_state(state)
        self._decision.show_for(state.undecided)
        self._attempts.show_attempts(state.attempts, state.next_attempt_date)
        self._count_in_title(self._attempts, self.tr("A&ttempts"), len(state.attempts))

    def _show_problem(self, row_id: int, error: KnownError) -> None:
        if row_id != self._asked:
            return
        self._loaded = self._state = None
        self._name_row(row_id)
        self._facts.show_email("", "", None)
        self._facts.show_state(None)
        self._decision.show_for(None)
        self._attempts.show_attempts(())
        self._show_body(None)
        self._tabs.setEnabled(False)
        self._commands.set_message(None)
        self._buttons.enable_message(known=False, readable=False)
        self._waiting.end()
        self._message.show_error(error)

    def _show_message(self, row_id: int, loaded: LoadedMessage) -> None:
        if row_id != self._asked:
            return
        first = self._loaded is None
        self._loaded = loaded
        self._name_row(row_id)
        self._tabs.setEnabled(True)
        self._message.dismiss()
        self._facts.show_email(loaded.email, loaded.subject, loaded.stored)
        self._state = None
        self._show_state(loaded.state)
        self._commands.set_message(loaded)
        self._buttons.enable_message(known=True, readable=loaded.problem is None)
        self._waiting.end()
        self._show_body(loaded.body)
        if loaded.problem is not None:
            self._message.show_error(loaded.problem)
        elif loaded.body is None:
            self._read_body(loaded)
        if first and not loaded.state.attempts:
            self._memory.prefer(self._preview)

    def _read_body(self, loaded: LoadedMessage) -> None:
        self._preview.show_waiting()

        def show(body: MessageBody) -> None:
            if loaded is self._loaded:
                self._show_body(body)

        def fail(error: KnownError) -> None:
            if loaded is self._loaded:
                self._message.show_error(error)

        self._background.run(
            partial(load_body, self._store, loaded.stored_id),
            show,
            fail,
            key=("details body", id(self)),
            owner=self,
            long=True,
        )

    def _show_body(self, body: MessageBody | None) -> None:
        stored = None if self._loaded is None else self._loaded.stored
        self._preview.show_body(body)
        self._headers.show_headers(None if body is None else body.overview)
        self._source.show_source(body, 0 if stored is None else stored.size)
        attachments = () if body is None else body.overview.attachments
        self._attachments.show_attachments(attachments, self._reader())
        self._count_in_title(self._attachments, self.tr("Attachme&nts"), len(attachments))

    def _count_in_title(self, tab: QWidget, title: str, count: int) -> None:
        text = f"{title} ({self.locale().toString(count)})" if count else title
        self._tabs.setTabText(self._tabs.indexOf(tab), text)

    def _point_find_bar(self) -> None:
        match self._tabs.currentWidget():
            case AttemptsView() as attempts:
                self._find.search_in(attempts.reply)
            case PreviewView() as preview:
                self._find.search_in(preview.searchable())
            case HeadersView() | SourceView() as view:
                self._find.search_in(view.text)
            case _:
                self._find.search_in(None)

    def _reader(self) -> Callable[[], bytes]:
        """Return a function that reads the bytes of the message that is shown now."""
        stored_id = 0 if self._loaded is None else self._loaded.stored_id
        return partial(self._store.messages.content, stored_id)

    def _ask_for_history(self) -> None:
        if self._loaded is not None:
            self.historyRequested.emit(self._loaded.email)

    # closing ------------------------------------------------------------------------------------

    def done(self, result: int) -> None:
        """Save size and tab when the dialog is closed."""
        self._memory.save()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save size and tab when the window is closed."""
        self._memory.save()
        super().closeEvent(event)
