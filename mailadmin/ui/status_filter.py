"""Chooses which statuses a table shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QWidget

from mailadmin.core.table_query import UNDECIDED, OneOf
from mailadmin.ui.status_words import Status, status_word
from mailadmin.ui.table_model import TableModel


class StatusFilter(QComboBox):
    """All statuses or one of them; follows the model when its filters are reset."""

    def __init__(
        self,
        model: TableModel[Any],
        statuses: Sequence[Status],
        parent: QWidget | None = None,
        *,
        undecided: bool = False,
    ) -> None:
        """`undecided` adds what may have arrived and waits for the administrator."""
        super().__init__(parent)
        self._model = model
        self.setObjectName("statusFilter")
        self.setAccessibleName(self.tr("Status shown"))
        self.setToolTip(self.tr("Show only mail in one status"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.addItem(self.tr("All statuses"), ())
        for status in statuses:
            self.addItem(status_word(status), (str(status),))
        if undecided:
            self.addItem(self.tr("Needs a decision"), (UNDECIDED,))
        self.activated.connect(self._choose)
        model.queryChanged.connect(self._follow)

    def _choose(self, index: int) -> None:
        self._model.set_filter("status", OneOf(tuple(self.itemData(index))))

    def _follow(self) -> None:
        filter_ = self._model.query.filter_of("status")
        chosen = filter_.values if isinstance(filter_, OneOf) else ()
        with QSignalBlocker(self):
            for index in range(self.count()):
                if tuple(self.itemData(index)) == chosen:
                    self.setCurrentIndex(index)
