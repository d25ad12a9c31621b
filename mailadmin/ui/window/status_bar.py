"""The status bar: the sender's state, numbers of mail by status, healthy providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLabel, QMainWindow, QStatusBar, QToolButton

if TYPE_CHECKING:
    from mailadmin.domain.queue import QueueStatus
    from mailadmin.place.location import Location

_SENDER_WIDGETS = 2


class StatusBar(QStatusBar):
    """Shows what it is given. `countClicked` carries the `QueueStatus` whose number was clicked."""

    countClicked = Signal(object)

    def __init__(self, window: QMainWindow, location: Location) -> None:
        super().__init__(window)
        self._sender_icon = QLabel(self)
        self._sender = self._plain_label("senderStateLabel")
        self._sender.setAccessibleName(self.tr("What the sender does"))
        self._counts: dict[QueueStatus, QToolButton] = {}
        self._health = self._plain_label("providerHealthLabel")
        self._database = self._plain_label("databaseLabel")
        self._database.setText(location.name)
        self._database.setToolTip(str(location))
        self.addWidget(self._sender_icon)
        self.addWidget(self._sender, 1)
        self.addPermanentWidget(self._health)
        self.addPermanentWidget(self._database)

    def show_opening(self) -> None:
        """Show that the database is being opened."""
        self._sender.setText(self.tr("Opening the database…"))

    def show_sender(self, icon: QIcon, text: str) -> None:
        """Show what the sender does."""
        size = self.fontMetrics().height()
        self._sender_icon.setPixmap(icon.pixmap(size, size))
        self._sender.setText(text)
        self._sender.setToolTip(text)

    def show_health(self, healthy: int) -> None:
        """Show how many providers can send."""
        if healthy == 1:
            text = self.tr("1 provider healthy")
        else:
            text = self.tr("{number} providers healthy").format(number=healthy)
        self._health.setText(f"{text} ·")

    def show_counts(self, counts: Mapping[QueueStatus, int]) -> None:
        """Show the number of mail in each status as a link; a status without mail has none."""
        from mailadmin.ui.words.status_words import status_meaning, status_word

        for status, count in counts.items():
            if status not in self._counts:
                self._counts[status] = self._count_button(status, status_meaning(status))
            self._counts[status].setText(
                self.tr("{number} {status}").format(
                    number=self.locale().toString(count), status=status_word(status).lower()
                )
            )
        for status, button in self._counts.items():
            button.setVisible(counts.get(status, 0) > 0)

    def _plain_label(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setProperty("textFormat", "PlainText")  # set by name: see main_window about `Qt`
        return label

    def _count_button(self, status: QueueStatus, meaning: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{status.name.lower()}CountButton")
        button.setAutoRaise(True)
        button.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        button.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        button.setToolTip(self.tr("{meaning}. Click to see this mail.").format(meaning=meaning))
        button.clicked.connect(lambda: self.countClicked.emit(status))
        # It comes before the providers and behind the sender's widgets, which Qt counts too.
        self.insertPermanentWidget(_SENDER_WIDGETS + len(self._counts), button)
        return button
