"""Where rows are among a million, by ID; in steps that let other threads in between."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_STEP = 4096  # IDs looked at without a break
_SWEEP = 32_768  # the same where that is faster
_BREAK = 0.0003  # seconds after each step that leave the interpreter to the window's thread
_NEAR = 2000  # rows on both sides of a place: a tenth of a millisecond
_FEW = 4  # cheaper to find one by one than by a look at every row
_MOST_MARKS = 1 << 25  # bytes


class Run(NamedTuple):
    """Rows from `first` up to, not including, `end`."""

    first: int
    end: int


def take_break() -> None:
    """To be called every half a millisecond of long work in a background thread.

    The window's thread needs the interpreter a hundred times to paint a table, and each time it
    would wait for a thread that never lets go by itself.
    """
    time.sleep(_BREAK)


def place_of(ids: array[int], row_id: int, start: int = 0, *, breaks: bool = False) -> int:
    """The first row with this ID from row `start` on, -1 if there is none."""
    for first in range(start, len(ids), _SWEEP):
        try:
            return ids.index(row_id, first, first + _SWEEP)
        except ValueError:
            if breaks:
                take_break()
    return -1


def place_near(ids: array[int], row_id: int, row: int) -> int:
    """The only row with this ID, -1 if there is none; cheap if it is near `row`."""
    try:
        return ids.index(row_id, max(0, row - _NEAR), row + _NEAR)
    except ValueError:
        return place_of(ids, row_id)


def places_of(ids: array[int], wanted: array[int], *, breaks: bool = False) -> list[Run]:
    """Where those of the rows are that are found.

    With `breaks` it takes half a second for a million rows, and hinders nobody.
    """
    if len(wanted) <= _FEW:
        rows = (place_of(ids, each, breaks=breaks) for each in wanted)
        return runs_of(sorted(row for row in rows if row >= 0))
    bounds = [(min(step), max(step)) for _, step in _steps(wanted, breaks)]
    low, high = min(low for low, _ in bounds), max(high for _, high in bounds)
    if high - low < _MOST_MARKS:
        marks = bytearray(high - low + 1)  # a set of a million would stop all while it grows
        for _, step in _steps(wanted, breaks):
            for each in step:
                marks[each - low] = 1
        return runs_of(
            row
            for first, step in _steps(ids, breaks)
            for row, each in enumerate(step, first)
            if low <= each <= high and marks[each - low]
        )
    chosen = frozenset(wanted)
    return runs_of(
        row
        for first, step in _steps(ids, breaks)
        for row, each in enumerate(step, first)
        if each in chosen
    )


def _steps(ids: array[int], breaks: bool) -> Iterator[tuple[int, Sequence[int]]]:
    for first in range(0, len(ids), _STEP):
        yield first, ids[first : first + _STEP]
        if breaks:
            take_break()


def runs_of(rows: Iterable[int]) -> list[Run]:
    """Ascending rows gathered into runs."""
    runs: list[Run] = []
    first = end = -1
    for row in rows:
        if row != end:
            if end >= 0:
                runs.append(Run(first, end))
            first = row
        end = row + 1
    if end >= 0:
        runs.append(Run(first, end))
    return runs
