"""TableModel: reads in the background, changes without a jump, and keeps Qt's contract."""

from __future__ import annotations

import random
import threading
import time
from array import array
from functools import partial

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import StorageBusy
from mailadmin.tables.query import TableQuery
from mailadmin.ui.table import model as table_model
from mailadmin.ui.table import reading_schedule
from mailadmin.ui.table.model import PLACEHOLDER, TableModel
from mailadmin.ui.table.row_finding import Run
from mailadmin.ui.threads.background import Background
from tests.ui.fence import readings_end
from tests.ui.fruit import COLUMNS, Fruit, FruitBasket

ASCENDING = TableQuery("id", descending=False)


@pytest.fixture
def basket() -> FruitBasket:
    return FruitBasket(300)


@pytest.fixture
def model(basket: FruitBasket, background: Background) -> TableModel[Fruit]:
    return TableModel(COLUMNS, basket, background, row_id=lambda each: each.id, query=ASCENDING)


def shown(model: TableModel[Fruit], row: int, column: int) -> str | None:
    text: str | None = model.index(row, column).data(Qt.ItemDataRole.DisplayRole)
    return text


def is_read(model: TableModel[Fruit], row: int) -> bool:
    return shown(model, row, 1) != PLACEHOLDER


def times_read(basket: FruitBasket, fruit_id: int) -> int:
    return sum(fruit_id in page for page in basket.pages_asked)


def load(qtbot: QtBot, model: TableModel[Fruit]) -> None:
    with qtbot.waitSignal(model.completed):
        model.refresh()


def test_the_first_rows_come_with_the_snapshot(qtbot: QtBot, model: TableModel[Fruit]) -> None:
    assert (model.total, model.loaded) == (0, False)
    with qtbot.waitSignals([model.totalChanged, model.loadedFirst]):
        model.refresh()
    assert model.total == model.rowCount() == 300
    assert shown(model, 0, 1) == "fruit 1"


