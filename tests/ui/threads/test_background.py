"""Background: order, replacement, cancellation, errors and the end."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType

import pytest
import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import KnownError, StorageBusy
from mailadmin.store import Store
from mailadmin.ui.threads.background import WRITE_PATIENCE, Background
from tests.ui.locking import locked


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    background = Background()
    yield background
    assert background.close(60)


class Gate:
    """Work that says when it began, and waits until the test lets it go on."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self) -> str:
        self.entered.set()
        assert self.opened.wait(60)
        return "through"


def own_threads() -> list[str]:
    return [
        thread.name
        for thread in threading.enumerate()
        # Python keeps an ended thread of Qt that once asked for its name.
        if thread.name.startswith("mailadmin-") and not isinstance(thread, threading._DummyThread)
    ]


def test_work_runs_in_another_thread_and_calls_back_in_the_gui_thread(
    qtbot: QtBot, background: Background
) -> None:
    here = threading.get_ident()
    seen: list[tuple[int, int]] = []
    background.run(threading.get_ident, lambda there: seen.append((there, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(seen))
    worked, called = seen[0]
    assert called == here
    assert worked != here


def test_work_runs_in_the_order_it_was_given(qtbot: QtBot, background: Background) -> None:
    seen: list[int] = []

    def square(number: int) -> Callable[[], int]:
        return lambda: number * number

    for number in range(20):
        background.run(square(number), seen.append)
    qtbot.waitUntil(lambda: len(seen) == 20)
    assert seen == [number * number for number in range(20)]


def test_only_the_newest_waiting_work_of_a_key_is_done(
    qtbot: QtBot, background: Background
) -> None:
    gate = Gate()
    ran: list[str] = []
    seen: list[str] = []
    background.run(gate, seen.append)
    assert gate.entered.wait(60)

    def named(name: str) -> Callable[[], str]:
        def work() -> str:
            ran.append(name)
            return name

        return work

    first = background.run(named("old"), seen.append, key="rows")
    background.run(named("other"), seen.append, key="count")
    background.run(named("new"), seen.append, key="rows")
    assert first.cancelled
    gate.opened.set()
    qtbot.waitUntil(lambda: len(seen) == 3)
    assert ran == ["other", "new"]
    assert seen == ["through", "other", "new"]


def test_a_cancelled_task_never_calls_back(qtbot: QtBot, background: Background) -> None:
    gate = Gate()
    seen: list[str] = []
    running = background.run(gate, seen.append, ended=lambda: seen.append("ended"))
    waiting = background.run(lambda: "waiting", seen.append)
    assert gate.entered.wait(60)
    running.cancel()
    waiting.cancel()
    gate.opened.set()
    background.run(lambda: "after", seen.append)
    qtbot.waitUntil(lambda: "after" in seen)
    assert seen == ["after"]
    assert not running.finished


def test_a_known_error_is_passed_to_failed(qtbot: QtBot, background: Background) -> None:
    def work() -> None:
        raise StorageBusy("Another program holds {name}.", name="the database")

    seen: list[object] = []
    background.run(work, seen.append, seen.append, ended=lambda: seen.append("ended"))
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert isinstance(seen[0], StorageBusy)
    assert str(seen[0]) == "Another program holds the database."
    assert seen[1] == "ended"


@pytest.mark.parametrize("error", [KeyError("a bug"), KnownError("nobody listens")])
def test_an_error_without_a_handler_is_passed_to_the_excepthook(
    qtbot: QtBot, background: Background, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    reported: list[tuple[BaseException, int]] = []

    def hook(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        assert kind is type(value)
        assert trace is not None
        reported.append((value, threading.get_ident()))

    monkeypatch.setattr(sys, "excepthook", hook)

    def work() -> None:
        raise error

    ended: list[object] = []
    failed: Callable[[KnownError], None] | None = (
        None if isinstance(error, KnownError) else ended.append
    )
    background.run(work, None, failed, ended=lambda: ended.append("ended"))
    qtbot.waitUntil(lambda: bool(ended))
    assert reported == [(error, threading.get_ident())]
    assert ended == ["ended"]


def test_a_deleted_receiver_is_not_called(qtbot: QtBot, background: Background) -> None:
    class Receiver(QObject):
        calls = 0

        def take(self, value: str) -> None:
            del value
            Receiver.calls += 1

    gate = Gate()
    receiver = Receiver()
    owner = QObject()
    seen: list[str] = []
    background.run(gate, receiver.take)
    background.run(lambda: "owned", seen.append, owner=owner)
    background.poster(owner)(lambda: seen.append("posted"))
    shiboken6.delete(receiver)
    shiboken6.delete(owner)
    gate.opened.set()
    background.run(lambda: "after", seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == ["after"]
    assert Receiver.calls == 0


def test_a_widget_is_never_destroyed_in_the_working_thread(
    qtbot: QtBot, background: Background
) -> None:
    died_in: list[int] = []

    class Receiver(QObject):
        def take(self, value: str) -> None:
            del value

        def __del__(self) -> None:
            died_in.append(threading.get_ident())

    gate = Gate()
    receiver = Receiver()
    task = background.run(gate, receiver.take)
    assert gate.entered.wait(60)
    del receiver
    task.cancel()
    gate.opened.set()
    qtbot.waitUntil(lambda: bool(died_in))
    assert died_in == [threading.get_ident()]


def test_posted_callbacks_come_in_order_and_before_the_result(
    qtbot: QtBot, background: Background
) -> None:
    owner = QObject()
    post = background.poster(owner)
    seen: list[object] = []

    def work() -> str:
        for number in range(3):
            post(lambda number=number: seen.append(number))  # type: ignore[misc]
        return "done"

    background.run_detached(work, seen.append)
    qtbot.waitUntil(lambda: "done" in seen)
    assert seen == [0, 1, 2, "done"]


def test_hanging_work_delays_no_other_work(qtbot: QtBot, background: Background) -> None:
    gate = Gate()
    seen: list[str] = []
    background.run_detached(gate, seen.append)
    assert gate.entered.wait(60)
    background.run(lambda: "read", seen.append)
    background.run_detached(lambda: "detached", seen.append)
    qtbot.waitUntil(lambda: sorted(seen) == ["detached", "read"])
    gate.opened.set()
    qtbot.waitUntil(lambda: "through" in seen)


def test_cancelling_a_task_tells_its_work_to_stop(qtbot: QtBot, background: Background) -> None:
    gate = Gate()
    seen: list[str] = []
    task = background.run_detached(gate, seen.append, on_cancel=gate.opened.set)
    task.cancel()
    task.cancel()
    qtbot.waitUntil(lambda: not own_threads())
    qtbot.wait(1)
    assert seen == []


def test_close_ends_every_thread_and_prevents_all_callbacks(qtbot: QtBot) -> None:
    events: list[str] = []

    @contextmanager
    def store_thread() -> Iterator[None]:
        events.append(f"open in {threading.current_thread().name}")
        yield
        events.append(f"closed in {threading.current_thread().name}")

    background = Background(store_thread)
    gate = Gate()
    hanging = Gate()
    seen: list[str] = []
    background.run(gate, seen.append)
    background.run(lambda: "never", seen.append)
    background.run_detached(hanging, seen.append, on_cancel=hanging.opened.set)
    assert gate.entered.wait(60)
    assert hanging.entered.wait(60)
    threading.Timer(0.05, gate.opened.set).start()
    assert background.close(60)
    assert events == ["open in mailadmin-reader", "closed in mailadmin-reader"]
    assert own_threads() == []
    late = background.run(lambda: "late", seen.append)
    assert late.cancelled
    assert background.run_detached(lambda: "late", seen.append).cancelled
    background.poster(background)(lambda: seen.append("late"))
    qtbot.wait(20)
    assert seen == []


def test_a_queued_result_is_not_delivered_after_close(qtbot: QtBot) -> None:
    background = Background()
    seen: list[str] = []
    background.run_detached(lambda: "done", seen.append)
    for thread in [thread for thread in threading.enumerate() if "detached" in thread.name]:
        thread.join(60)  # its result is queued; no event was processed since
    assert background.close(60)
    qtbot.wait(20)
    assert seen == []


def test_close_does_not_wait_for_hanging_work(qapp: QApplication) -> None:
    background = Background()
    gate = Gate()
    seen: list[str] = []
    background.run_detached(gate, seen.append)
    assert gate.entered.wait(60)
    assert not background.close(0.05)
    gate.opened.set()
    assert background.close(60)
    assert seen == []


def test_no_thread_is_started_without_work(qapp: QApplication) -> None:
    background = Background()
    assert own_threads() == []
    assert background.close(0)


def test_a_reading_does_not_wait_for_a_change(qtbot: QtBot, background: Background) -> None:
    gate = Gate()
    seen: list[str] = []
    background.write(gate, seen.append)
    background.write(lambda: "second change", seen.append)
    assert gate.entered.wait(60)
    background.run(lambda: "read", seen.append)
    qtbot.waitUntil(lambda: seen == ["read"])
    gate.opened.set()
    qtbot.waitUntil(lambda: seen == ["read", "through", "second change"])


def test_changes_that_wait_for_a_lock_fail_together(
    qtbot: QtBot, store: Store, tmp_path: Path
) -> None:
    patience: list[float] = []

    def be_patient(seconds: float) -> None:
        patience.append(seconds)
        store.be_patient(seconds / 20)  # so that the test takes less than five seconds

    background = Background(store.thread, be_patient=be_patient)
    gate = Gate()
    seen: list[object] = []
    with locked(tmp_path / "mailadmin.db"):
        asked = time.monotonic()
        background.write(gate, seen.append)
        for number in range(20):
            background.write(partial(store.settings.set, "key", number), failed=seen.append)
        assert gate.entered.wait(60)
        waited = time.monotonic() - asked
        background.run(lambda: store.settings.get("key", "nothing"), seen.append)
        qtbot.waitUntil(lambda: seen == ["nothing"])  # readings go on
        gate.opened.set()
        qtbot.waitUntil(lambda: len(seen) == 22)
    assert seen[1] == "through"
    assert all(isinstance(error, StorageBusy) for error in seen[2:])
    assert WRITE_PATIENCE - waited <= patience[0] <= WRITE_PATIENCE
    assert patience == sorted(patience, reverse=True)
    assert patience[-1] < patience[0]
    background.write(partial(store.settings.set, "key", "later"), seen.append)
    qtbot.waitUntil(lambda: len(seen) == 23)
    assert store.settings.get("key") == "later"
    assert background.close(60)
