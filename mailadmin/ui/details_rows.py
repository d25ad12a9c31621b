"""Which rows have details, and how the details go from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mailadmin.core.errors import QT_TRANSLATE_NOOP
from mailadmin.store import Store
from mailadmin.ui.loaded_message import LoadedMessage, load_logged, load_queued
from mailadmin.ui.table_view import TableView

Neighbour = Callable[[int, int], int | None]
"""Given a row's ID and a step: the row so many rows further down in the table, if there is one."""
_AROUND = 2000  # rows


@dataclass(frozen=True)
class RowKind:
    """Which table a row is of."""

    load: Callable[[Store, int], LoadedMessage]
    title: str


QUEUE_ROW = RowKind(load_queued, QT_TRANSLATE_NOOP("MessageDetails", "Queue: email {id}"))
LOG_ROW = RowKind(load_logged, QT_TRANSLATE_NOOP("MessageDetails", "Log: email {id}"))


class RowWalk:
    """Goes up and down a table in the order it has now.

    A row that is gone, because it was sent or deleted meanwhile, leaves its place behind.
    """

    def __init__(self, table: TableView[Any]) -> None:
        self._table = table
        self._place = -1

    def neighbour(self, row_id: int, step: int) -> int | None:
        """The row `step` rows further down, None beyond the ends."""
        if self._row_at(self._place) != row_id:
            place = self._find(row_id)
            if place < 0:  # gone: the row below it has its place now
                return self._row_at(self._place + step - (step > 0)) if self._place >= 0 else None
            self._place = place
        return self._row_at(self._place + step)

    def go_to(self, row_id: int) -> None:
        """Have the table follow."""
        self._place = self._find(row_id)
        self._table.select_ids([row_id], current=row_id)
        self._table.scrollTo(self._table.currentIndex())

    def _find(self, row_id: int) -> int:
        """Where a row is: most often near where it was, and a table can be long."""
        model = self._table.table_model()
        around = max(0, self._place - _AROUND), max(0, self._place + _AROUND)
        try:
            return model.ids.index(row_id, *around)
        except ValueError:
            return model.row_of(row_id)

    def _row_at(self, place: int) -> int | None:
        model = self._table.table_model()
        return (model.id_at(place) or None) if 0 <= place < model.total else None
