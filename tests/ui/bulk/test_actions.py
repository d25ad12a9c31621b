"""Actions on many rows run off the GUI thread, with progress and Cancel, and can be undone."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import apsw
import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import KnownError
from mailadmin.domain.message import NewMessage
from mailadmin.domain.queue import BulkResult, QueueStatus
from mailadmin.store import Store
from mailadmin.ui.bulk import progress as bulk_progress
from mailadmin.ui.bulk.actions import BulkAction, BulkActions, Report
from mailadmin.ui.bulk.progress import BulkProgress
from mailadmin.ui.bulk.undo_history import UndoHistory, UndoStep
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.widgets.progress_line import ProgressLine
from tests.ui.finding import child

MANY = 3000


@dataclass
class Slow:
    """A change that waits for the test after each step; `told` has the answers to its reports."""

    gate: threading.Event = field(default_factory=threading.Event)
    told: list[bool] = field(default_factory=list)
    thread: int = 0

    def work(self, ids: Sequence[int], report: Report) -> BulkResult:
        self.thread = threading.get_ident()
        for done in range(1000, len(ids) + 1, 1000):
            self.told.append(report(done, len(ids)))
            if not self.told[-1]:
                return BulkResult(tuple(ids[:done]), left=len(ids) - done)
            assert self.gate.wait(20)
            if done == 1000:
                self.gate.clear()
        return BulkResult(tuple(ids))


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 100)
    window.setLocale(QLocale(QLocale.Language.English))
    with qtbot.waitExposed(window):
        window.show()
    return window


@pytest.fixture
def message(window: QWidget, icons: Icons) -> InlineMessage:
    return InlineMessage(icons, window)


@pytest.fixture
def history(window: QWidget) -> UndoHistory:
    return UndoHistory(window)


@pytest.fixture
def bulk(
    window: QWidget,
    message: InlineMessage,
    store: Store,
    background: Background,
    history: UndoHistory,
) -> BulkActions:
    return BulkActions(window, message, store, background, history)


@pytest.fixture
def slow() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.gate.set()


@pytest.fixture
def ids(store: Store) -> array[int]:
    recipients = tuple(f"a{number}@example.org" for number in range(MANY))
    return array("q", store.queue.enqueue([NewMessage(b"Hi", recipients, "Hi", "<1@x>")])[0])


def under_way(message: InlineMessage) -> list[str]:
    """Return the texts of the changes that have not ended."""
    return [line.text for line in message.findChildren(ProgressLine) if not line.isHidden()]


def last(history: UndoHistory) -> tuple[str, int] | None:
    return None if history.last is None else (history.last.name, history.last.count)


def action(work: object) -> BulkAction:
    return BulkAction(
        "&Hold",
        work,  # type: ignore[arg-type]
        "Holding: {done} of {total}.",
        "1 is held.",
        "{count} are held.",
        undone=("1 is back.", "{count} are back."),
    )


def test_a_change_runs_off_the_gui_thread_without_progress_if_it_is_quick(
    qtbot: QtBot,
    bulk: BulkActions,
    message: InlineMessage,
    slow: Slow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk_progress, "_A_WHILE", 60_000)  # even a busy machine is quicker
    said: list[str] = []
    message.appeared.connect(lambda: said.append(message.text))
    slow.gate.set()
    bulk.run(action(slow.work), array("q", range(1000)))
    qtbot.waitUntil(lambda: message.text == "1,000 are held.")
    assert said == ["1,000 are held."]  # no progress was shown in between
    assert slow.thread not in (0, threading.get_ident())


def test_a_long_change_shows_its_progress_and_can_be_cancelled(
    qtbot: QtBot, bulk: BulkActions, message: InlineMessage, slow: Slow
) -> None:
    bulk.run(action(slow.work), array("q", range(MANY)))
    qtbot.waitUntil(lambda: under_way(message) == ["Holding: 1,000 of 3,000."])
    slow.gate.set()
    qtbot.waitUntil(lambda: under_way(message) == ["Holding: 2,000 of 3,000."])
    button = child(message, QToolButton, "progressCancel")
    assert button.text() == "Cancel"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    slow.gate.set()
    qtbot.waitUntil(lambda: under_way(message) == [])
    assert message.text == "3,000 are held."  # the last step was under way already
    assert slow.told == [True, True, False]


def test_a_cancelled_change_reports_the_rows_that_were_not_reached(
    qtbot: QtBot, bulk: BulkActions, message: InlineMessage, slow: Slow
) -> None:
    bulk.run(action(slow.work), array("q", range(MANY)))
    qtbot.waitUntil(lambda: bool(under_way(message)))
    QTest.mouseClick(child(message, QToolButton, "progressCancel"), Qt.MouseButton.LeftButton)
    slow.gate.set()
    qtbot.waitUntil(lambda: message.text == "2,000 are held. Not reached: 1,000.")
    assert message.role is Role.WARNING


def test_the_progress_of_a_change_does_not_replace_an_error(
    qtbot: QtBot, bulk: BulkActions, message: InlineMessage, slow: Slow
) -> None:
    bulk.run(action(slow.work), array("q", range(MANY)))
    qtbot.waitUntil(lambda: bool(under_way(message)))
    message.show_error("The disk is full.")
    slow.gate.set()
    qtbot.waitUntil(lambda: under_way(message) == ["Holding: 2,000 of 3,000."])
    assert message.text == "The disk is full."
    message.dismiss()
    assert child(message, QToolButton, "progressCancel").isVisible()


def test_a_bug_in_a_change_removes_its_progress_and_enables_undo(
    qtbot: QtBot,
    bulk: BulkActions,
    message: InlineMessage,
    history: UndoHistory,
    capfd: pytest.CaptureFixture[str],
) -> None:
    history.push(UndoStep(1, "Hold", 3, "", ""))
    gate = threading.Event()

    def work(chosen: Sequence[int], report: Report) -> BulkResult:
        del report
        assert gate.wait(20)
        return BulkResult((chosen[len(chosen)],))

    with qtbot.captureExceptions() as problems:
        bulk.run(action(work), array("q", [1, 2]))
        qtbot.waitUntil(lambda: bool(under_way(message)))
        gate.set()
        qtbot.waitUntil(lambda: bool(problems))
    assert [kind for kind, *_ in problems] == [IndexError]
    assert under_way(message) == []
    assert last(history) == ("Hold", 3)
    capfd.readouterr()


@pytest.fixture
def counting() -> Iterator[threading.Event]:
    """A question waits for its count until this event is set."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_a_command_given_twice_asks_one_question(
    qtbot: QtBot, bulk: BulkActions, window: QWidget, counting: threading.Event
) -> None:
    chosen = array("q", [1, 2])
    counted: list[Sequence[int]] = []
    done: list[int] = []

    def count(rows: Sequence[int]) -> int:
        assert counting.wait(20)
        counted.append(rows)
        return 1

    def give() -> None:
        bulk.count_first(
            chosen,
            count,
            lambda found: bulk.ask(chosen, "Try {count}?", "Try", lambda: done.append(found)),
        )

    def boxes() -> list[QMessageBox]:
        return window.findChildren(QMessageBox)

    give()
    give()
    counting.set()
    qtbot.waitUntil(lambda: bool(boxes()))
    give()  # while the question is on the screen
    bulk.ask(chosen, "Try {count}?", "Try", lambda: done.append(0))
    with qtbot.waitCallback() as read:
        bulk._background.run(lambda: None, read, long=True)
    assert len(counted) == 1  # another count could end after the answer, and ask again
    assert len(boxes()) == 1
    QTest.mouseClick(child(boxes()[0], QPushButton, "confirmButton"), Qt.MouseButton.LeftButton)
    assert done == [1]
    qtbot.waitUntil(lambda: not boxes())
    give()
    qtbot.waitUntil(lambda: bool(boxes()))
    QTest.keyClick(boxes()[0], Qt.Key.Key_Escape)
    assert done == [1]


