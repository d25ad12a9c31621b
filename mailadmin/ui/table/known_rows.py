"""Which rows a table has, as far as that is known."""

from __future__ import annotations

from array import array

from mailadmin.ui.table.row_finding import place_near


class KnownRows:
    """IDs of rows in order, 8 bytes each.

    Of another table the first ones come at once: `below` rows follow then, of which only the number
    is known; or there are more without even that.
    """

    def __init__(self) -> None:
        self.ids: array[int] = array("q")
        self.below = 0
        self.complete = True  # whether `ids` are all rows
        self._looked_up: tuple[int | None, int] = (None, -1)  # ID and row of the last `row_of`

    def replace(self, ids: array[int], *, below: int = 0, complete: bool = True) -> None:
        """Other rows, or another order."""
        self.ids, self.below, self.complete = ids, below, complete
        self._looked_up = (None, self._looked_up[1])  # most often near where it was

    @property
    def total(self) -> int:
        """How many there are; while `counting`, how many are known so far."""
        return len(self.ids) + self.below

    @property
    def counting(self) -> bool:
        """Whether it is not known yet how many rows there are."""
        return not self.complete and not self.below

    def id_at(self, row: int) -> int:
        """ID of a row; 0 while it is not known."""
        return self.ids[row] if row < len(self.ids) else 0

    def row_of(self, row_id: int) -> int:
        """Place of the row with this ID, -1 if it is not found.

        Windows of details ask for the same row again and again, and then for one near it: only a
        row far away has to be looked for among all, once for each order of the rows.
        """
        known_id, row = self._looked_up
        if row_id != known_id:
            row = place_near(self.ids, row_id, row)
            self._looked_up = row_id, row
        return row
