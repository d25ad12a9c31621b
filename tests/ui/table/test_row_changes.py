"""The difference between two snapshots, against a model that applies it step by step."""

from __future__ import annotations

import random
import time
from array import array
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailadmin.ui.table.row_changes import RowChanges, compare
from mailadmin.ui.table.row_finding import Run, place_of, places_of


def apply(old: array[int], new: array[int], changes: RowChanges) -> array[int]:
    """What a table holds after the steps, done as a view would see them."""
    ids = array("q", old)
    for run in reversed(changes.removed):
        del ids[run.first : run.end]
    if changes.order is not None:
        moved = array("q", ids)
        for row, key in enumerate(ids):
            moved[changes.order.row_after(row)] = key
        ids = moved
    for run in changes.inserted:
        ids[run.first : run.first] = new[run.first : run.end]
    return ids


@st.composite
def snapshots(draw: st.DrawFn) -> tuple[array[int], array[int]]:
    old = draw(st.lists(st.integers(0, 200), unique=True, max_size=80))
    new = list(old)
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["remove", "insert", "move"]))
        if kind == "insert":
            key = draw(st.integers(201, 10_000))
            if key not in new:
                new.insert(draw(st.integers(0, len(new))), key)
        elif new:
            key = new.pop(draw(st.integers(0, len(new) - 1)))
            if kind == "move":
                new.insert(draw(st.integers(0, len(new))), key)
    return array("q", old), array("q", new)


@given(snapshots())
def test_steps_lead_from_the_old_table_to_the_new(pair: tuple[array[int], array[int]]) -> None:
    old, new = pair
    changes = compare(old, new)
    assert changes is not None
    assert apply(old, new, changes) == new
    assert bool(changes) == (old != new)


@given(snapshots(), st.sets(st.integers(0, 79)))
def test_rows_are_found_again(pair: tuple[array[int], array[int]], chosen: set[int]) -> None:
    old, new = pair
    changes = compare(old, new)
    assert changes is not None
    rows = [row for row in chosen if row < len(old)]
    runs = changes.runs_after(Run(row, row + 1) for row in rows)
    assert all(first.end < second.first for first, second in pairwise(runs))
    followed = {new[row] for run in runs for row in range(*run)}
    assert followed == {old[row] for row in rows} & set(new)


@given(
    st.lists(st.integers(0, 40), unique=True, max_size=40),
    st.lists(st.integers(0, 40), unique=True, max_size=40),
)
def test_unrelated_tables_too(old_ids: list[int], new_ids: list[int]) -> None:
    old, new = array("q", old_ids), array("q", new_ids)
    changes = compare(old, new)
    assert changes is not None
    assert apply(old, new, changes) == new


@given(snapshots(), st.integers(0, 79))
def test_one_row_is_found_again(pair: tuple[array[int], array[int]], row: int) -> None:
    old, new = pair
    changes = compare(old, new)
    assert changes is not None
    if row >= len(old):
        return
    after = changes.row_after(row)
    assert (after == -1) == (old[row] not in new)
    assert after == -1 or new[after] == old[row]
    instead = changes.row_instead(row, len(old))
    stay = [*old[row:], *old[:row][::-1]]  # those that follow, then those before
    expected = next((key for key in stay if key in new), None)
    assert (None if instead < 0 else new[instead]) == expected


@given(snapshots(), st.integers(0, 40), st.integers(0, 80))
def test_rows_not_known_yet_become_the_last_ones(
    pair: tuple[array[int], array[int]], known: int, below: int
) -> None:
    old, new = pair
    head = old[:known]
    changes = compare(head, new, below)
    assert changes is not None
    after = [changes.row_after(row) for row in range(len(head) + below)]
    stay = [row for row in after if row >= 0]
    come = [row for run in changes.inserted for row in range(*run)]
    assert sorted(stay + come) == list(range(len(new)))
    for key, row in zip(head, after, strict=False):
        assert (row == -1) == (key not in new)
        assert row == -1 or new[row] == key


def test_rows_that_stay_are_neither_removed_nor_inserted() -> None:
    changes = compare(array("q", [5, 4, 3, 2, 1]), array("q", [7, 6, 3, 5, 2]))
    assert changes is not None
    assert changes.removed == (Run(1, 2), Run(4, 5))
    assert changes.inserted == (Run(0, 2),)
    assert changes.order is not None  # 5 went behind 3
    assert [changes.order.row_after(row) for row in range(3)] == [1, 0, 2]


def test_a_few_new_rows_are_one_insertion() -> None:
    old = array("q", range(1000, 0, -1))
    changes = compare(old, array("q", [1003, 1002, 1001]) + old)
    assert changes == RowChanges((), None, (Run(0, 3),))


def test_thousands_of_rows_that_come_or_go_in_one_place() -> None:
    old = array("q", range(200_000))
    came = old[:5] + array("q", range(300_000, 330_000)) + old[5:]
    assert compare(old, came) == RowChanges((), None, (Run(5, 30_005),))
    assert compare(came, old) == RowChanges((Run(5, 30_005),), None, ())


def test_another_order_of_many_rows_starts_afresh() -> None:
    ids = list(range(50_000))
    old = array("q", ids)
    random.Random(1).shuffle(ids)
    assert compare(old, array("q", ids)) is None


def test_places_of_rows() -> None:
    ids = array("q", [*range(10_000, 0, -1), 1 << 40])
    assert place_of(ids, 1 << 40) == 10_000
    assert place_of(ids, 10_000, start=1) == -1
    few = array("q", [9_998, 10_000, 9_999, 77_777])
    many = array("q", [*few, 1, 2, -5])
    assert places_of(ids, few) == [Run(0, 3)]
    assert places_of(ids, many, breaks=True) == [Run(0, 3), Run(9_998, 10_000)]
    many.append(1 << 40)
    assert places_of(ids, many) == [Run(0, 3), Run(9_998, 10_001)]


def test_a_million_rows_with_some_changes_are_compared_quickly() -> None:
    old = array("q", range(1_000_000, 0, -1))
    moved = random.Random(2).sample(range(1, 1_000_000), 100)
    chosen = set(moved)
    new = array("q", [1_000_001]) + array("q", moved)
    new += array("q", (key for key in old if key not in chosen))
    seconds = 1.0
    for _ in range(10):  # others may want the processor, but not always
        started = time.perf_counter()
        changes = compare(old, new)
        seconds = min(seconds, time.perf_counter() - started)
        if seconds < 0.5:
            break
    assert changes is not None
    assert changes.order is not None
    assert changes.inserted == (Run(0, 1),)
    assert seconds < 0.5  # about 0.01 on an idle machine
