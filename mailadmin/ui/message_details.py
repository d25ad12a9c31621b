"""Details of one email: what it is, what it says, what was tried with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontDatabase, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mailadmin.core.errors import KnownError
from mailadmin.store import Store
from mailadmin.ui.attempts_view import AttemptsView
from mailadmin.ui.background import Background
from mailadmin.ui.cell_text import exact_date, file_size, one_line, plain_tooltip
from mailadmin.ui.decision_bar import DecisionBar
from mailadmin.ui.icons import Icons
from mailadmin.ui.inline_message import InlineMessage
from mailadmin.ui.loaded_message import (
    LoadedMessage,
    Progress,
    load_logged,
    load_progress,
    load_queued,
)
from mailadmin.ui.status_words import status_icon, status_meaning, status_word

_WIDTH, _HEIGHT = 108, 34  # average characters, lines


class MessageDetails(QDialog):
    """A window of its own beside the main window; Esc closes it, all text can be copied."""

    def __init__(
        self,
        store: Store,
        load: Callable[[], LoadedMessage],
        title: str,
        *,
        background: Background,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("messageDetails")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._store = store
        self._background = background
        self._icons = icons
        self._email_id: int | None = None  # None until it was read
        self._shown: Progress | None = None
        self._build()
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * _WIDTH, metrics.lineSpacing() * _HEIGHT)
        background.run(load, self._show_message, self._show_problem, owner=self)

    @classmethod
    def of_queue(
        cls,
        store: Store,
        queue_id: int,
        *,
        background: Background,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> MessageDetails:
        """Details of a row of the Queue."""
        title = QCoreApplication.translate("MessageDetails", "Queue: email {id}").format(
            id=queue_id
        )
        return cls(
            store,
            lambda: load_queued(store, queue_id),
            title,
            background=background,
            icons=icons,
            parent=parent,
        )

    @classmethod
    def of_log(
        cls,
        store: Store,
        email_id: int,
        *,
        background: Background,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> MessageDetails:
        """Details of an entry of the Log."""
        title = QCoreApplication.translate("MessageDetails", "Log: email {id}").format(id=email_id)
        return cls(
            store,
            lambda: load_logged(store, email_id),
            title,
            background=background,
            icons=icons,
            parent=parent,
        )

    # construction -------------------------------------------------------------------------------

    def _build(self) -> None:
        self._message = InlineMessage(self._icons, self, closable=False)
        self._message.setObjectName("detailsMessage")
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self._email = self._fact(self.tr("Email:"), "detailsEmail")
        self._subject = self._fact(self.tr("Subject:"), "detailsSubject")
        self._status_icon = QLabel(self)
        self._status = QLabel(self.tr("Reading…"), self)
        self._status.setObjectName("detailsStatus")
        self._status.setTextFormat(Qt.TextFormat.PlainText)
        status = QHBoxLayout()
        status.addWidget(self._status_icon)
        status.addWidget(self._status, 1)
        self._form.addRow(self.tr("Status:"), status)
        self._size = self._fact(self.tr("Size:"), "detailsSize")
        self._digest = QLineEdit(self)  # scrolls where a label would be cut off
        self._digest.setObjectName("detailsSha256")
        self._digest.setAccessibleName("SHA-256")
        self._digest.setReadOnly(True)
        self._digest.setFrame(False)
        palette = self._digest.palette()
        palette.setColor(QPalette.ColorRole.Base, self.palette().color(QPalette.ColorRole.Window))
        self._digest.setPalette(palette)
        self._form.addRow("SHA-256:", self._digest)
        self._tabs = QTabWidget(self)
        self._tabs.setObjectName("detailsTabs")
        self._tabs.setAccessibleName(self.tr("Parts of the message"))
        self._attempts = AttemptsView(self._icons, self)
        self._text = self._text_field("detailsText", self.tr("Text of the message"))
        self._headers = self._text_field("detailsHeaders", self.tr("Headers of the message"))
        self._headers.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._attachments = QTreeWidget(self)
        self._attachments.setObjectName("detailsAttachments")
        self._attachments.setAccessibleName(self.tr("Attachments"))
        self._attachments.setRootIsDecorated(False)
        self._attachments.setUniformRowHeights(True)
        self._attachments.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._attachments.setHeaderLabels([self.tr("Name"), self.tr("Type"), self.tr("Size")])
        self._tabs.addTab(self._attempts, self.tr("A&ttempts"))
        self._tabs.addTab(self._text, self.tr("Te&xt"))
        self._tabs.addTab(self._headers, self.tr("&Headers"))
        self._tabs.addTab(self._attachments, self.tr("Attach&ments"))
        self._decision = DecisionBar(
            self._store, self._message, background=self._background, icons=self._icons, parent=self
        )
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self._message)
        layout.addLayout(self._form)
        layout.addWidget(self._decision)
        layout.addWidget(self._tabs, 1)
        layout.addWidget(buttons)

    def _fact(self, label: str, name: str) -> QLabel:
        value = QLabel(self)
        value.setObjectName(name)
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setWordWrap(True)
        value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        value.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        value.setAccessibleName(label.rstrip(":"))
        self._form.addRow(label, value)
        return value

    def _text_field(self, name: str, accessible_name: str) -> QPlainTextEdit:
        field = QPlainTextEdit(self)
        field.setObjectName(name)
        field.setAccessibleName(accessible_name)
        field.setReadOnly(True)
        field.setTabChangesFocus(True)
        return field

    # showing ------------------------------------------------------------------------------------

    def _show_problem(self, error: KnownError) -> None:
        self._status.setText("")
        self._tabs.setEnabled(False)
        self._message.show_error(error)

    def refresh(self) -> None:
        """Show how the email stands now. Cheap to call often; the message itself never changes."""
        email_id, store = self._email_id, self._store
        if email_id is not None:
            self._background.run(
                lambda: load_progress(store, email_id),
                self._show_progress,
                lambda _: None,  # deleted meanwhile: what is shown was true and stays readable
                key=(MessageDetails, id(self)),
                owner=self,
            )

    def _show_progress(self, progress: Progress) -> None:
        if progress == self._shown:
            return
        self._shown = progress
        self._show_status(progress)
        self._decision.show_for(progress.undecided)
        self._attempts.show_attempts(progress.attempts)
        self._count_in_title(self._attempts, self.tr("A&ttempts"), len(progress.attempts))

    def _show_message(self, loaded: LoadedMessage) -> None:
        self._email_id = loaded.email_id
        self._email.setText(one_line(loaded.email))
        self._subject.setText(one_line(loaded.subject))
        self._show_progress(Progress(loaded.status, loaded.next_attempt_date, loaded.attempts))
        self.refresh()  # what there is to decide is read with the progress
        if loaded.stored is not None:
            self._size.setText(file_size(loaded.stored.size))
            self._digest.setText(loaded.stored.sha256)
            self._digest.setCursorPosition(0)
        if loaded.problem is not None:
            self._message.show_error(loaded.problem)
        if loaded.overview is None:
            return
        if loaded.text_is_from_html:
            self._message.show_info(
                self.tr("This message is HTML alone; its words are shown without their layout.")
            )
        self._text.setPlainText(loaded.text)
        self._headers.setPlainText(
            "\n".join(f"{name}: {value}" for name, value in loaded.overview.headers)
        )
        for attachment in loaded.overview.attachments:
            name = one_line(attachment.name) or self.tr("(without a name)")
            item = QTreeWidgetItem(
                [name, one_line(attachment.content_type), file_size(attachment.size)]
            )
            item.setToolTip(0, plain_tooltip(name))
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._attachments.addTopLevelItem(item)
        self._attachments.resizeColumnToContents(0)
        self._attachments.resizeColumnToContents(1)
        self._count_in_title(
            self._attachments, self.tr("Attach&ments"), len(loaded.overview.attachments)
        )
        if not loaded.attempts:
            self._tabs.setCurrentWidget(self._text)

    def _show_status(self, progress: Progress) -> None:
        height = self.fontMetrics().height()
        name, role = status_icon(progress.status)
        self._status_icon.setPixmap(
            self._icons.pixmap(name, height, self.devicePixelRatioF(), role)
        )
        words = [status_word(progress.status)]
        if progress.next_attempt_date is not None:
            words.append(
                self.tr("next attempt {date}").format(date=exact_date(progress.next_attempt_date))
            )
        if progress.reason and not progress.attempts:
            words.append(one_line(progress.reason))  # such as the limit it waits for
        self._status.setText(" · ".join(words))
        self._status.setToolTip(plain_tooltip(status_meaning(progress.status)))

    def _count_in_title(self, tab: QWidget, title: str, count: int) -> None:
        text = f"{title} ({self.locale().toString(count)})" if count else title
        self._tabs.setTabText(self._tabs.indexOf(tab), text)
