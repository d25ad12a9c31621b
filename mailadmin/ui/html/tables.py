"""The limits up to which a message's tables are laid out as tables.

Qt lays out each cell several times for each table it is in, and keeps a place for every column of
every row. Above the limits the words are shown without their table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_DEEPEST = 8  # tables within tables
_MOST_EFFORT = 30_000
_MOST_COLUMNS = 60
_MOST_ROWS = 2_000
_LONGEST_SPAN = 60


@dataclass(slots=True)
class _Table:
    laid_out: bool
    rows: int = 0
    columns: int = 0  # of its widest row
    filled: int = 0  # columns of the present row


class TableLimits:
    """Counts tables, rows and cells as they begin and end."""

    def __init__(self) -> None:
        self._tables: list[_Table] = []
        self._effort = 0

    def spend(self, effort: int) -> bool:
        """Count effort in the present cell; False if the tables around it have become too large.

        The caller then has to end these tables.
        """
        if not self._tables:
            return True
        self._effort += effort * 2 ** len(self._tables)
        return self._effort < _MOST_EFFORT

    def begin(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Count a table, row or cell that begins; return whether it is laid out as one."""
        if name == "table":
            outer = not self._tables or self._tables[-1].laid_out
            fits = outer and len(self._tables) < _DEEPEST and self._effort < _MOST_EFFORT
            self._tables.append(_Table(fits))
            return fits
        if not self._tables or not self._tables[-1].laid_out:
            return False
        table = self._tables[-1]
        if name == "tr":
            table.rows += 1
            table.filled = 0
            return table.rows <= _MOST_ROWS and self.spend(table.columns)
        width = self.span(attributes.get("colspan", ""))
        height = self.span(attributes.get("rowspan", ""))
        table.filled += width
        wider = max(0, table.filled - table.columns)
        table.columns += wider
        fits = table.filled <= _MOST_COLUMNS and table.rows <= _MOST_ROWS
        return fits and self.spend(width * height + wider * table.rows)

    def end(self, name: str) -> None:
        """Note the end of a table, row or cell."""
        if name == "table" and self._tables:
            self._tables.pop()

    @staticmethod
    def span(written: str) -> int:
        """Return the number of columns or rows that a cell spans."""
        digits = written.strip()[:4]
        known = digits.isascii() and digits.isdigit()
        return max(1, min(int(digits), _LONGEST_SPAN)) if known else 1
