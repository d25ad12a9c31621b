"""What a user waits for in a table of any length. Each function is for a process of its own."""

from __future__ import annotations

import gc
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import psutil
from PySide6.QtWidgets import QApplication

from mailadmin.credentials import MemoryCredentials
from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.paths import AppPaths
from mailadmin.store import Store
from mailadmin.tables.query import DateRange, NumberRange, OneOf, TableQuery, TextFilter
from mailadmin.ui.app import build
from mailadmin.ui.window.main_window import MainWindow
from tests.benchmarks.rig.generate import address
from tests.benchmarks.rig.rounds import percentile
from tests.benchmarks.rig.table_screen import TableScreen
from tests.benchmarks.rig.window_gaps import linger, pause, wait

QUEUE, LOG = 1, 2  # the tabs' places
OPEN, JUMP, HISTORY = "open", "jump anywhere: p50, p99", "history of one address"
_JUMPS = 300
_SETTLE = 300  # milliseconds
_SHOWN = 100  # rows compared with the database, at least as many as fit on the screen


class Wait(NamedTuple):
    """Milliseconds until the first rows are on screen, and until all is known."""

    first: float
    all: float


Waits = dict[str, Wait]
Megabytes = dict[str, float]


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the database finds."""

    first: Sequence[int]
    last: int
    total: int


def open_window(database: Path, folder: Path) -> tuple[QApplication, MainWindow]:
    """The window on its first tab, painted; it sends nothing yet."""
    app, window = build(
        ["mailadmin"], database, credentials=MemoryCredentials(), paths=AppPaths.below(folder)
    )
    pause(window, True)
    window.show()
    wait(lambda: window.tabs[0].model.loaded)
    linger(_SETTLE)
    return app, window


def opening(database: Path, folder: Path, tab: int) -> Waits:
    """From the click on a tab to its rows, and to their number below the table."""
    total = _ids(Store.open(database, standard_drivers()), tab, TableQuery())
    _app, window = open_window(database, folder)
    screen = TableScreen(window.tabs[tab])
    began = time.perf_counter()
    window.show_tab(window.tabs[tab])
    painted = screen.until_painted(screen.shows_values)
    counted = screen.until(lambda: screen.says_total(len(total)))
    window.close()
    return {OPEN: _wait(began, painted, counted)}


def jumping(database: Path, folder: Path, tab: int) -> Waits:
    """From a jump of the scroll bar to the rows of that place."""
    _app, window = open_window(database, folder)
    screen = _ready(window, tab)
    times = _jump(screen, Random(7))
    window.close()
    return {JUMP: Wait(percentile(times, 0.5), percentile(times, 0.99))}


def querying(database: Path, folder: Path, tab: int) -> Waits:
    """From a sort, a search or a filter to its first rows, and to its last or to the total.

    Of the two directions of a sort the slower one.
    """
    store = Store.open(database, standard_drivers())
    queries = _sorts(tab) | _searches() | _filters(store, tab)
    expected: dict[str, _Expected] = {}
    for name, query in queries.items():
        ids = _ids(store, tab, query)
        expected[name] = _Expected(ids[:_SHOWN], ids[-1] if ids else -1, len(ids))
    everything = _ids(store, tab, TableQuery())
    base = _Expected(everything[:_SHOWN], everything[-1], len(everything))
    store.close()
    _app, window = open_window(database, folder)
    screen = _ready(window, tab)
    waits: Waits = {}
    for name, query in queries.items():
        began = time.perf_counter()
        painted = _show(screen, query, expected[name])
        if name.startswith("sort"):
            screen.until(lambda: window.tabs[tab].model.complete)
            screen.table.verticalScrollBar().setValue(screen.table.verticalScrollBar().maximum())
            known = screen.until_painted(partial(screen.ends_with, expected[name].last))
        else:
            known = screen.until(partial(screen.says_total, expected[name].total))
        took = _wait(began, painted, known)
        title = name.rstrip("↓↑ ")
        other = waits.get(title, took)
        waits[title] = Wait(max(took.first, other.first), max(took.all, other.all))
        screen.table.verticalScrollBar().setValue(0)
        linger(_SETTLE)
        if not name.startswith("sort"):
            _show(screen, TableQuery(), base)
            screen.until(partial(screen.says_total, base.total))
            linger(_SETTLE)
    window.close()
    return waits


def memory(database: Path, folder: Path) -> Megabytes:
    """Megabytes resident with both tables open, and after each was scrolled and sorted."""
    _app, window = open_window(database, folder)
    process = psutil.Process()

    def resident() -> float:
        gc.collect()
        linger(1000)
        return process.memory_info().rss / 1e6

    for tab in (LOG, QUEUE):
        window.show_tab(window.tabs[tab])
        wait(lambda tab=tab: window.tabs[tab].model.loaded)  # type: ignore[misc]
    figures = {"memory: tables open": resident()}
    for tab in (LOG, QUEUE):
        screen = TableScreen(window.tabs[tab])
        window.show_tab(window.tabs[tab])
        if window.tabs[tab].model.rowCount():
            _jump(screen, Random(8))
    figures["memory: scrolled through"] = resident()
    for tab in (LOG, QUEUE):
        window.show_tab(window.tabs[tab])
        window.tabs[tab].show_query(TableQuery("subject"))
        linger(2000)
    figures["memory: sorted by subject"] = resident()
    window.close()
    return figures


def _wait(began: float, painted: float, known: float) -> Wait:
    return Wait((painted - began) * 1000, (max(painted, known) - began) * 1000)


def _ready(window: MainWindow, tab: int) -> TableScreen:
    """A tab in front with its rows on screen and counted."""
    screen = TableScreen(window.tabs[tab])
    window.show_tab(window.tabs[tab])
    screen.until_painted(screen.shows_values)
    wait(lambda: window.tabs[tab].model.loaded)
    linger(_SETTLE)
    return screen


def _jump(screen: TableScreen, random: Random) -> list[float]:
    bar = screen.table.verticalScrollBar()
    times: list[float] = []
    for _ in range(_JUMPS):
        place = random.randrange(bar.maximum())
        if place == bar.value():
            continue
        began = time.perf_counter()
        bar.setValue(place)
        times.append((screen.until_painted(screen.shows_values) - began) * 1000)
    return times


def _show(screen: TableScreen, query: TableQuery, expected: _Expected) -> float:
    screen.tab.show_query(query)
    return screen.until_painted(partial(screen.begins_with, expected.first))


def _ids(store: Store, tab: int, query: TableQuery) -> array[int]:
    return (store.queue if tab == QUEUE else store.log).ids(query)


def _sorts(tab: int) -> dict[str, TableQuery]:
    keys = ["email", "subject", "status", "reason"]
    keys += ["last_attempt_date", "next_attempt_date", "attempts_count"] if tab == QUEUE else []
    keys += ["attempt_date", "active_queue_id"] if tab == LOG else []
    sorts = {}
    for key in (*keys, "id"):
        for descending, arrow in ((True, "↓"), (False, "↑")):
            if key != "id" or not descending:  # that order is shown at first
                sorts[f"sort {key} {arrow}"] = TableQuery(key, descending)
    return sorts


def _searches() -> dict[str, TableQuery]:
    texts = {
        "rare": "quarantine",
        "common": "queued",
        "some": "invoice",
        "none": "zqxjkv",
        "Cyrillic": "ДОГОВОР",
        "Chinese": "会议记",
        "3 letters": "wan",
        "a number": "#10000417",
    }
    return {f"search {name} “{text}”": TableQuery(search=text) for name, text in texts.items()}


def _filters(store: Store, tab: int) -> dict[str, TableQuery]:
    ids = sorted(_ids(store, tab, TableQuery()))
    low, high = ids[len(ids) // 2], ids[len(ids) // 2 + 150]
    date = "last_attempt_date" if tab == QUEUE else "attempt_date"
    week = DateRange(datetime.now(UTC) - timedelta(days=7), None)
    failed = OneOf(("FAILED",) if tab == QUEUE else ("FAIL",))
    base = TableQuery()
    refused = base.with_filter("status", failed).with_filter("reason", TextFilter("quota"))
    return {
        HISTORY: replace(base, sort="id").with_filter("email", TextFilter(f'="{address(7)}"')),
        "filter: status failed": base.with_filter("status", failed),
        "filter: last 7 days": base.with_filter(date, week),
        "filter: ID from, to": base.with_filter("id", NumberRange(low, high)),
        "filter: email begins": base.with_filter("email", TextFilter("^anna.")),
        "filter: email lacks": base.with_filter("email", TextFilter("!bakery")),
        "filter: failed and quota": refused,
    }
