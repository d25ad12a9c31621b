"""The thread for calls that may never return."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from mailadmin.credentials.worker import CallHangs, CallWorker


class Late:
    """Collects the keys passed to `on_late`."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.happened = threading.Event()

    def __call__(self, keys: set[str]) -> None:
        self.keys |= keys
        self.happened.set()


@pytest.fixture
def late() -> Late:
    return Late()


@pytest.fixture
def worker(late: Late) -> Iterator[CallWorker]:
    made = CallWorker(idle=0.05, on_late=late)
    yield made
    made.close(lambda: None, wait=30)


def keyring_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "keyring"]


def call(worker: CallWorker, work: threading.Event, key: str = "a", wait: float = 0.5) -> bool:
    """Make a call that returns once the event `work` is set; `wait` is long enough to begin it."""
    return worker.call(work.wait, key=key, wait=wait, patience=wait)


def test_a_call_returns_the_answer_of_its_work(worker: CallWorker) -> None:
    assert worker.call(lambda: 42, key="a", wait=30, patience=30) == 42


def test_all_calls_are_made_in_one_daemon_thread(worker: CallWorker) -> None:
    threads = {worker.call(threading.current_thread, key="a", wait=30, patience=30) for _ in "abc"}
    assert len(threads) == 1
    assert threads.pop().daemon


def test_an_idle_thread_ends_and_the_next_call_starts_another(worker: CallWorker) -> None:
    first = worker.call(threading.current_thread, key="a", wait=30, patience=30)
    first.join(30)
    assert not first.is_alive()
    assert worker.call(lambda: "again", key="a", wait=30, patience=30) == "again"


def test_a_hanging_call_is_given_up_at_its_deadline_and_others_at_once(
    worker: CallWorker, late: Late
) -> None:
    gate = threading.Event()
    with pytest.raises(CallHangs):
        call(worker, gate, "hangs")
    begun = time.monotonic()
    with pytest.raises(CallHangs):
        worker.call(lambda: 1, key="second", wait=60, patience=60)
    assert time.monotonic() - begun < 30
    assert not late.happened.is_set()

    gate.set()
    assert late.happened.wait(30)
    assert late.keys == {"hangs", "second"}
    assert worker.call(lambda: 1, key="third", wait=30, patience=30) == 1


def test_a_call_given_up_before_its_turn_is_never_made(worker: CallWorker, late: Late) -> None:
    gate = threading.Event()
    made: list[str] = []
    with pytest.raises(CallHangs):
        call(worker, gate)
    with pytest.raises(CallHangs):
        worker.call(lambda: made.append("second"), key="b", wait=30, patience=30)
    gate.set()
    assert late.happened.wait(30)
    worker.call(lambda: made.append("third"), key="c", wait=30, patience=30)
    assert made == ["third"]


def test_a_caller_with_a_short_wait_does_not_wait_for_one_with_a_long_wait(
    worker: CallWorker,
) -> None:
    gate, started = threading.Event(), threading.Event()

    def prompt() -> bool:
        started.set()
        return gate.wait(60)

    patient = threading.Thread(
        target=lambda: worker.call(prompt, key="p", wait=30, patience=30), daemon=True
    )
    patient.start()
    started.wait(30)
    waits = []
    for _ in "12":
        begun = time.monotonic()
        with pytest.raises(CallHangs):
            worker.call(lambda: 1, key="q", wait=4, patience=4)
        waits.append(time.monotonic() - begun)
    assert waits[0] < 20
    assert waits[1] < 3  # the prompt has been open for longer than this caller's patience
    gate.set()
    patient.join(30)
    assert not patient.is_alive()


def test_waiting_callers_give_up_when_the_call_before_them_is_given_up(
    worker: CallWorker,
) -> None:
    gate, started = threading.Event(), threading.Event()

    def hang() -> bool:
        started.set()
        return gate.wait(60)

    ended: list[float] = []

    def wait_for_turn() -> None:
        started.wait(30)
        begun = time.monotonic()
        with pytest.raises(CallHangs):
            worker.call(lambda: 1, key="b", wait=30, patience=30)
        ended.append(time.monotonic() - begun)

    second = threading.Thread(target=wait_for_turn)
    second.start()
    with pytest.raises(CallHangs):
        worker.call(hang, key="a", wait=1, patience=30)
    second.join(30)
    assert ended
    assert ended[0] < 15
    gate.set()


def test_closing_leaves_a_thread_behind_that_can_not_be_interrupted() -> None:
    gate = threading.Event()
    worker = CallWorker(idle=5, on_late=lambda keys: None)
    with pytest.raises(CallHangs):
        call(worker, gate)
    begun = time.monotonic()
    worker.close(lambda: None, wait=0.1)
    assert time.monotonic() - begun < 10
    with pytest.raises(CallHangs) as refused:
        worker.call(lambda: 1, key="a", wait=30, patience=30)
    assert refused.value.closed
    (thread,) = keyring_threads()
    assert thread.daemon
    gate.set()
    thread.join(30)
    assert not thread.is_alive()


def test_closing_interrupts_a_hanging_call_and_reports_nothing_later(late: Late) -> None:
    gate = threading.Event()
    worker = CallWorker(idle=5, on_late=late)
    with pytest.raises(CallHangs):
        call(worker, gate)
    worker.close(gate.set, wait=30)
    assert keyring_threads() == []
    assert not late.happened.is_set()


def test_closing_ends_the_wait_of_a_caller() -> None:
    gate, started = threading.Event(), threading.Event()
    worker = CallWorker(idle=5, on_late=lambda keys: None)
    outcome: list[bool] = []

    def hang() -> bool:
        started.set()
        return gate.wait(60)

    def wait() -> None:
        with pytest.raises(CallHangs) as raised:
            worker.call(hang, key="a", wait=30, patience=30)
        outcome.append(raised.value.closed)

    waiting = threading.Thread(target=wait)
    waiting.start()
    started.wait(30)
    worker.close(lambda: None, wait=0.05)
    waiting.join(30)
    gate.set()
    assert outcome == [True]


def test_a_call_from_the_worker_thread_is_refused(worker: CallWorker) -> None:
    def nested() -> str:
        with pytest.raises(RuntimeError, match="wait for itself"):
            worker.call(lambda: 1, key="b", wait=30, patience=30)
        return "refused"

    assert worker.call(nested, key="a", wait=30, patience=30) == "refused"


def test_a_bug_in_the_work_is_reported_and_the_next_call_is_made(
    worker: CallWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[type[BaseException] | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_type))

    def bug() -> threading.Thread:
        threads.append(threading.current_thread())
        raise ZeroDivisionError

    threads: list[threading.Thread] = []
    with pytest.raises(RuntimeError, match="without an answer"):
        worker.call(bug, key="a", wait=30, patience=30)
    assert worker.call(lambda: 1, key="a", wait=30, patience=30) == 1
    threads[0].join(30)
    assert reported == [ZeroDivisionError]
