"""Changes of many rows: short transactions, cancelling, and what is told of them."""

from __future__ import annotations

from typing import Any

import apsw
import pytest

from mailadmin.domain.errors import StorageBusy
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.store.base.database import Bindings
from tests.store.queue.many_rows import MANY, Make, act, content, queue, token


@pytest.mark.parametrize("action", ["hold", "release", "send_now", "delete"])
def test_a_change_of_many_rows_takes_few_statements(
    store: Store, message: Make, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    ids = queue(store, message, MANY)
    if action == "release":
        store.queue.hold(ids)
    database = store._database
    asked: list[str] = []

    def sql(text: str, bindings: Bindings = ()) -> list[Any]:
        asked.append(text)
        return real(text, bindings)

    real = database.sql
    monkeypatch.setattr(database, "sql", sql)
    result = act(store, action, ids)
    assert len(result.changed) == MANY
    assert len(store.queue.undo(token(result)).changed) == MANY
    assert len(asked) < MANY / 10


def test_another_program_can_write_between_the_batches(store: Store, message: Make) -> None:
    ids = queue(store, message, MANY)
    other = Store.open(store.location.path, standard_drivers(), busy_timeout=0.0)
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> bool:
        told.append((done, total))
        other.settings.set("done", done)  # at once: nobody holds the database
        return False

    result = store.queue.hold(ids, progress)
    other.close()
    assert [total for _, total in told] == [MANY] * len(told)
    assert result.left == MANY - told[-1][0] > 0
    assert result.changed == tuple(ids[: told[-1][0]])
    assert store.queue.summary().counts[QueueStatus.HELD] == told[-1][0]
    assert store.queue.undo(token(result)).changed == result.changed
    assert store.queue.summary().counts == {QueueStatus.QUEUED: MANY}


def test_batches_done_before_a_failure_are_told_and_can_be_undone(
    store: Store, message: Make
) -> None:
    ids = queue(store, message, MANY)
    before = content(store)
    holder = apsw.Connection(str(store.location.path))
    store.be_patient(0.01)
    heard: list[Topic] = []
    store.subscribe(heard.append)

    def block(done: int, total: int) -> bool:
        if done < total and not holder.in_transaction:
            holder.execute("BEGIN IMMEDIATE")
        return True

    result = store.queue.delete(ids, block)
    assert isinstance(result.trouble, StorageBusy)
    assert result.left == MANY - len(result.changed) > 0
    assert set(heard) == {Topic.QUEUE, Topic.LOG}
    assert result.refused == {}
    with pytest.raises(StorageBusy):  # nothing at all was done, so it is no result
        store.queue.delete(ids)
    holder.execute("ROLLBACK")
    holder.close()
    assert store.queue.count() == result.left
    store.queue.undo(token(result))
    assert content(store) == before


def test_subscribers_hear_of_the_batches_done_before_a_cancel(store: Store, message: Make) -> None:
    ids = queue(store, message, MANY)
    heard: list[Topic] = []
    store.subscribe(heard.append)
    assert store.queue.hold(ids, lambda done, total: False).left > 0
    assert heard == [Topic.QUEUE]


def test_an_id_given_twice_counts_once(store: Store, message: Make) -> None:
    (one,) = queue(store, message, 1)
    assert store.queue.hold([one, one]).changed == (one,)
    assert store.queue.hold([]).changed == ()
