"""The whole application: it starts, shows what it does, and ends without leaving anything."""

from __future__ import annotations

import gc
import threading
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QThread
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.delivery.pause import store_pause
from mailadmin.domain.errors import StorageCorrupt
from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.paths import AppPaths
from mailadmin.store import Store
from mailadmin.ui.app import build
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.providers.dialog import ProviderDialog
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.start.lifetime import _SENDER_LIMIT, _SENDER_PATIENCE
from mailadmin.ui.window.main_window import MainWindow
from tests.smtp_providers import smtp_provider
from tests.ui.application import running_window
from tests.ui.finding import child

SECONDS = 10_000  # milliseconds in which something of some seconds is done on a busy machine


def use_once(folder: Path, qtbot: QtBot) -> None:
    with running_window(folder) as window:
        qtbot.waitUntil(lambda: window.tab(ProvidersTab).model.loaded)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def use(times: int, folder: Path, qtbot: QtBot) -> None:
    for _ in range(times):
        use_once(folder, qtbot)
        gc.collect()  # a window is a cycle of references: how many are still uncollected is chance


@pytest.mark.parametrize("rounds", [8, pytest.param(50, marks=pytest.mark.thorough)])
def test_windows_leave_no_thread_and_no_growing_memory(
    rounds: int, tmp_path: Path, qtbot: QtBot
) -> None:
    use(rounds // 4, tmp_path, qtbot)  # to fill caches of Qt and Python
    threads = threading.active_count()
    process = psutil.Process()
    memory = process.memory_info().rss
    widgets = sum(isinstance(thing, QWidget) for thing in gc.get_objects())
    files = process.num_fds()
    use(rounds - rounds // 4, tmp_path, qtbot)
    qtbot.waitUntil(lambda: threading.active_count() <= threads)
    assert sum(isinstance(thing, QWidget) for thing in gc.get_objects()) <= widgets
    qtbot.waitUntil(lambda: process.num_fds() <= files)
    assert process.memory_info().rss - memory < 12 * 1024 * 1024


def test_tables_and_actions_have_the_object_names_of_the_contract(
    tmp_path: Path, qtbot: QtBot
) -> None:
    with running_window(tmp_path) as window:
        for name in ("providersTable", "queueTable", "logTable"):
            assert child(window, QTableView, name).accessibleName()
        for name in (
            "newProviderAction", "editProviderAction", "deleteProviderAction",
            "deleteQueuedAction", "sendNowAction", "holdAction", "releaseAction",
            "newMessageAction", "importAction", "exportAction", "resetFiltersAction",
            "pauseSendingAction",
        ):  # fmt: skip
            action = child(window, QAction, name)
            assert action.text(), name
            assert action.toolTip(), name


def test_no_thread_runs_before_the_window_is_shown(tmp_path: Path, qtbot: QtBot) -> None:
    _, window = build(["mailadmin"], tmp_path / "mail.db", paths=AppPaths.below(tmp_path))
    assert not any(thread.isRunning() for thread in window.findChildren(QThread))
    window.close()
    window.deleteLater()


def test_closing_takes_less_than_two_seconds(tmp_path: Path, qtbot: QtBot) -> None:
    assert _SENDER_PATIENCE < 2
    with running_window(tmp_path) as window:
        label = child(window, QLabel, "senderStateLabel")
        qtbot.waitUntil(lambda: label.text() == "No enabled provider")
        threads = window.findChildren(QThread)
        assert threads
        began = time.monotonic()
        window.close()
        # A busy machine may need more than two seconds; the other waits would take longer.
        assert time.monotonic() - began < min(10, _SENDER_LIMIT)
        assert not any(thread.isRunning() for thread in threads)


def test_the_demo_sends_mail_and_keeps_nothing(tmp_path: Path, qtbot: QtBot) -> None:
    _, window = build(["mailadmin", "--demo"], paths=AppPaths.below(tmp_path))
    window.show()
    try:
        assert "demo" in child(window, QWidget, "bannerMessage").accessibleName()
        providers, queue, log = window.tabs
        qtbot.waitUntil(lambda: providers.model.total == 2)
        qtbot.waitUntil(lambda: 0 < queue.model.total < 40)
        qtbot.waitUntil(lambda: log.model.total > 3)
        assert not (tmp_path / "data").exists()  # no file of the demo is kept
        assert not (tmp_path / "config").exists()
    finally:
        window.close()
        window.deleteLater()


def test_a_file_that_is_no_database_stops_the_start_with_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ann,\n" * 50)
    with pytest.raises(StorageCorrupt, match="--database"):
        build(["mailadmin"], path, paths=AppPaths.below(tmp_path))
    assert path.read_text() == "Dear Ann,\n" * 50


def test_a_pause_is_remembered_over_a_restart(tmp_path: Path, qtbot: QtBot) -> None:
    with running_window(tmp_path) as window:
        label = child(window, QLabel, "senderStateLabel")
        child(window, QAction, "pauseSendingAction").trigger()
        qtbot.waitUntil(lambda: label.text() == "Paused")
        path = tmp_path / "mail.db"
        other = Store.open(path, standard_drivers())
        qtbot.waitUntil(lambda: bool(other.settings.get("sending_paused")))
        other.close()
    with running_window(tmp_path) as window:
        label = child(window, QLabel, "senderStateLabel")
        qtbot.waitUntil(lambda: label.text() == "Paused")
        pause = child(window, QAction, "pauseSendingAction")
        assert "Resume" in pause.text()
        pause.trigger()
        qtbot.waitUntil(lambda: label.text() == "No enabled provider")


def test_the_window_obeys_and_shows_a_pause_set_by_another_program(
    tmp_path: Path, qtbot: QtBot
) -> None:
    with (
        running_window(tmp_path) as window,
        closing(Store.open(tmp_path / "mail.db", standard_drivers())) as other,
    ):
        label = child(window, QLabel, "senderStateLabel")
        pause = child(window, QAction, "pauseSendingAction")
        qtbot.waitUntil(lambda: label.text() == "No enabled provider")
        store_pause(other, True)
        qtbot.waitUntil(pause.isChecked, timeout=SECONDS)
        assert label.text() == "Paused"
        assert "Resume" in pause.text()
        store_pause(other, False)
        qtbot.waitUntil(lambda: not pause.isChecked(), timeout=SECONDS)
        assert label.text() == "No enabled provider"
        assert "Pause" in pause.text()


def test_two_windows_agree_on_the_pause(tmp_path: Path, qtbot: QtBot) -> None:
    database = tmp_path / "mail.db"
    with (
        running_window(tmp_path / "one", database=database) as one,
        running_window(tmp_path / "two", database=database) as two,
    ):
        first, second = (child(each, QAction, "pauseSendingAction") for each in (one, two))
        first.trigger()
        qtbot.waitUntil(second.isChecked, timeout=SECONDS)
        second.trigger()
        qtbot.waitUntil(lambda: not first.isChecked(), timeout=SECONDS)
        assert not second.isChecked()


def test_geometry_and_tab_are_remembered(tmp_path: Path, qtbot: QtBot) -> None:
    with running_window(tmp_path) as window:
        window.show_tab(window.tab(LogTab))
        window.resize(720, 480)
    with running_window(tmp_path) as window:
        assert window.current_tab is window.tab(LogTab)
        assert (window.width(), window.height()) == (720, 480)


def test_the_window_fits_into_800_by_500_pixels(tmp_path: Path, qtbot: QtBot) -> None:
    with running_window(tmp_path) as window:
        window.resize(800, 500)
        assert (window.width(), window.height()) == (800, 500)
        hint = window.minimumSizeHint()
        assert hint.width() <= 800
        assert hint.height() <= 500


def test_all_actions_of_the_toolbar_are_visible_in_a_small_window(
    tmp_path: Path, qtbot: QtBot
) -> None:
    with running_window(tmp_path) as window:
        window.resize(800, 500)
        for tab in window.tabs:
            window.show_tab(tab)
            qtbot.waitUntil(window.search_edit.isVisible)
            for action in tab.toolbar_actions():
                button = window._toolbar.widgetForAction(action)
                qtbot.waitUntil(button.isVisible)
            child(window, QAction, "findAction").trigger()
            qtbot.waitUntil(window.search_edit.hasFocus)


def test_closing_asks_about_unsaved_changes_of_a_provider(tmp_path: Path, qtbot: QtBot) -> None:
    with running_window(tmp_path) as window:
        child(window, QAction, "newProviderAction").trigger()
        dialog = child(window, ProviderDialog, "providerDialog")
        child(dialog, QLineEdit, "captionEdit").setText("Half done")
        assert not window.close()
        assert window.isVisible()
        child(dialog, QPushButton, "discardChangesButton").click()
        qtbot.waitUntil(lambda: not window.findChildren(ProviderDialog))
        assert window.close()


def test_the_table_of_a_tab_chosen_by_key_has_the_focus(tmp_path: Path, qtbot: QtBot) -> None:
    with running_window(tmp_path) as window:
        with qtbot.waitActive(window):
            window.activateWindow()
        for number, tab in enumerate(window.tabs, start=1):
            QTest.keyClick(window, Qt.Key(ord(str(number))), Qt.KeyboardModifier.ControlModifier)
            assert window.current_tab is tab
            assert tab.table.hasFocus()
        QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(window.tab(ProvidersTab).table, Qt.Key.Key_Insert)
        child(window, ProviderDialog, "providerDialog").reject()


def test_opening_a_provider_twice_opens_one_dialog(tmp_path: Path, qtbot: QtBot) -> None:
    store = Store.open(tmp_path / "mail.db", standard_drivers())
    store.providers.add(smtp_provider("Relay", "smtp.example.org", 587, "a@example.org"))
    store.close()
    with running_window(tmp_path) as window:
        providers = window.tab(ProvidersTab)
        assert isinstance(providers, ProvidersTab)
        providers.open_provider(1)
        providers.open_provider(1)
        qtbot.waitUntil(lambda: bool(window.findChildren(ProviderDialog)))
        with qtbot.waitCallback() as later:
            providers.background.run(lambda: None, later)
        assert len(window.findChildren(ProviderDialog)) == 1
        child(window, ProviderDialog, "providerDialog").reject()


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> MainWindow:  # type: ignore[misc]
    with running_window(tmp_path) as shown:
        yield shown


def test_the_toolbar_shows_icons_alone_when_a_text_becomes_too_long(
    window: MainWindow, qtbot: QtBot
) -> None:
    toolbar = window._toolbar
    toolbar.setProperty("toolButtonStyle", "ToolButtonTextBesideIcon")
    window.resize(max(toolbar.sizeHint().width(), window.minimumWidth()), 600)
    pause = child(window, QAction, "pauseSendingAction")
    before = pause.text()
    icons, words = (
        Qt.ToolButtonStyle.ToolButtonIconOnly,
        Qt.ToolButtonStyle.ToolButtonTextBesideIcon,
    )
    pause.setText("Do not send any more until this is pressed for another time, a long word")
    qtbot.waitUntil(lambda: toolbar.toolButtonStyle() is icons)
    pause.setText(before)
    qtbot.waitUntil(lambda: toolbar.toolButtonStyle() is words)


def test_the_toolbar_has_the_actions_of_the_tab_in_front(window: MainWindow) -> None:
    toolbar = window._toolbar.actions()
    assert child(window, QAction, "newProviderAction") in toolbar
    window.show_tab(window.tab(QueueTab))
    toolbar = window._toolbar.actions()
    assert child(window, QAction, "sendNowAction") in toolbar
    assert child(window, QAction, "newProviderAction") not in toolbar


def test_each_tab_keeps_its_own_search_and_reset_clears_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.search_edit.setText("ann")
    window.show_tab(window.tab(QueueTab))
    assert window.search_edit.text() == ""
    window.show_tab(window.tab(ProvidersTab))
    assert window.search_edit.text() == "ann"
    qtbot.waitUntil(lambda: window.tab(ProvidersTab).model.query.search == "ann")
    child(window, QAction, "resetFiltersAction").trigger()
    assert window.search_edit.text() == ""
    qtbot.waitUntil(lambda: window.tab(ProvidersTab).model.query.search == "")


def test_every_entry_of_a_menu_has_a_key_of_its_own(window: MainWindow) -> None:
    for number in range(3):
        window.show_tab(window.tabs[number])
        menus = [menu for menu in window.menuBar().findChildren(QMenu) if menu.title()]
        assert len(menus) >= 8
        for menu in menus:
            menu.aboutToShow.emit()
            keys: dict[str, str] = {}
            for entry in menu.actions():
                text = entry.text()
                if entry.isSeparator():
                    continue
                at = text.find("&")
                assert at >= 0, f"{menu.title()}: {text}"
                key = text[at + 1].lower()
                assert key not in keys, f"{menu.title()}: {text} and {keys[key]}"
                keys[key] = text
