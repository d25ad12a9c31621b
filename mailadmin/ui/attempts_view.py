"""Every attempt to send one email, with what the server said word for word."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mailadmin.core.domain import Attempt
from mailadmin.ui.cell_text import exact_date, one_line, plain_tooltip
from mailadmin.ui.icons import Icons
from mailadmin.ui.status_words import outcome_icon, outcome_word

_NUMBER, _TIME, _PROVIDER, _STAGE, _OUTCOME, _DURATION = range(6)


class AttemptsView(QWidget):
    """A list of attempts above the verbatim reply of the one selected."""

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._attempts: list[Attempt] = []
        self._list = QTreeWidget(self)
        self._list.setObjectName("attemptsTable")
        self._list.setAccessibleName(self.tr("Attempts"))
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setAlternatingRowColors(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._list.setHeaderLabels(
            [
                self.tr("No."),
                self.tr("Time"),
                self.tr("Provider"),
                self.tr("Stage"),
                self.tr("Outcome"),
                self.tr("Duration"),
            ]
        )
        self._list.header().setStretchLastSection(True)
        self._list.currentItemChanged.connect(self._show_reply)
        below = QWidget(self)
        label = QLabel(self.tr("&Reply of the server, word for word"), below)
        self._reply = QPlainTextEdit(below)
        self._reply.setObjectName("replyText")
        self._reply.setReadOnly(True)
        self._reply.setTabChangesFocus(True)
        self._reply.setAccessibleName(self.tr("Reply of the server"))
        label.setBuddy(self._reply)
        self._reason = QLabel(below)
        self._reason.setObjectName("attemptReason")
        self._reason.setTextFormat(Qt.TextFormat.PlainText)
        self._reason.setWordWrap(True)
        self._reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self._reason)
        column.addWidget(label)
        column.addWidget(self._reply, 1)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._list)
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(splitter)

    def show_attempts(self, attempts: Sequence[Attempt]) -> None:
        """List `attempts`, oldest first, and select the last one."""
        self._attempts = list(attempts)
        self._list.clear()
        items = [self._item(attempt) for attempt in attempts]
        self._list.addTopLevelItems(items)
        for section in range(self._list.columnCount() - 1):
            self._list.resizeColumnToContents(section)
        if items:
            self._list.setCurrentItem(items[-1])
        else:
            self._reason.setText(self.tr("It was not tried yet."))

    def _item(self, attempt: Attempt) -> QTreeWidgetItem:
        duration = attempt.duration
        item = QTreeWidgetItem(
            [
                str(attempt.number),
                exact_date(attempt.started_at),
                one_line(attempt.provider_caption),
                "" if attempt.stage is None else str(attempt.stage),
                outcome_word(attempt.outcome),
                ""
                if duration is None
                else self.tr("{seconds} s").format(
                    seconds=self.locale().toString(duration, "f", 2)
                ),
            ]
        )
        item.setIcon(_OUTCOME, self._icons.icon(*outcome_icon(attempt.outcome)))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        item.setTextAlignment(_NUMBER, right)
        item.setTextAlignment(_TIME, right)
        item.setToolTip(_PROVIDER, plain_tooltip(attempt.provider_caption))
        return item

    def _show_reply(self, current: QTreeWidgetItem | None) -> None:
        if current is None:
            return
        attempt = self._attempts[self._list.indexOfTopLevelItem(current)]
        reason = attempt.reason
        if attempt.possible_duplicate:
            reason += " " + self.tr(
                "It may have reached the recipient twice: the outcome of an earlier attempt "
                "is unknown."
            )
        self._reason.setText(reason)
        self._reply.setPlainText(attempt.reply_text or self.tr("The server gave no reply."))
