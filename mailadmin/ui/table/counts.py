"""Says how many rows are found, of how many, and how many of them are selected."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from mailadmin.tables.query import TableHead
from mailadmin.ui.table.view import TableView
from mailadmin.ui.threads.background import Background

_INTERVAL = 1000  # milliseconds between two countings of all rows, which may be a million


class TableCounts(QLabel):
    """Of how many they are found is read when something is filtered, and when more are found."""

    def __init__(
        self, table: TableView[Any], background: Background, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._table = table
        self._model = table.table_model()
        self._background = background
        self._all: int | None = None
        self._old = False
        self._timer = QTimer(self, singleShot=True, interval=_INTERVAL)
        self._timer.timeout.connect(self._read_all)
        self.setObjectName(f"{table.objectName()}Counts")
        # The window may be narrower than what is said here.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        table.selectionSized.connect(self.refresh)
        self._model.totalChanged.connect(self._total_changed)
        self._model.loadedFirst.connect(self.refresh)
        self._model.modelReset.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say it anew."""
        self.setText(self._sentence())

    def _sentence(self) -> str:
        if not self._model.loaded:
            return self.tr("Reading…")
        if self._model.counting:
            return self.tr("counting…")
        number = self.locale().toString
        found, selected = number(self._model.total), self._table.selected_count()
        if self._model.filtered and self._all is not None:
            if selected:
                return self.tr("{found} found of {all}, {selected} selected").format(
                    found=found, all=number(self._all), selected=number(selected)
                )
            return self.tr("{found} found of {all}").format(found=found, all=number(self._all))
        if selected:
            return self.tr("{found} found, {selected} selected").format(
                found=found, selected=number(selected)
            )
        return self.tr("{found} found").format(found=found)

    @Slot()
    def _total_changed(self) -> None:
        self._old = self._model.filtered
        if not self._model.filtered:
            self._all = None
        elif not self._timer.isActive():
            self._read_all()
        self.refresh()

    @Slot()
    def _read_all(self) -> None:
        if not self._old:
            return
        self._old = False
        self._timer.start()
        self._background.run(
            partial(self._model.source.head, self._model.query.unfiltered(), 0),
            self._take,
            lambda _: None,  # the table itself says why
            key=(TableCounts, id(self)),
            owner=self,
            long=True,
        )

    def _take(self, head: TableHead) -> None:
        self._all = head.total
        self.refresh()
