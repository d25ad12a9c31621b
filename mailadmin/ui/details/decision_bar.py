"""The decision about mail that may have arrived: what that means, and the two choices."""

from __future__ import annotations

from array import array

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from mailadmin.domain.queue import Resolution
from mailadmin.store import Store
from mailadmin.ui.bulk.actions import BulkActions
from mailadmin.ui.bulk.decisions import question, resolving
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage


class DecisionBar(QWidget):
    """A sentence and two buttons, hidden unless the administrator has to decide."""

    def __init__(
        self,
        store: Store,
        message: InlineMessage,
        *,
        background: Background,
        icons: Icons,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("decisionBar")
        self._store = store
        self._queue_id: int | None = None
        self._bulk = BulkActions(parent, message, store, background)
        words = QLabel(self.tr("Nobody knows whether this message arrived."), self)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        again = QPushButton(self.tr("Send &again"), self)
        again.setObjectName("resendUncertainButton")
        icons.put(again, IconName.RESEND)
        again.clicked.connect(lambda: self._ask(Resolution.RESEND, again))
        sent = QPushButton(self.tr("Treat as &sent"), self)
        sent.setObjectName("treatAsSentButton")
        icons.put(sent, IconName.SUCCESS)
        sent.clicked.connect(lambda: self._ask(Resolution.SENT, sent))
        for button in (again, sent):
            button.setAutoDefault(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(words, 1)
        row.addWidget(again)
        row.addWidget(sent)
        self.hide()

    def show_for(self, queue_id: int | None) -> None:
        """Offer the decision about a row of the queue; None: there is no decision to make."""
        self._queue_id = queue_id
        self.setVisible(queue_id is not None)

    def _ask(self, resolution: Resolution, button: QPushButton) -> None:
        if self._queue_id is None:
            return
        chosen = array("q", [self._queue_id])
        one, many = question(resolution)
        self._bulk.ask(
            chosen,
            many,
            button.text(),
            lambda: self._bulk.run(resolving(self._store, resolution), chosen),
            for_one=one,
        )
