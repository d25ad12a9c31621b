"""Long lists of IDs in pieces that one statement can carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

BATCH = 500  # well below SQLite's and PostgreSQL's limits on bound parameters


def in_batches(ids: Sequence[int]) -> Iterator[list[int]]:
    """`ids` without repetitions, in pieces of at most `BATCH`."""
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), BATCH):
        yield unique[start : start + BATCH]
