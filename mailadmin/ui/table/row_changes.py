"""What it takes to turn one snapshot of row IDs into the next.

Pure functions on `array('q')`, called in a background thread. The aim is the smallest set of
removals, moves and insertions, so that selection, current row and scroll position survive; for two
tables with little in common the answer is None.

Both snapshots hold each ID once. Comparing costs one pass over the equal stretches (at memory
speed, no Python object per row) and a small window around each difference, so a million rows with
a handful of changes take a few milliseconds and no memory worth naming.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mailadmin.ui.table.row_finding import Run, place_of, take_break

FIRST_WINDOW = 32  # rows looked at on both sides of a difference to find the common thread again
LAST_WINDOW = 8192  # the same at most
MAX_SEARCHES = 6  # rows looked for in the whole rest of a table: many came or went in one place
MAX_LOOKED = 200_000  # rows in such windows: 5000 places that differ by a few rows
_BETWEEN_BREAKS = 1024  # of these
MAX_MOVED = 5000  # rows that change places


class _Piece(NamedTuple):
    """Rows that stay together: from row `old` on in the old table, from row `new` on in the new."""

    old: int
    new: int
    length: int


@dataclass(frozen=True, slots=True)
class Permutation:
    """A new order of the rows that stay, counted without the removed and the inserted ones."""

    starts: tuple[int, ...]  # first row of each piece before, ascending
    targets: tuple[int, ...]  # first row of the same piece afterwards

    def row_after(self, row: int) -> int:
        """The new place of the row that was at `row`."""
        piece = bisect_right(self.starts, row) - 1
        return self.targets[piece] + row - self.starts[piece]

    def runs_after(self, runs: Iterable[Run]) -> list[Run]:
        """The new places of the rows of `runs`, ascending."""
        placed: list[Run] = []
        for run in runs:
            first = run.first
            piece = bisect_right(self.starts, first) - 1
            while first < run.end:
                last_piece = piece + 1 == len(self.starts)
                end = run.end if last_piece else min(run.end, self.starts[piece + 1])
                target = self.targets[piece] + first - self.starts[piece]
                placed.append(Run(target, target + end - first))
                first, piece = end, piece + 1
        return _merged(placed)


@dataclass(frozen=True, slots=True)
class RowChanges:
    """Steps from the old table to the new, in this order. All runs ascend."""

    removed: tuple[Run, ...]  # rows of the old table
    order: Permutation | None  # None: the rows that stay keep their order
    inserted: tuple[Run, ...]  # rows of the new table

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.removed or self.order or self.inserted)

    def runs_after(self, runs: Iterable[Run]) -> list[Run]:
        """Where the rows of `runs` of the old table, as far as they stay, are in the new one."""
        placed = _after_removal(sorted(runs), self.removed)
        if self.order is not None:
            placed = self.order.runs_after(placed)
        return _merged(_after_insertion(placed, self.inserted))

    def row_after(self, row: int) -> int:
        """Where a row of the old table is in the new one, -1 if it is gone."""
        placed = row
        for run in self.removed:
            if run.first > row:
                break
            if run.end > row:
                return -1
            placed -= run.end - run.first
        if self.order is not None:
            placed = self.order.row_after(placed)
        for run in self.inserted:
            if run.first > placed:
                break
            placed += run.end - run.first
        return placed

    def row_instead(self, row: int, total: int) -> int:
        """The row itself after the changes, or the one that followed it, or preceded it.

        -1 if none of the `total` rows of the old table stays.
        """
        hole = next((run for run in _merged(self.removed) if run.first <= row < run.end), None)
        if hole is None:
            return self.row_after(row)
        if hole.end < total:
            return self.row_after(hole.end)
        return self.row_after(hole.first - 1) if hole.first > 0 else -1


def compare(old: array[int], new: array[int], below: int = 0) -> RowChanges | None:
    """The changes from `old` to `new`, or None if they have too little in common.

    `below` are rows of the old table that come after `old` and of which nothing is known: they
    become the last rows of the new one.
    """
    walked = _walk(old, new)
    if walked is None:
        return None
    pieces, gone, come = walked
    moved = _in_both(old, gone, new, come)
    if len(moved) > MAX_MOVED:
        return None
    pieces += [_Piece(row_old, row_new, 1) for row_old, row_new in moved]
    removed = _cut(gone, sorted(row_old for row_old, _ in moved))
    inserted = _cut(come, sorted(row_new for _, row_new in moved))
    if below:
        at_end = bool(inserted) and inserted[-1].end == len(new)
        last = inserted.pop() if at_end else Run(len(new), len(new))
        known = min(below, last.end - last.first)
        pieces.append(_Piece(len(old), last.first, known))
        if known < below:
            removed.append(Run(len(old) + known, len(old) + below))
        elif known < last.end - last.first:
            inserted.append(Run(last.first + known, last.end))
    order = _permutation(pieces) if moved else None
    return RowChanges(tuple(removed), order, tuple(inserted))


def _after_removal(runs: Iterable[Run], removed: Sequence[Run]) -> list[Run]:
    """`runs` without the rows of `removed`, counted without them; both ascending."""
    placed: list[Run] = []
    passed = shift = 0  # runs of `removed` before the present run, and their rows
    for run in runs:
        first = run.first
        while passed < len(removed) and removed[passed].end <= first:
            shift += removed[passed].end - removed[passed].first
            passed += 1
        hole, gone = passed, shift
        while hole < len(removed) and removed[hole].first < run.end:
            if removed[hole].first > first:
                placed.append(Run(first - gone, removed[hole].first - gone))
            gone += removed[hole].end - removed[hole].first
            first = max(first, removed[hole].end)
            hole += 1
        if first < run.end:
            placed.append(Run(first - gone, run.end - gone))
    return placed


def _after_insertion(runs: Iterable[Run], inserted: Sequence[Run]) -> list[Run]:
    """`runs` moved and parted by the rows of `inserted`, which count in the new table."""
    placed: list[Run] = []
    passed = shift = 0
    for run in runs:
        first = run.first
        while first < run.end:
            while passed < len(inserted) and inserted[passed].first - shift <= first:
                shift += inserted[passed].end - inserted[passed].first
                passed += 1
            end = run.end
            if passed < len(inserted):
                end = min(end, inserted[passed].first - shift)
            placed.append(Run(first + shift, end + shift))
            first = end
    return placed


def _merged(runs: Iterable[Run]) -> list[Run]:
    """`runs` ascending, those that touch made one."""
    merged: list[Run] = []
    for run in sorted(runs):
        if merged and run.first <= merged[-1].end:
            merged[-1] = Run(merged[-1].first, max(run.end, merged[-1].end))
        else:
            merged.append(run)
    return merged


def _walk(old: array[int], new: array[int]) -> tuple[list[_Piece], list[Run], list[Run]] | None:
    """Equal stretches, rows only the old table has in that place, rows only the new one has."""
    pieces: list[_Piece] = []
    gone: list[Run] = []
    come: list[Run] = []
    row_old = row_new = 0
    looked = searches = 0
    with memoryview(old) as old_view, memoryview(new) as new_view:
        while True:
            same = _equal_length(old_view[row_old:], new_view[row_new:])
            if same:
                pieces.append(_Piece(row_old, row_new, same))
                row_old += same
                row_new += same
            if row_old == len(old) and row_new == len(new):
                return pieces, gone, come
            if looked > MAX_LOOKED or searches > MAX_SEARCHES:
                return None
            window, skip = _resume(old_view[row_old:], new_view[row_new:])
            if looked // _BETWEEN_BREAKS < (looked := looked + window) // _BETWEEN_BREAKS:
                take_break()
            if skip is None:
                searches += 1
                skip = _search(old, row_old, new, row_new)
            if skip is None:
                return None
            skip_old, skip_new = skip
            if skip_old:
                gone.append(Run(row_old, row_old + skip_old))
            if skip_new:
                come.append(Run(row_new, row_new + skip_new))
            row_old += skip_old
            row_new += skip_new


def _equal_length(old: memoryview[int], new: memoryview[int]) -> int:
    """How many rows from the start on are equal."""
    limit = min(len(old), len(new))
    equal = 0
    size = 64
    while equal < limit:
        size = min(size, limit - equal)
        if old[equal : equal + size] == new[equal : equal + size]:
            equal += size
            size *= 2
        elif size == 1:
            break
        else:
            size //= 2
    return equal


def _resume(old: memoryview[int], new: memoryview[int]) -> tuple[int, tuple[int, int] | None]:
    """How many rows were looked at, and how many to skip on each side to the nearest row both have.

    None if that is too far away.
    """
    if not old or not new:
        return 0, (len(old), len(new))
    window = FIRST_WINDOW
    while window <= LAST_WINDOW:
        places = {key: row for row, key in enumerate(old[:window])}
        nearest: tuple[int, int] | None = None
        for row_new, key in enumerate(new[:window]):
            row_old = places.get(key)
            if row_old is not None and (
                nearest is None or row_old + row_new < nearest[0] + nearest[1]
            ):
                nearest = row_old, row_new
        if nearest is not None:
            return window, nearest
        if window >= max(len(old), len(new)):
            return window, (len(old), len(new))
        window *= 2
    return window, None


def _search(old: array[int], row_old: int, new: array[int], row_new: int) -> tuple[int, int] | None:
    """The same where thousands of rows came or went: looks for the next row of either table."""
    came = place_of(new, old[row_old], row_new, breaks=True)
    went = place_of(old, new[row_new], row_old, breaks=True)
    if came >= 0 and (went < 0 or came - row_new <= went - row_old):
        return 0, came - row_new
    if went >= 0:
        return went - row_old, 0
    return None


def _in_both(
    old: array[int], gone: Sequence[Run], new: array[int], come: Sequence[Run]
) -> list[tuple[int, int]]:
    """Rows that left one place and came in another, as (old row, new row)."""
    if _size(gone) > _size(come):
        return [(row_old, row_new) for row_new, row_old in _in_both(new, come, old, gone)]
    places = {old[row]: row for run in gone for row in range(*run)}
    if not places:
        return []
    return [
        (places[key], row)
        for run in come
        for row, key in enumerate(new[run.first : run.end], run.first)
        if key in places
    ]


def _size(runs: Iterable[Run]) -> int:
    return sum(run.end - run.first for run in runs)


def _cut(runs: Iterable[Run], rows: Sequence[int]) -> list[Run]:
    """`runs` without `rows`, which are some of theirs; all ascending."""
    kept: list[Run] = []
    hole = 0
    for run in runs:
        first = run.first
        while hole < len(rows) and rows[hole] < run.end:
            if rows[hole] > first:
                kept.append(Run(first, rows[hole]))
            first = rows[hole] + 1
            hole += 1
        if first < run.end:
            kept.append(Run(first, run.end))
    return kept


def _permutation(pieces: list[_Piece]) -> Permutation:
    """Pieces that cover all rows that stay, as places counted among those rows alone."""
    target_of: dict[int, int] = {}
    count = 0
    for piece in sorted(pieces, key=lambda each: each.new):
        target_of[piece.old] = count
        count += piece.length
    starts: list[int] = []
    targets: list[int] = []
    count = 0
    for piece in sorted(pieces):
        starts.append(count)
        targets.append(target_of[piece.old])
        count += piece.length
    return Permutation(tuple(starts), tuple(targets))
