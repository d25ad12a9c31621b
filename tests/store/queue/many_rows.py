"""What tests of bulk changes look at and do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from mailadmin.domain.message import NewMessage
from mailadmin.domain.queue import BulkResult
from mailadmin.store import Store

Make = Callable[..., NewMessage]
Content = dict[str, list[Any]]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MANY = 3000  # more than one batch


def content(store: Store) -> Content:
    """All that changes of the queue may touch, byte for byte."""
    return {
        name: store._database.sql(f"SELECT * FROM {name} ORDER BY 1")  # noqa: S608
        for name in ("queue", "journal", "queue_count WHERE number > 0")
    }


def queue(store: Store, message: Make, count: int) -> list[int]:
    """One message to `count` recipients."""
    recipients = [f"a{number}@x.org" for number in range(count)]
    return store.queue.enqueue([message(*recipients)], now=NOW)[0]


def act(store: Store, action: str, ids: Sequence[int], now: datetime = NOW) -> BulkResult:
    """Do `action` to these rows."""
    result: BulkResult = getattr(store.queue, action)(ids, now=now)
    return result


def token(result: BulkResult) -> int:
    """The token by which a change is undone."""
    assert result.undo is not None
    return result.undo