def test_a_new_question_replaces_one_that_waits_for_its_count(
    qtbot: QtBot, bulk: BulkActions, window: QWidget, counting: threading.Event
) -> None:
    chosen = array("q", [1, 2])
    asked: list[str] = []
    bulk.count_first(chosen, lambda _: int(counting.wait(20)), lambda _: asked.append("first"))
    bulk.ask(chosen, "Delete {count}?", "Delete", lambda: asked.append("second"))
    box = child(window, QMessageBox, "confirmDialog")
    counting.set()
    with qtbot.waitCallback() as counted:
        bulk._background.run(lambda: None, counted, long=True)
    QTest.mouseClick(child(box, QPushButton, "confirmButton"), Qt.MouseButton.LeftButton)
    assert asked == ["second"]


def test_a_count_is_possible_after_one_that_failed(
    qtbot: QtBot, bulk: BulkActions, message: InlineMessage
) -> None:
    def fail(_: Sequence[int]) -> int:
        raise KnownError("The disk is full.")

    bulk.count_first(array("q", [1]), fail, lambda _: None)
    qtbot.waitUntil(lambda: message.text == "The disk is full.")
    with qtbot.waitCallback() as counted:
        bulk.count_first(array("q", [1]), len, counted)
    assert counted.args == [1]


