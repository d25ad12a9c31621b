"""Which rows have details, and how the details go from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.store import Store
from mailadmin.ui.details.loaded_message import LoadedMessage, load_logged, load_queued
from mailadmin.ui.table.view import TableView

Neighbour = Callable[[int, int], int | None]
"""Given a row's ID and a step: the row so many rows further down in the table, if there is one."""


@dataclass(frozen=True)
class RowKind:
    """Which table a row is of."""

    load: Callable[[Store, int], LoadedMessage]
    title: str


QUEUE_ROW = RowKind(load_queued, QT_TRANSLATE_NOOP("MessageDetails", "Queue: email {id}"))
LOG_ROW = RowKind(load_logged, QT_TRANSLATE_NOOP("MessageDetails", "Log: email {id}"))


class RowWalk(QObject):
    """Goes up and down a table in the order it has now.

    A row that is gone, because it was sent or deleted meanwhile, leaves its place behind.
    """

    rowsChanged = Signal()  # the table's: the neighbours may be others

    def __init__(self, table: TableView[Any]) -> None:
        super().__init__()
        self._table = table
        self._place = -1
        model = table.table_model()
        model.changesApplied.connect(self.rowsChanged)
        model.modelReset.connect(self.rowsChanged)

    def neighbour(self, row_id: int, step: int) -> int | None:
        """The row `step` rows further down, None beyond the ends."""
        if self._row_at(self._place) != row_id:
            place = self._table.table_model().row_of(row_id)
            if place < 0:  # gone: the row below it has its place now
                return self._row_at(self._place + step - (step > 0)) if self._place >= 0 else None
            self._place = place
        return self._row_at(self._place + step)

    def go_to(self, row_id: int) -> None:
        """Have the table follow."""
        self._place = self._table.table_model().row_of(row_id)
        self._table.select_ids([row_id], current=row_id)
        self._table.scrollTo(self._table.currentIndex())

    def _row_at(self, place: int) -> int | None:
        model = self._table.table_model()
        return (model.id_at(place) or None) if 0 <= place < model.total else None


def walk_of(neighbour: Neighbour) -> RowWalk | None:
    """The walk whose method `neighbour` is: it tells when there is something else to be found."""
    walk = getattr(neighbour, "__self__", None)
    return walk if isinstance(walk, RowWalk) else None
