"""A table that could not be read for a moment: it tries again, and takes back what it said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import StorageBusy
from mailadmin.store import Store
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.table import reading_schedule
from mailadmin.ui.table.model import PLACEHOLDER
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.ui.filtered_fruit import FruitTable, MakeFruitTable


@pytest.fixture
def table(make_fruit_table: MakeFruitTable) -> Iterator[FruitTable]:
    table = make_fruit_table()
    table.found(100)
    yield table
    table.basket.order_gate.set()  # a test that fails keeps no reading waiting


@pytest.fixture
def tab(qtbot: QtBot, store: Store, background: Background, icons: Icons) -> LogTab:
    tab = LogTab(store, background, icons=icons)
    qtbot.addWidget(tab)
    with qtbot.waitSignal(tab.model.completed):
        tab.refresh()
    with qtbot.waitExposed(tab):
        tab.show()
    return tab


def busy() -> StorageBusy:
    return StorageBusy("Another program holds the database.")


def test_rows_that_could_not_be_read_are_read_a_moment_later(
    qtbot: QtBot, table: FruitTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_schedule, "RETRY_INTERVAL", 0.05)
    said: list[str] = []
    table.model.failed.connect(lambda _: said.append("failed"))
    last = table.model.index(99, 1)
    table.model.recovered.connect(lambda: said.append(last.data()))
    table.basket.rows_trouble = busy()
    with qtbot.waitSignal(table.model.failed) as failed:
        table.view.verticalScrollBar().setValue(90)
    assert failed.args == [table.basket.rows_trouble]
    assert last.data() == PLACEHOLDER
    with qtbot.waitSignal(table.model.recovered):
        table.basket.rows_trouble = None
    assert set(said[:-1]) == {"failed"}
    assert said[-1] == "fruit 100"


def test_rows_that_come_into_view_while_it_tries_again_are_read_too(
    qtbot: QtBot, table: FruitTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_schedule, "RETRY_INTERVAL", 0.05)
    scroll = table.view.verticalScrollBar().setValue
    table.basket.order_gate.clear()
    asked = table.basket.ids_asked
    table.basket.rows_trouble = busy()
    with qtbot.waitSignal(table.model.failed):
        scroll(90)
    scroll(0)
    table.basket.rows_trouble = None
    qtbot.waitUntil(lambda: table.basket.ids_asked > asked)  # begun with what is in view now
    scroll(90)
    table.view.viewport().repaint()
    assert table.model.value_at(99) is None
    table.basket.order_gate.set()
    qtbot.waitUntil(lambda: table.model.value_at(99) is not None)


def test_the_problem_goes_when_it_is_over(tab: LogTab) -> None:
    tab.model.failed.emit(busy())
    assert "holds the database" in tab.message.text
    tab.model.recovered.emit()
    assert not tab.message.text


def test_what_was_said_since_stays_when_the_problem_is_over(tab: LogTab) -> None:
    tab.model.failed.emit(busy())
    tab.message.show_ok("3 messages were deleted.", QAction("Undo", tab))
    tab.model.recovered.emit()
    assert tab.message.text == "3 messages were deleted."
    tab.message.show_error(busy())  # of something else
    tab.model.recovered.emit()
    assert "holds the database" in tab.message.text
