"""Changes of this process and of others arrive as few signals, and none is missed."""

from __future__ import annotations

import threading
from pathlib import Path

from pytestqt.qtbot import QtBot

from mailadmin.domain.message import NewMessage
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.change_events import ChangeEvents

MESSAGE = NewMessage(b"Subject: x\r\n\r\nx\r\n", ("a@x.org",), "x", "<1@x.org>")


def test_many_commits_in_a_row_are_one_signal(
    qtbot: QtBot, store: Store, background: Background
) -> None:
    events = ChangeEvents(store, background)
    heard: list[Topic] = []
    events.changed.connect(heard.append)
    for _ in range(20):
        store.queue.enqueue([MESSAGE])
    qtbot.waitUntil(lambda: heard == [Topic.QUEUE])
    events.stop()


def test_a_commit_of_another_thread_is_a_signal(
    qtbot: QtBot, store: Store, background: Background
) -> None:
    events = ChangeEvents(store, background)

    def enqueue() -> None:
        with store.thread():
            store.queue.enqueue([MESSAGE])

    with qtbot.waitSignal(events.changed) as told:
        threading.Thread(target=enqueue).start()
    assert told.args == [Topic.QUEUE]
    events.stop()


def test_a_commit_of_another_program_after_the_first_reading_is_noticed(
    qtbot: QtBot, store: Store, background: Background, tmp_path: Path
) -> None:
    other = Store.open(tmp_path / "mailadmin.db", standard_drivers())
    events = ChangeEvents(store, background)
    heard: set[Topic] = set()
    events.changed.connect(heard.add)
    events.start()
    with qtbot.waitCallback() as read:  # the first reading of a table
        background.run(store.queue.ids, read)
    other.queue.enqueue([MESSAGE])
    other.close()
    qtbot.waitUntil(lambda: heard == {Topic.PROVIDERS, Topic.QUEUE, Topic.LOG})
    events.stop()


def test_no_signal_comes_after_stop(qtbot: QtBot, store: Store, background: Background) -> None:
    events = ChangeEvents(store, background)
    heard: list[Topic] = []
    events.changed.connect(heard.append)
    store.queue.enqueue([MESSAGE])
    events.stop()
    store.queue.enqueue([MESSAGE])
    with qtbot.waitCallback() as later:
        background.run(lambda: None, later)
    qtbot.wait(150)  # longer than changes are gathered
    assert heard == []
