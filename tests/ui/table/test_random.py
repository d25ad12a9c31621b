"""A user scrolls, sorts, filters, searches, selects and deletes while another thread changes the
rows. Whenever both rest, the table shows what the database says."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueuedEmail
from mailadmin.store import Store
from mailadmin.tables.query import NumberRange, OneOf, TextFilter
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.table import reading_schedule
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.change_events import ChangeEvents
from tests.ui.fence import changes_end
from tests.ui.finding import child
from tests.ui.stored_mail import add_provider, attempt

STEPS = 400
ROWS = 400
FILTERS = (
    ("status", OneOf(("QUEUED",))),
    ("status", OneOf(("HELD", "FAILED"))),
    ("email", TextFilter("^ann1")),
    ("subject", TextFilter("!invoice")),
    ("id", NumberRange(100, 300)),
    ("status", None),
    ("email", None),
    ("subject", None),
    ("id", None),
)


class Writer:
    """Changes the queue in a thread of its own, as many times as it is let."""

    def __init__(self, store: Store, seed: int) -> None:
        self._store = store
        self._chance = random.Random(seed)
        self._provider = add_provider(store)
        self._turns = threading.Semaphore(0)
        self._waiting = threading.Event()
        self._ended = False
        self.touched: set[int] = set()
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def let(self, turns: int) -> None:
        """Go on for some changes."""
        self._waiting.clear()
        if turns:
            self._turns.release(turns)

    def rest(self) -> None:
        """Wait until all that was let is done."""
        self._turns.release()
        assert self._waiting.wait(60)
        if self.failure is not None:
            raise self.failure

    def end(self) -> None:
        self._ended = True
        self._turns.release()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with self._store.thread():
            while not self._ended:
                if not self._turns.acquire(blocking=False):
                    self._waiting.set()
                    self._turns.acquire()
                try:
                    self._change()
                except BaseException as error:  # noqa: BLE001 - raised by `rest`
                    self.failure = error

    def _change(self) -> None:
        queue, chance = self._store.queue, self._chance
        known = list(queue.ids())
        some = chance.sample(known, min(len(known), chance.randint(1, 12)))
        self.touched.update(some)
        match chance.randrange(6):
            case 0:
                queue.hold(some)
            case 1:
                queue.release(some)
            case 2:
                queue.delete(some)
            case 3:
                queue.undelete(range(1, chance.randint(2, 600), 7))
                self.touched.update(range(1, 600, 7))
            case 4:
                add(self._store, chance, chance.randint(1, 15))
            case _:
                self.touched.update(known)  # the sender chooses
                kind = chance.choice([OutcomeKind.ACCEPTED, OutcomeKind.DEFERRED, None])
                attempt(self._store, self._provider, kind, chance.randint(1, 6))


def add(store: Store, chance: random.Random, count: int) -> None:
    messages = [
        NewMessage(
            b"Subject: x\r\n\r\n",
            (f"{chance.choice(('ann', 'Bob'))}{chance.randint(1, 999)}@example.org",),
            f"{chance.choice(('Invoice', 'Счёт', '請求書', 'Offer'))} {chance.randint(1, 99)}",
            "<1@example.org>",
        )
        for _ in range(count)
    ]
    store.queue.enqueue(messages)


@pytest.fixture
def tab(
    qtbot: QtBot,
    store: Store,
    background: Background,
    icons: Icons,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[QueueTab]:
    monkeypatch.setattr(reading_schedule, "REFRESH_INTERVAL", 0.0)
    add(store, random.Random(1), ROWS)
    tab = QueueTab(store, background, icons=icons)
    qtbot.addWidget(tab)
    tab.resize(900, 400)
    events = ChangeEvents(store, background, tab)
    events.changed.connect(lambda topic: tab.refresh() if topic in tab.topics else None)
    with qtbot.waitExposed(tab):
        tab.show()
    with qtbot.waitSignal(tab.model.completed):
        tab.refresh()
    yield tab
    events.stop()


class User:
    """What a user does, at random, and what has to be true then."""

    def __init__(self, tab: QueueTab, writer: Writer, chance: random.Random) -> None:
        self._tab = tab
        self._model = tab.model
        self._writer = writer
        self._chance = chance
        self.selected: set[int] = set()
        self.all_seen = True  # nothing selected was hidden by a filter since

    def act(self) -> None:
        action: Callable[[], None] = self._chance.choice(
            [self._scroll, self._scroll, self._sort, self._filter, self._search, self._select,
             self._select, self._delete]
        )  # fmt: skip
        action()

    def _scroll(self) -> None:
        bar = self._tab.table.verticalScrollBar()
        bar.setValue(self._chance.randint(0, bar.maximum()))

    def _sort(self) -> None:
        section = self._chance.randrange(len(self._model.columns))
        self._tab.table.sortByColumn(section, self._chance.choice(list(Qt.SortOrder)))

    def _filter(self) -> None:
        key, chosen = self._chance.choice(FILTERS)
        self._tab.filters.choose(key, chosen)
        self.all_seen = False

    def _search(self) -> None:
        self.all_seen = False
        self._tab.set_search(self._chance.choice(["", "", "voice", "счёт", "書", "bob", "9@exa"]))

    def _select(self) -> None:
        if not self._model.complete:
            return
        known = list(self._model.ids)
        if self._chance.random() < 0.15 and self._model.shows_query:  # else all of what comes
            self._tab.table.selectAll()
            self.selected = set(known)
        else:
            self.selected = set(self._chance.sample(known, min(len(known), 9)))
            self._tab.table.select_ids(self.selected)
        self._writer.touched.clear()
        self.all_seen = True

    def _delete(self) -> None:
        if not self._model.complete or not self._model.total:
            return
        chosen = self._chance.sample(list(self._model.ids), min(self._model.total, 3))
        self._tab.table.select_ids(chosen)
        self._tab.update_actions()
        self._tab.delete_action.trigger()
        for dialog in self._tab.findChildren(QDialog, "confirmDialog"):
            if dialog.isVisible():
                child(dialog, QPushButton, "confirmButton").click()
        self.selected = set(chosen)
        self._writer.touched.update(chosen)


def shows_the_database(tab: QueueTab, store: Store) -> bool:
    model = tab.model
    if not model.shows_query or not model.complete:
        return False
    if model.ids != store.queue.ids(model.query):
        return False
    rows = tab.table.rows_in_view()
    shown: list[QueuedEmail | None] = [model.value_at(row) for row in rows]
    return shown == list(store.queue.rows([model.id_at(row) for row in rows]))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_table_shows_what_the_database_says(
    seed: int, qtbot: QtBot, tab: QueueTab, store: Store, background: Background
) -> None:
    chance = random.Random(seed)
    writer = Writer(store, seed)
    user = User(tab, writer, chance)
    try:
        tab._search_timer.setInterval(0)
        for step in range(STEPS):
            writer.let(chance.randint(0, 3))
            user.act()
            if step % 5 < 4:
                qtbot.wait(chance.randint(0, 3))  # the two meet at other places each time
                continue
            writer.rest()
            changes_end(qtbot, background)
            qtbot.waitUntil(lambda: tab.search == tab.model.query.search)
            qtbot.waitUntil(lambda: shows_the_database(tab, store))
            selected = set(tab.table.selected_ids())
            assert selected <= user.selected
            left = user.selected & set(tab.model.ids)
            if user.all_seen:  # rows that left and came back may be missing, no others
                assert left - selected <= writer.touched
            user.selected = selected
            assert tab.model.total == store.queue.count(tab.model.query)
    finally:
        writer.end()