def test_small_changes_do_not_wait_for_large_ones(
    qtbot: QtBot, bulk: BulkActions, background: Background, store: Store, slow: Slow
) -> None:
    bulk.run(action(slow.work), array("q", range(MANY)))
    with qtbot.waitCallback() as written:
        background.write(lambda: store.settings.set("small", 1), written)
    assert not slow.gate.is_set()


def test_the_end_of_the_program_stops_a_change(
    qtbot: QtBot, bulk: BulkActions, store: Store, slow: Slow
) -> None:
    other = Background(store.thread)
    bulk._background = other
    bulk.run(action(slow.work), array("q", range(MANY)))
    qtbot.waitUntil(lambda: slow.told == [True])
    ended: list[bool] = []
    opener = threading.Timer(0.2, slow.gate.set)
    opener.start()
    ended.append(other.close(timeout=20))
    opener.join()
    assert ended == [True]
    assert slow.told == [True, False]


def test_undo_takes_back_the_last_change_first(
    qtbot: QtBot,
    bulk: BulkActions,
    message: InlineMessage,
    history: UndoHistory,
    store: Store,
    ids: array[int],
) -> None:
    bulk.run(action(store.queue.hold), ids)
    bulk.run(action(store.queue.delete), ids[:10])
    qtbot.waitUntil(lambda: last(history) == ("Hold", 10))
    bulk.undo()
    assert last(history) is None  # not before the result of this undo is known
    bulk.undo()
    qtbot.waitUntil(lambda: message.text == "10 are back.")
    assert last(history) == ("Hold", MANY)
    bulk.undo()
    qtbot.waitUntil(lambda: message.text == "3,000 are back.")
    assert last(history) is None
    assert store.queue.summary().counts == {QueueStatus.QUEUED: MANY}


def test_undo_leaves_rows_that_another_window_changed_and_says_so(
    qtbot: QtBot,
    bulk: BulkActions,
    message: InlineMessage,
    history: UndoHistory,
    store: Store,
    ids: array[int],
) -> None:
    bulk.run(action(store.queue.hold), ids)
    qtbot.waitUntil(lambda: history.last is not None)
    store.queue.release(ids[:2])
    bulk.undo()
    qtbot.waitUntil(lambda: "2,998 are back. 2 left as they are: It was changed" in message.text)
    assert history.last is None


def test_a_cancelled_undo_can_be_continued(
    qtbot: QtBot,
    bulk: BulkActions,
    message: InlineMessage,
    history: UndoHistory,
    store: Store,
    ids: array[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bulk.run(action(store.queue.hold), ids)
    qtbot.waitUntil(lambda: history.last is not None)
    with monkeypatch.context() as impatient:
        impatient.setattr(BulkProgress, "report", lambda *_: False)
        bulk.undo()
        qtbot.waitUntil(lambda: "Not reached: " in message.text)
    assert history.last is not None
    bulk.undo()
    qtbot.waitUntil(lambda: store.queue.summary().counts == {QueueStatus.QUEUED: MANY})
    qtbot.waitUntil(lambda: "Not reached" not in message.text)
    assert last(history) is None


def test_a_change_that_can_not_be_undone_any_more_leaves_the_history(
    qtbot: QtBot,
    bulk: BulkActions,
    message: InlineMessage,
    history: UndoHistory,
    store: Store,
    ids: array[int],
) -> None:
    bulk.run(action(store.queue.hold), ids)
    qtbot.waitUntil(lambda: history.last is not None)
    assert history.last is not None
    store.queue.undo(history.last.token)
    bulk.undo()
    qtbot.waitUntil(lambda: "can't be undone any more" in message.text)
    assert history.last is None


def test_a_change_that_fails_half_way_can_be_undone_as_far_as_it_went(
    qtbot: QtBot,
    bulk: BulkActions,
    message: InlineMessage,
    history: UndoHistory,
    store: Store,
    ids: array[int],
) -> None:
    bulk.undo_action = QAction("Undo", bulk)
    holder = apsw.Connection(str(store.location.path))

    def work(chosen: Sequence[int], report: Report) -> BulkResult:
        store.be_patient(0.01)

        def block(done: int, total: int) -> bool:
            if not holder.in_transaction:
                holder.execute("BEGIN IMMEDIATE")
            return report(done, total)

        return store.queue.hold(chosen, block)

    bulk.run(action(work), ids)
    qtbot.waitUntil(lambda: "locked by another program" in message.text)
    holder.execute("ROLLBACK")
    holder.close()
    assert message.role is Role.BAD
    assert "are held." in message.text
    assert "Not reached: " in message.text
    assert child(message, QToolButton, "inlineMessageAction").defaultAction() is bulk.undo_action
    assert history.last is not None
    bulk.undo()
    qtbot.waitUntil(lambda: "are back." in message.text)
