"""All attempts to send one email, oldest first, with the replies of the servers."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.log import Attempt
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.words.cell_text import exact_date, one_line, plain_tooltip
from mailadmin.ui.words.durations import in_words
from mailadmin.ui.words.status_words import outcome_icon, outcome_word

_NUMBER, _TIME, _LATER, _PROVIDER, _STAGE, _OUTCOME, _DURATION, _REPLY = range(8)
_PROVIDER_ID = int(Qt.ItemDataRole.UserRole)


class AttemptsView(QWidget):
    """A list of attempts above the verbatim reply of the selected one."""

    providerRequested = Signal(int)  # ID of the provider whose name was clicked

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._attempts: tuple[Attempt, ...] = ()
        self._next: datetime | None = None
        self._list = self._make_list()
        below = self._make_reply()
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._list)
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(splitter)
        icons.changed.connect(self._fill)  # the link has a colour of the palette

    def _make_list(self) -> QTreeWidget:
        attempts = QTreeWidget(self)
        attempts.setObjectName("attemptsTable")
        attempts.setAccessibleName(self.tr("Attempts"))
        attempts.setRootIsDecorated(False)
        attempts.setUniformRowHeights(True)
        attempts.setAlternatingRowColors(True)
        attempts.setAllColumnsShowFocus(True)
        attempts.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        attempts.setHeaderLabels(
            [
                self.tr("No."),
                self.tr("Time"),
                self.tr("After"),
                self.tr("Provider"),
                self.tr("Stage"),
                self.tr("Outcome"),
                self.tr("Duration"),
                self.tr("Reply"),
            ]
        )
        for section in (_NUMBER, _TIME, _LATER, _DURATION):
            attempts.headerItem().setTextAlignment(section, Qt.AlignmentFlag.AlignRight)
        # as wide as the view, not a little wider
        attempts.header().setStretchLastSection(False)
        attempts.header().setSectionResizeMode(_REPLY, QHeaderView.ResizeMode.Stretch)
        attempts.currentItemChanged.connect(self._show_reply)
        attempts.itemClicked.connect(self._clicked)
        attempts.viewport().setMouseTracking(True)
        attempts.viewport().installEventFilter(self)
        return attempts

    def _make_reply(self) -> QWidget:
        below = QWidget(self)
        self._provider = QLabel(below)  # the same link for the keyboard
        self._provider.setObjectName("attemptProvider")
        self._provider.setTextFormat(Qt.TextFormat.RichText)
        self._provider.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._provider.linkActivated.connect(lambda link: self.providerRequested.emit(int(link)))
        self._reason = QLabel(below)
        self._reason.setObjectName("attemptReason")
        self._reason.setTextFormat(Qt.TextFormat.PlainText)
        self._reason.setWordWrap(True)
        self._reason.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        label = QLabel(self.tr("&Reply of the server, word for word"), below)
        self.reply = QPlainTextEdit(below)
        self.reply.setObjectName("replyText")
        self.reply.setReadOnly(True)
        self.reply.setTabChangesFocus(True)
        self.reply.setAccessibleName(self.tr("Reply of the server"))
        label.setBuddy(self.reply)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self._reason)
        column.addWidget(self._provider)
        column.addWidget(label)
        column.addWidget(self.reply, 1)
        return below

    def show_attempts(
        self, attempts: Sequence[Attempt], next_attempt_date: datetime | None = None
    ) -> None:
        """List `attempts`, oldest first, and when the next one is due.

        The selected attempt stays selected, unless it was the last one: then the new last one is
        selected.
        """
        before = self._selected()
        at_the_end = before is None or before.id == self._attempts[-1].id
        self._attempts = tuple(attempts)
        self._next = next_attempt_date
        self._fill(0 if at_the_end or before is None else before.id)

    def _fill(self, keep: int = 0) -> None:
        self._list.clear()
        before: datetime | None = None
        for attempt in self._attempts:
            self._list.addTopLevelItem(self._item(attempt, before))
            before = attempt.started_at
        if self._next is not None and self._attempts:
            self._list.addTopLevelItem(self._next_item(self._next, before))
        for section in range(_REPLY):
            self._list.resizeColumnToContents(section)
        widest = self.fontMetrics().averageCharWidth() * 30
        for section in (_PROVIDER, _OUTCOME):
            self._list.setColumnWidth(section, min(self._list.columnWidth(section), widest))
        rows = {attempt.id: row for row, attempt in enumerate(self._attempts)}
        chosen = self._list.topLevelItem(rows.get(keep, len(rows) - 1))
        if chosen is None:
            self._show_reply(None)
        else:
            self._list.setCurrentItem(chosen)

    def _item(self, attempt: Attempt, before: datetime | None) -> QTreeWidgetItem:
        outcome = outcome_word(attempt.outcome)
        if attempt.possible_duplicate:
            outcome = self.tr("{outcome}, possible duplicate").format(outcome=outcome)
        duration = attempt.duration
        item = QTreeWidgetItem(
            [
                str(attempt.number),
                _time(attempt.started_at),
                "" if before is None else _later(before, attempt.started_at),
                one_line(attempt.provider_caption),
                "" if attempt.stage is None else str(attempt.stage),
                outcome,
                ""
                if duration is None
                else self.tr("{seconds} s").format(
                    seconds=self.locale().toString(duration, "f", 2)
                ),
                one_line(attempt.reply_text or attempt.reason),
            ]
        )
        item.setIcon(_OUTCOME, self._icons.icon(*outcome_icon(attempt.outcome)))
        _align(item)
        item.setToolTip(_TIME, exact_date(attempt.started_at))
        item.setToolTip(_PROVIDER, plain_tooltip(attempt.provider_caption))
        item.setToolTip(_REPLY, plain_tooltip(attempt.reply_text or attempt.reason))
        if attempt.provider_id is not None:
            item.setData(_PROVIDER, _PROVIDER_ID, attempt.provider_id)
            item.setForeground(_PROVIDER, self.palette().link())
            font = self._list.font()
            font.setUnderline(True)
            item.setFont(_PROVIDER, font)
        return item

    def _next_item(self, moment: datetime, before: datetime | None) -> QTreeWidgetItem:
        words = self.tr("Next attempt")
        item = QTreeWidgetItem(
            ["", _time(moment), "" if before is None else _later(before, moment)]
        )
        item.setText(_OUTCOME, words)
        item.setIcon(_OUTCOME, self._icons.icon(IconName.QUEUED, Role.MUTED))
        _align(item)
        for column in range(self._list.columnCount()):
            item.setForeground(column, self._icons.color(Role.MUTED))
        return item

    def _selected(self) -> Attempt | None:
        current = self._list.currentItem()
        row = -1 if current is None else self._list.indexOfTopLevelItem(current)
        return self._attempts[row] if 0 <= row < len(self._attempts) else None

    def _show_reply(self, _: QTreeWidgetItem | None) -> None:
        attempt = self._selected()
        self._provider.setVisible(attempt is not None)
        if attempt is None:
            self.reply.clear()
            self._reason.setText(
                self.tr("The next attempt was not made yet.")
                if self._attempts
                else self.tr("It was not tried yet.")
            )
            return
        reason = attempt.reason
        if attempt.possible_duplicate:
            reason += " " + self.tr(
                "It may have reached the recipient twice: the outcome of an earlier attempt "
                "is unknown."
            )
        self._reason.setText(reason)
        caption = html.escape(one_line(attempt.provider_caption))
        if attempt.provider_id is not None:
            caption = f'<a href="{attempt.provider_id}">{caption}</a>'
        self._provider.setText(self.tr("Provider: {name}").format(name=caption))
        self.reply.setPlainText(attempt.reply_text or self.tr("The server gave no reply."))

    # the provider's name as a link --------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the pointing hand over the links."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            place = event.position().toPoint()
            item = self._list.itemAt(place)
            column = self._list.columnAt(place.x())
            if item is not None and column == _PROVIDER and _provider_of(item) is not None:
                self._list.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
            else:
                self._list.viewport().unsetCursor()
        return super().eventFilter(watched, event)

    def _clicked(self, item: QTreeWidgetItem, column: int) -> None:
        provider_id = _provider_of(item)
        if column == _PROVIDER and provider_id is not None:
            self.providerRequested.emit(provider_id)


def _provider_of(item: QTreeWidgetItem) -> int | None:
    provider_id = item.data(_PROVIDER, _PROVIDER_ID)
    return None if provider_id is None else int(provider_id)


def _align(item: QTreeWidgetItem) -> None:
    for column in (_NUMBER, _TIME, _LATER, _DURATION):
        item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def _time(moment: datetime) -> str:
    """Return the time to the millisecond; the offset from UTC is in the tooltip."""
    return exact_date(moment)[:23]


def _later(before: datetime, then: datetime) -> str:
    """Return how much later `then` is: "15 min later"."""
    seconds = (then - before).total_seconds()
    if seconds < 0:
        return QCoreApplication.translate("Attempts", "the clock was set back")
    return QCoreApplication.translate("Attempts", "{time} later").format(time=in_words(seconds))
