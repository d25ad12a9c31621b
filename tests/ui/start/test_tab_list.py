"""The list of tabs, and the window made of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMainWindow, QMenu, QTabWidget
from pytestqt.qtbot import QtBot

from mailadmin.ui.start.tab_list import TABS
from mailadmin.ui.tab.table_tab import TableTab
from mailadmin.ui.window.tabs import WindowTabs
from tests.ui.application import running_window
from tests.ui.finding import child


def test_each_place_is_for_the_tab_of_its_key() -> None:
    for place in TABS:
        kind = place.load()
        assert issubclass(kind, TableTab)
        assert kind.key == place.key
        assert place.name() == place.title.replace("&", "")


def test_the_order_the_titles_and_the_menus_are_those_of_the_list(
    tmp_path: Path, qtbot: QtBot
) -> None:
    del qtbot
    with running_window(tmp_path) as window:
        tabs = child(window, QTabWidget, "mainTabs")
        assert [tabs.tabText(index) for index in range(tabs.count())] == [
            place.name() for place in TABS
        ]
        assert [type(tab) for tab in window.tabs] == [place.load() for place in TABS]
        assert [tab.objectName() for tab in window.tabs] == [f"{place.key}Tab" for place in TABS]
        for place, tab in zip(TABS, window.tabs, strict=True):
            assert window.tab(place.load()) is tab
            assert tab.table.accessibleName() == place.name()
            (menu,) = (
                each for each in window.menuBar().findChildren(QMenu) if each.title() == place.menu
            )
            assert tab.actions()[0] in menu.actions()


@pytest.mark.parametrize(
    ("saved", "front"),
    [("log", "log"), ("queue", "queue"), ("2", "log"), ("1", "queue")],
)
def test_the_tab_in_front_is_remembered_by_its_key(qtbot: QtBot, saved: str, front: str) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    tabs = WindowTabs(TABS, window)
    tabs.bring_to_front(saved)
    assert tabs.front == front
    for unknown in ("gone", "7", ""):
        tabs.bring_to_front(unknown)
        assert tabs.front == TABS[0].key
