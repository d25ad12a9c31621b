"""Changes of many rows in short transactions, so that nobody else waits long for the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from mailadmin.domain.errors import KnownError
from mailadmin.domain.queue import BulkResult
from mailadmin.domain.topic import Topic
from mailadmin.store.base.database import Database
from mailadmin.store.base.reading import Progress, seldom

Work = Callable[[list[int]], dict[int, str]]
"""Changes these rows, in the caller's transaction; gives those that it left, with the reason."""

_FIRST, _LEAST, _MOST = 500, 100, 5000  # rows
_LOCKED = 0.02  # seconds that a batch should take
_TOLD_EVERY = 0.25  # seconds between two times that subscribers hear of it


def pieces(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """`ids` in pieces so small that the window can paint between two of them."""
    return (ids[start : start + _MOST] for start in range(0, len(ids), _MOST))


def in_batches(
    database: Database, ids: Sequence[int], work: Work, topics: Sequence[Topic], progress: Progress
) -> BulkResult:
    """Do `work` on all `ids`, each once; batches before a cancel or a failure stay committed.

    A failure of the first batch is raised, one of a later batch is the result's `trouble`.
    """
    rows = _each_once(ids)
    progress = seldom(progress)
    refused: dict[int, str] = {}
    trouble: KnownError | None = None
    done, size = 0, _FIRST
    told = time.monotonic()
    silent = False  # something was committed that no subscriber has heard of
    while done < len(rows):
        batch = rows[done : done + size]
        tell = done + size >= len(rows) or time.monotonic() - told >= _TOLD_EVERY
        try:
            with database.write(*(topics if tell else ())):
                began = time.monotonic()
                left = work(batch)
        except KnownError as error:
            if not done:
                raise
            trouble = error
            break
        took = time.monotonic() - began
        refused.update(left)
        done += len(batch)
        silent = not tell
        told = time.monotonic() if tell else told
        if not progress(done, len(rows)):
            break
        if done < len(rows):
            size = max(_LEAST, min(_MOST, 2 * size, round(size * _LOCKED / max(took, 1e-6))))
            time.sleep(took)  # others have their turn: SQLite knows no queue
    if silent:
        database.publish(*topics)
    changed = tuple(row for row in rows[:done] if row not in refused)
    return BulkResult(changed, refused, left=len(rows) - done, trouble=trouble)


def _each_once(ids: Sequence[int]) -> list[int]:
    rows: dict[int, None] = {}
    for piece in pieces(ids):
        rows.update(dict.fromkeys(piece))
    return list(rows)
