"""What of a table has been painted: the window measured as its user sees it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QLabel

from mailadmin.ui.tab.table_tab import TableTab
from mailadmin.ui.table.view import TableView

_LOOK = 2  # milliseconds between two looks at what is not painted by the table
_PATIENCE = 60.0  # seconds
_NUMBER = re.compile(r"\d[\d.,\s\u00a0\u202f’']*")


class TableScreen(QObject):
    """Notes when the table of a tab has painted rows with their values."""

    def __init__(self, tab: TableTab) -> None:
        super().__init__(tab)
        self.tab = tab
        self.table: TableView[Any] = tab.table
        self._painted = 0.0
        self._loop: QEventLoop | None = None
        self.table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the table paint, and look at the time afterwards."""
        if event.type() != QEvent.Type.Paint:
            return super().eventFilter(watched, event)
        self.table.viewportEvent(event)
        self._painted = time.perf_counter()
        if self._loop is not None:
            self._loop.quit()
        return True

    def ids(self) -> list[int]:
        """IDs of the rows on screen, -1 for rows that show no values yet."""
        top = self.table.rowAt(0)
        if top < 0:
            return []
        bottom = self.table.rowAt(self.table.viewport().height() - 1)
        model = self.table.table_model()
        last = model.rowCount() - 1 if bottom < 0 else bottom
        return [
            -1 if model.value_at(row) is None else model.id_at(row) for row in range(top, last + 1)
        ]

    def shows_values(self) -> bool:
        """Whether there are rows on screen, all with values."""
        ids = self.ids()
        return bool(ids) and -1 not in ids

    def begins_with(self, wanted: Sequence[int]) -> bool:
        """Whether the rows on screen are the first of these; nothing, if there are none."""
        ids = self.ids()
        if not wanted:
            return not ids and self._label("emptySentence").isVisible()
        return bool(ids) and -1 not in ids and ids == list(wanted[: len(ids)])

    def ends_with(self, wanted: int) -> bool:
        """Whether this row is on screen as the last one."""
        ids = self.ids()
        return bool(ids) and -1 not in ids and ids[-1] == wanted

    def says_total(self, total: int) -> bool:
        """Whether "N found" below the table says so many rows."""
        found = _NUMBER.search(self._label(f"{self.table.objectName()}Counts").text())
        return found is not None and int(re.sub(r"\D", "", found.group())) == total

    def _label(self, name: str) -> QLabel:
        label = self.tab.findChild(QLabel, name)
        assert label is not None, name
        return label

    def until_painted(self, holds: Callable[[], bool]) -> float:
        """Run the event loop until a paint after which `holds`; gives the moment of its end."""
        deadline = time.perf_counter() + _PATIENCE
        self._painted = 0.0
        while not (self._painted and holds()):
            self._painted = 0.0
            self._run(deadline)
        return self._painted

    def until(self, holds: Callable[[], bool]) -> float:
        """Run the event loop until `holds`, painted or not; gives the moment."""
        deadline = time.perf_counter() + _PATIENCE
        look = QTimer(interval=_LOOK)
        look.timeout.connect(lambda: self._loop.quit() if self._loop is not None else None)
        look.start()
        while not holds():
            self._run(deadline)
        return time.perf_counter()

    def _run(self, deadline: float) -> None:
        left = deadline - time.perf_counter()
        if left <= 0:
            query = self.tab.model.query
            raise TimeoutError(f"not painted in {_PATIENCE} s: {query}, but {self.ids()}")
        self._loop = QEventLoop()
        QTimer.singleShot(round(left * 1000) + 1, self._loop, self._loop.quit)
        self._loop.exec()
        self._loop = None