def test_other_rows_are_empty_until_they_are_read(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    load(qtbot, model)
    assert shown(model, 200, 0) == "201"  # the ID is known, the rest is not
    assert shown(model, 200, 1) == PLACEHOLDER
    with qtbot.waitSignal(model.dataChanged) as changed:
        pass
    first, last = changed.args[:2]
    assert first.row() <= 200 <= last.row()
    assert shown(model, 200, 1) == "fruit 201"
    assert times_read(basket, 201) == 1  # one reading for a page, not one for each cell


def test_a_page_is_read_once_however_often_it_is_looked_at(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket, background: Background
) -> None:
    load(qtbot, model)
    for _ in range(3):
        for row in range(200, 210):
            shown(model, row, 1)
    qtbot.waitUntil(lambda: is_read(model, 200))
    for row in range(200, 210):
        shown(model, row, 1)
    readings_end(qtbot, background)
    assert times_read(basket, 201) == 1


def test_sorting_is_the_source_s_work(qtbot: QtBot, model: TableModel[Fruit]) -> None:
    load(qtbot, model)
    with qtbot.waitSignal(model.modelReset):
        model.sort(2, Qt.SortOrder.DescendingOrder)
    assert model.query == TableQuery("weight", descending=True)
    assert shown(model, 0, 2) == "100"


def test_search_and_reset(qtbot: QtBot, model: TableModel[Fruit]) -> None:
    load(qtbot, model)
    with qtbot.waitSignal(model.totalChanged) as found:
        model.set_search("fruit 29")
    assert found.args == [11]
    assert model.filtered
    with qtbot.waitSignal(model.totalChanged) as found:
        model.set_query(model.query.unfiltered())
    assert found.args == [300]
    assert not model.filtered


def test_an_answer_to_an_older_question_is_not_shown(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    load(qtbot, model)
    totals: list[int] = []
    model.totalChanged.connect(totals.append)
    basket.gate.clear()
    model.set_search("fruit 29")
    qtbot.waitUntil(lambda: model._readings.running)
    model.set_search("fruit 300")
    basket.gate.set()
    qtbot.waitUntil(lambda: model.total == 1)
    assert totals == [1]


def test_changes_keep_the_rows_that_stay(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    load(qtbot, model)
    kept = QPersistentModelIndex(model.index(150, 1))
    basket.take(2, 3, 4, 80)
    basket.put(Fruit(301, "new", 1))
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.changesApplied):
        model.refresh()
    assert model.total == 297
    assert kept.row() == 146
    assert model.id_at(kept.row()) == 151


def test_rows_that_move_are_followed(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    with qtbot.waitSignal(model.completed):
        model.set_query(TableQuery("weight", descending=False))
    first = model.id_at(0)
    kept = QPersistentModelIndex(model.index(0, 1))
    basket.put(Fruit(first, "grown", 1000))
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.changesApplied):
        model.refresh()
    assert kept.row() == 299
    assert model.id_at(299) == first


def test_values_in_view_are_read_again(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    load(qtbot, model)
    basket.rename(5, "renamed")
    with qtbot.waitSignal(model.dataChanged):
        model.refresh()
    assert shown(model, 4, 1) == "renamed"


def test_other_values_are_read_again_when_they_come_into_view(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    load(qtbot, model)
    shown(model, 200, 1)
    qtbot.waitUntil(lambda: is_read(model, 200))
    basket.rename(201, "renamed")
    basket.take(300)  # something to wait for
    with qtbot.waitSignal(model.changesApplied):
        model.refresh()
    assert shown(model, 200, 1) == "fruit 201"  # rather than an empty cell
    qtbot.waitUntil(lambda: shown(model, 200, 1) == "renamed")


def test_many_refreshes_make_few_readings(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    load(qtbot, model)
    basket.ids_asked = 0
    began = time.monotonic()
    for _ in range(10):
        for _ in range(100):
            model.refresh()
        qtbot.wait(50)
    qtbot.wait(300)
    most = (time.monotonic() - began) / reading_schedule.REFRESH_INTERVAL + 2
    assert 1 <= basket.ids_asked <= most


def test_a_row_that_is_gone_makes_a_new_snapshot(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    load(qtbot, model)
    basket.take(250)
    with qtbot.waitSignal(model.changesApplied):
        shown(model, 249, 1)
    assert model.total == 299


def test_trouble_is_told_and_gets_over(
    qtbot: QtBot,
    model: TableModel[Fruit],
    basket: FruitBasket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading_schedule, "RETRY_INTERVAL", 0.01)
    basket.trouble = StorageBusy("Another program holds the database.")
    with qtbot.waitSignal(model.failed) as failed:
        model.refresh()
    assert failed.args == [basket.trouble]
    with qtbot.waitSignals([model.recovered, model.loadedFirst]):
        basket.trouble = None
    assert model.total == 300


def test_memory_is_bounded(
    qtbot: QtBot, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_model, "CACHED_ROWS", 100)
    basket = FruitBasket(1000)
    model = TableModel(COLUMNS, basket, background, row_id=lambda each: each.id, query=ASCENDING)
    load(qtbot, model)
    for row in range(0, 1000, 40):
        qtbot.waitUntil(partial(is_read, model, row))
    assert len(model._cache) <= 100


def test_random_changes_keep_qt_s_contract(
    qtbot: QtBot,
    qtmodeltester: ModelTester,
    model: TableModel[Fruit],
    basket: FruitBasket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading_schedule, "REFRESH_INTERVAL", 0.0)
    load(qtbot, model)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    chance = random.Random(4)
    followed: list[tuple[QPersistentModelIndex, int]] = []
    resets = 0

    def count() -> None:
        nonlocal resets
        resets += 1

    def follow() -> None:
        followed[:] = [
            (QPersistentModelIndex(model.index(row, 1)), model.id_at(row))
            for row in range(len(model.ids))  # of those below nothing is known yet
        ]

    def check_followed() -> None:
        for index, fruit_id in followed:
            assert index.isValid() == (model.row_of(fruit_id) >= 0)
            assert not index.isValid() or model.id_at(index.row()) == fruit_id

    model.modelReset.connect(count)
    model.modelReset.connect(follow)
    model.completed.connect(follow)
    model.changesApplied.connect(check_followed)
    follow()
    next_id = 301
    taken: set[int] = set()  # the model may not know yet
    for step in range(150):
        for _ in range(chance.randint(0, 5)):
            known = [each for each in model.ids if each not in taken]
            kind = chance.choice(["take", "put", "move", "rename"])
            if kind == "take" and len(known) > 20:
                chosen = chance.sample(known, chance.randint(1, 5))
                taken.update(chosen)
                basket.take(*chosen)
            elif kind == "put":
                basket.put(Fruit(next_id, f"fruit {next_id}", chance.randint(0, 100)))
                next_id += 1
            elif kind == "move":
                basket.put(Fruit(chance.choice(known), "moved", chance.randint(0, 100)))
        if step % 30 == 29:
            model.sort(chance.choice([0, 1, 2]), chance.choice(list(Qt.SortOrder)))
        for _ in range(5):
            shown(model, chance.randrange(max(1, model.total)), 1) if model.total else None
        model.refresh()
        qtbot.wait(2)
    qtbot.waitUntil(lambda: model.ids == basket.ids(model.query))
    assert resets <= 10  # they come from sorting, one with the first rows and one with others
    names = [fruit.name for fruit in basket.rows(array("q", model.ids))]
    qtbot.waitUntil(lambda: [shown(model, row, 1) for row in range(model.total)] == names)


def test_the_first_rows_are_shown_before_the_order_is_known(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    basket.order_gate.clear()
    with qtbot.waitSignal(model.loadedFirst):
        model.refresh()
    assert (model.total, model.counting, model.complete) == (300, False, False)
    assert shown(model, 0, 1) == "fruit 1"
    assert shown(model, 299, 0) == shown(model, 299, 1) == PLACEHOLDER
    assert model.id_at(299) == 0
    kept = QPersistentModelIndex(model.index(40, 1))
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.completed):
        basket.order_gate.set()
    assert model.complete
    assert kept.row() == 40
    assert model.id_at(299) == 300


@pytest.mark.parametrize(("found", "expected"), [("fruit 2", 111), ("fruit", 300)])
def test_what_has_to_be_counted_grows_when_it_is(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket, found: str, expected: int
) -> None:
    load(qtbot, model)
    basket.order_gate.clear()
    with qtbot.waitSignal(model.modelReset):
        model.set_search(found)
    assert (model.total, model.counting) == (64, True)
    with qtbot.waitSignal(model.totalChanged) as told:
        basket.order_gate.set()
    assert told.args == [expected]
    assert not model.counting


def test_exactly_the_first_rows_are_counted_too(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    load(qtbot, model)
    basket.take(*range(65, 301))
    with qtbot.waitSignals([model.completed, model.totalChanged]):
        model.set_search("fruit")
    assert (model.total, model.counting) == (64, False)


@pytest.mark.parametrize("change", ["fewer", "more", "others"])
def test_rows_that_change_before_the_order_is_known(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket, change: str
) -> None:
    basket.order_gate.clear()
    with qtbot.waitSignal(model.loadedFirst):
        model.refresh()
    if change == "fewer":
        basket.take(250, 251)
    elif change == "more":
        basket.put(Fruit(301, "new", 1), Fruit(302, "new", 1))
    else:
        basket.take(3)
    with qtbot.waitSignal(model.completed):
        basket.order_gate.set()
    assert list(model.ids) == list(basket.ids(ASCENDING))
    assert model.rowCount() == model.total == len(model.ids)


def test_a_long_table_that_nobody_sees_is_read_when_somebody_does(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_model, "SMALL", 200)
    model.set_active(False)
    with qtbot.waitSignal(model.loadedFirst):
        model.refresh()
    assert (model.total, model.complete, basket.ids_asked) == (300, False, 0)
    with qtbot.waitSignal(model.completed):
        model.set_active(True)
    model.set_active(False)
    basket.take(1)
    model.refresh()
    basket.take(*range(2, 150))
    with qtbot.waitSignal(model.totalChanged) as told:
        model.set_active(True)
    assert told.args == [151]
    assert basket.ids_asked == 2
    model.set_active(False)
    basket.take(150)
    with qtbot.waitSignal(model.totalChanged):  # few enough now
        model.refresh()


def test_a_new_question_does_not_wait_for_the_answer_to_the_old_one(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket
) -> None:
    load(qtbot, model)
    basket.order_gate.clear()
    model.refresh()
    qtbot.waitUntil(lambda: basket.ids_asked == 2)  # which takes long
    with qtbot.waitSignal(model.modelReset):
        model.set_search("fruit 2")
    assert shown(model, 0, 1) == "fruit 2"
    with qtbot.waitSignal(model.completed):
        basket.order_gate.set()
    assert model.total == 111


def test_rows_are_found_wherever_they_are(
    qtbot: QtBot, model: TableModel[Fruit], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(qtbot, model)
    monkeypatch.setattr(table_model, "SMALL", 200)  # more are looked for in the background
    found: list[list[Run]] = []
    model.find(array("q", [3, 4, 5, 9, 300, 301, 302]), found.append)
    assert not found
    qtbot.waitUntil(lambda: bool(found))
    assert found == [[Run(2, 5), Run(8, 9), Run(299, 300)]]


def test_rows_are_found_where_they_are_after_a_change(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(qtbot, model)
    monkeypatch.setattr(table_model, "SMALL", 200)
    basket.order_gate.clear()
    model.refresh()
    qtbot.waitUntil(lambda: basket.ids_asked == 2)
    found: list[list[Run]] = []
    model.find(array("q", [1, 100]), found.append)  # after the reading under way
    basket.take(2, 3)
    basket.order_gate.set()
    qtbot.waitUntil(lambda: bool(found))
    assert found == [[Run(0, 1), Run(97, 98)]]


def test_rows_near_those_on_screen_are_read_before_they_are_looked_at(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket, background: Background
) -> None:
    load(qtbot, model)
    basket.pages_asked.clear()
    model.set_in_view(range(150, 160))
    qtbot.waitUntil(lambda: model.value_at(155) is not None)
    assert basket.pages_asked[0] == list(range(129, 193))  # those on screen first
    qtbot.waitUntil(lambda: model.value_at(190) is not None and model.value_at(120) is not None)
    basket.pages_asked.clear()
    model.set_in_view(range(152, 162))
    readings_end(qtbot, background)
    assert not basket.pages_asked


def test_what_changes_while_it_is_read_is_read_too(
    qtbot: QtBot, model: TableModel[Fruit], basket: FruitBasket, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(qtbot, model)
    read, go_on = threading.Event(), threading.Event()
    ids = basket.ids

    def slow(query: TableQuery) -> array[int]:
        found = ids(query)
        read.set()
        assert go_on.wait(60)
        return found

    monkeypatch.setattr(basket, "ids", slow)
    model.refresh()
    qtbot.waitUntil(read.is_set)
    basket.take(5)
    model.refresh()
    go_on.set()
    qtbot.waitUntil(lambda: model.total == 299)
