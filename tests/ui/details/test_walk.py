"""The details go from message to message in the order of the table, by keys and buttons."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QTabWidget
from pytestqt.qtbot import QtBot

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from mailadmin.ui.details.loaded_message import LoadedMessage
from mailadmin.ui.details.message_details import MessageDetails
from mailadmin.ui.details.rows import QUEUE_ROW, RowKind, RowWalk
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.table.view import TableView
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.ui.finding import child, select_row
from tests.ui.stored_mail import add_provider, attempt, queue


@pytest.fixture
def tab(
    qtbot: QtBot, store: Store, background: Background, icons: Icons, settings: QSettings
) -> QueueTab:
    queue(store, 5)
    tab = QueueTab(store, background, icons=icons, settings=settings)
    qtbot.addWidget(tab)
    tab.resize(800, 400)
    tab.show()
    tab.refresh()
    qtbot.waitUntil(lambda: tab.model.complete and tab.model.value_at(0) is not None)
    return tab


def opened(tab: QueueTab | LogTab, qtbot: QtBot, row_id: int) -> MessageDetails:
    tab.open_details(row_id)
    details = child(tab, MessageDetails, "messageDetails")
    qtbot.waitUntil(lambda: shown(details) != "")
    return details


def shown(details: MessageDetails) -> str:
    return child(details, QLabel, "detailsEmail").text()


def enabled(details: MessageDetails) -> tuple[bool, bool]:
    return (
        child(details, QAction, "previousMessageAction").isEnabled(),
        child(details, QAction, "nextMessageAction").isEnabled(),
    )


def current(tab: QueueTab) -> int:
    return tab.model.id_at(tab.table.currentIndex().row())


def test_steps_follow_the_order_of_the_table_and_select_its_rows(
    tab: QueueTab, qtbot: QtBot
) -> None:
    tab.model.set_query(TableQuery("email", descending=True))
    qtbot.waitUntil(lambda: tab.model.complete and tab.model.id_at(0) == 5)
    select_row(tab.table, 0)
    details = opened(tab, qtbot, 5)
    assert enabled(details) == (False, True)
    child(details, QAction, "nextMessageAction").trigger()
    qtbot.waitUntil(lambda: shown(details) == "ann3@example.org")
    assert details.windowTitle() == "Queue: email 4"
    assert current(tab) == 4
    assert list(tab.table.selected_ids()) == [4]
    assert enabled(details) == (True, True)
    child(details, QAction, "previousMessageAction").trigger()
    qtbot.waitUntil(lambda: shown(details) == "ann4@example.org")
    assert current(tab) == 5
    assert child(tab, MessageDetails, "messageDetails") is details


@pytest.mark.parametrize(
    ("back", "on"),
    [
        ((Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier),
         (Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)),
        ((Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier),
         (Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)),
    ],
)  # fmt: skip
def test_the_keys_for_steps_work_wherever_the_focus_is(
    tab: QueueTab,
    qtbot: QtBot,
    back: tuple[Qt.Key, Qt.KeyboardModifier],
    on: tuple[Qt.Key, Qt.KeyboardModifier],
) -> None:
    details = opened(tab, qtbot, 1)
    tabs = child(details, QTabWidget, "detailsTabs")
    for place, name in ((1, "detailsText"), (2, "detailsHeaders"), (3, "detailsSource")):
        tabs.setCurrentIndex(place)
        details.activateWindow()
        qtbot.waitActive(details)
        focused = child(details, QPlainTextEdit, name)
        focused.setFocus()
        QTest.keyClick(focused, *on)
        qtbot.waitUntil(lambda: shown(details) == "ann1@example.org")
        QTest.keyClick(focused, *back)
        qtbot.waitUntil(lambda: shown(details) == "ann0@example.org")
        assert tabs.currentIndex() == place


def test_of_several_quick_steps_only_the_last_message_is_read(
    tab: QueueTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    details = opened(tab, qtbot, 1)
    read: list[int] = []
    began, gate = threading.Event(), threading.Event()

    def load(store: Store, row_id: int) -> LoadedMessage:
        read.append(row_id)
        began.set()
        assert gate.wait(60)
        return QUEUE_ROW.load(store, row_id)

    monkeypatch.setattr(details, "_kind", RowKind(load, QUEUE_ROW.title))
    on = child(details, QAction, "nextMessageAction")
    on.trigger()
    assert began.wait(60)
    for _ in range(3):
        on.trigger()
    assert not on.isEnabled()
    assert shown(details) == "ann0@example.org"  # the previous message stays meanwhile
    gate.set()
    qtbot.waitUntil(lambda: shown(details) == "ann4@example.org")
    assert read == [2, 5]
    assert current(tab) == 5


def test_steps_from_a_deleted_row_start_at_its_place(
    tab: QueueTab, qtbot: QtBot, store: Store
) -> None:
    details = opened(tab, qtbot, 3)
    store.queue.delete([3])
    tab.refresh()
    qtbot.waitUntil(lambda: tab.model.total == 4)
    assert enabled(details) == (True, True)
    child(details, QAction, "nextMessageAction").trigger()
    qtbot.waitUntil(lambda: shown(details) == "ann3@example.org")
    child(details, QAction, "previousMessageAction").trigger()
    qtbot.waitUntil(lambda: shown(details) == "ann1@example.org")


def test_a_row_that_can_not_be_read_is_reported_and_stepped_over(
    tab: QueueTab, qtbot: QtBot, store: Store
) -> None:
    details = opened(tab, qtbot, 1)
    store.queue.delete([2])  # the table does not know yet
    on = child(details, QAction, "nextMessageAction")
    message = child(details, InlineMessage, "detailsMessage")
    on.trigger()
    qtbot.waitUntil(lambda: "no longer in the queue" in message.text)
    assert shown(details) == ""
    assert not child(details, QTabWidget, "detailsTabs").isEnabled()
    on.trigger()
    qtbot.waitUntil(lambda: shown(details) == "ann2@example.org")
    assert message.text == ""
    assert child(details, QTabWidget, "detailsTabs").isEnabled()


def test_details_without_a_table_have_no_steps(
    qtbot: QtBot, store: Store, background: Background, icons: Icons
) -> None:
    queue(store)
    details = MessageDetails(store, QUEUE_ROW, 1, background=background, icons=icons)
    qtbot.addWidget(details)
    qtbot.waitUntil(lambda: shown(details) != "")
    assert enabled(details) == (False, False)


def test_open_details_show_a_changed_status(tab: QueueTab, qtbot: QtBot, store: Store) -> None:
    details = opened(tab, qtbot, 1)
    store.queue.hold([1])
    tab.refresh_details()
    status = child(details, QLabel, "detailsStatus")
    qtbot.waitUntil(lambda: status.text().startswith("HELD"))
    details.close()
    qtbot.waitUntil(lambda: not tab.findChildren(MessageDetails))
    tab.refresh_details()  # closed details are not refreshed


def test_links_of_the_details_are_passed_on_by_the_tab(
    qtbot: QtBot, store: Store, background: Background, icons: Icons
) -> None:
    provider = add_provider(store)
    queue(store)
    attempt(store, provider, OutcomeKind.ACCEPTED)
    tab = LogTab(store, background, icons=icons)
    qtbot.addWidget(tab)
    tab.show()
    tab.refresh()
    qtbot.waitUntil(lambda: tab.model.complete)
    details = opened(tab, qtbot, 1)
    with qtbot.waitSignal(tab.providerRequested) as asked:
        child(details, QLabel, "attemptProvider").linkActivated.emit(str(provider.id))
    assert asked.args == [provider.id]
    with qtbot.waitSignal(tab.historyRequested) as asked:
        details._buttons.historyRequested.emit()
    assert asked.args == ["ann0@example.org"]


def test_size_and_tab_of_the_details_are_remembered(
    tab: QueueTab, qtbot: QtBot, settings: QSettings
) -> None:
    details = opened(tab, qtbot, 1)
    assert child(details, QTabWidget, "detailsTabs").currentIndex() == 1  # it was not tried yet
    child(details, QTabWidget, "detailsTabs").setCurrentIndex(3)
    details.resize(777, 555)
    details.close()
    qtbot.waitUntil(lambda: not tab.findChildren(MessageDetails))
    again = opened(tab, qtbot, 2)
    assert child(again, QTabWidget, "detailsTabs").currentIndex() == 3
    assert (again.width(), again.height()) == (777, 555)
    again.close()
    settings.setValue("details/tab", "nonsense")
    settings.setValue("details/geometry", "nonsense")
    qtbot.waitUntil(lambda: not tab.findChildren(MessageDetails))
    opened(tab, qtbot, 2)


class _Table(QObject):
    """The part of a table that a walk uses."""

    changesApplied = Signal()  # noqa: N815 - as the model names it
    modelReset = Signal()  # noqa: N815

    def __init__(self, *ids: int) -> None:
        super().__init__()
        self.ids = list(ids)

    def table_model(self) -> _Table:
        return self

    @property
    def total(self) -> int:
        return len(self.ids)

    def id_at(self, row: int) -> int:
        return self.ids[row]

    def row_of(self, row_id: int) -> int:
        return self.ids.index(row_id) if row_id in self.ids else -1


def test_a_walk_has_no_row_beyond_the_ends_or_from_an_unknown_row() -> None:
    table = _Table(7, 3, 9)
    walk = RowWalk(cast("TableView[object]", table))
    step: Callable[[int, int], int | None] = walk.neighbour
    assert step(4, 1) is None  # was never in the table
    assert [step(7, -1), step(7, 1), step(3, 1), step(9, 1), step(9, -1)] == [None, 3, 9, None, 3]
    assert step(3, 1) == 9
    table.ids = [7, 9]  # 3 is gone
    assert (step(3, 1), step(3, -1)) == (9, 7)
    table.ids = [5, 6, 7, 9]
    assert step(9, -1) == 7
    table.ids = []
    assert (step(9, -1), step(9, 1)) == (None, None)


_START = """
import sys
import time
from pathlib import Path
from PySide6.QtTest import QTest
from mailadmin.credentials import MemoryCredentials
from mailadmin.message import Mailbox, compose
from mailadmin.place.paths import AppPaths
from mailadmin.store import Store
from mailadmin.ui.app import build
folder = Path(sys.argv[1])
app, window = build(["x"], folder / "a.db", credentials=MemoryCredentials(),
                    paths=AppPaths.below(folder))
window.show()
queue = window.tabs[1]
store = queue._store
store.queue.enqueue([compose(sender=Mailbox("a@x.org"), to=["b@x.org"], subject="x", text="y")])
deadline = time.monotonic() + 30
while queue.model.total != 1 and time.monotonic() < deadline:
    QTest.qWait(20)
assert queue.model.total == 1
QTest.qWait(100)
late = [name for name in sys.modules if name.startswith((
    "mailadmin.ui.details.", "mailadmin.ui.html."))]
print(late)
window.close()
"""


def test_the_details_are_not_imported_before_they_are_opened(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _START, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout.strip() == "[]", ended.stderr
