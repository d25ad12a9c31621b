"""The tables whose rows have details, and the steps from one row to the next."""

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
"""Takes a row's ID and a step; returns the ID of the row so many rows further down, or None."""


@dataclass(frozen=True)
class RowKind:
    """The table that a row belongs to."""

    load: Callable[[Store, int], LoadedMessage]
    title: str


QUEUE_ROW = RowKind(load_queued, QT_TRANSLATE_NOOP("MessageDetails", "Queue: email {id}"))
LOG_ROW = RowKind(load_logged, QT_TRANSLATE_NOOP("MessageDetails", "Log: email {id}"))


class RowWalk(QObject):
    """Steps through a table in its present order.

    If the row was sent or deleted meanwhile, the next step starts from the place it had.
    """

    rowsChanged = Signal()  # the rows of the table changed, and perhaps the neighbours

    def __init__(self, table: TableView[Any]) -> None:
        super().__init__()
        self._table = table
        self._place = -1
        model = table.table_model()
        model.changesApplied.connect(self.rowsChanged)
        model.modelReset.connect(self.rowsChanged)

    def neighbour(self, row_id: int, step: int) -> int | None:
        """Return the row `step` rows further down, None beyond the ends."""
        if self._row_at(self._place) != row_id:
            place = self._table.table_model().row_of(row_id)
            if place < 0:  # it is gone, and the row below it has its place now
                return self._row_at(self._place + step - (step > 0)) if self._place >= 0 else None
            self._place = place
        return self._row_at(self._place + step)

    def go_to(self, row_id: int) -> None:
        """Select this row in the table and scroll to it."""
        self._place = self._table.table_model().row_of(row_id)
        self._table.select_ids([row_id], current=row_id)
        self._table.scrollTo(self._table.currentIndex())

    def _row_at(self, place: int) -> int | None:
        model = self._table.table_model()
        return (model.id_at(place) or None) if 0 <= place < model.total else None


def walk_of(neighbour: Neighbour) -> RowWalk | None:
    """Return the walk whose method `neighbour` is, for its signal; None if it is none."""
    walk = getattr(neighbour, "__self__", None)
    return walk if isinstance(walk, RowWalk) else None
