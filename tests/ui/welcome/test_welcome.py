"""The welcome: when it appears, how it is closed and opened again."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QTabWidget,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.providers.dialog import ProviderDialog
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.welcome.demo_process import start_demo
from mailadmin.ui.welcome.first_steps import FirstSteps
from mailadmin.ui.welcome.panel import WelcomePanel
from mailadmin.ui.window.main_window import MainWindow
from tests.ui.application import running_window
from tests.ui.finding import child
from tests.ui.stored_mail import add_provider, attempt, queue


class LayoutRequests(QObject):
    """Counts what asks for a new layout."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.LayoutRequest
        return super().eventFilter(watched, event)


def shown_panel(window: MainWindow, qtbot: QtBot) -> WelcomePanel:
    qtbot.waitUntil(lambda: bool(window.findChildren(WelcomePanel)))
    panel = child(window, WelcomePanel, "welcomePanel")
    qtbot.waitUntil(panel.isVisible)
    return panel


def settle(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until everything that is read at the start was read, in its order."""
    done: list[bool] = []
    window.tab(ProvidersTab).background.run(lambda: None, lambda _: done.append(True), owner=window)
    qtbot.waitUntil(lambda: bool(done) and all(tab.model.loaded for tab in window.tabs))


def heading(panel: WelcomePanel) -> str:
    return child(panel, QLabel, "welcomeHeading").text()


def now(panel: WelcomePanel) -> list[str]:
    """Return the state of each step as a screen reader reads it."""
    return [step.accessibleName().rpartition(": ")[2] for step in panel.steps]


def test_the_welcome_appears_for_an_empty_database_without_blocking_the_window(
    tmp_path: Path, qtbot: QtBot
) -> None:
    with running_window(tmp_path) as window:
        panel = shown_panel(window, qtbot)
        assert heading(panel) == "Welcome to Mail Admin"
        assert now(panel) == ["to be done now", "to be done later", "to be done later"]
        assert "keyring" in child(panel, QLabel, "welcomeNote").text()
        assert QApplication.activeModalWidget() is None
        assert child(window, QTableView, "providersTable").isVisible()
        child(window, QAction, "queueTabAction").trigger()
        assert window.current_tab is window.tab(QueueTab)
        assert panel.isVisible()
        child(panel, QPushButton, "addStepButton").click()
        assert child(window, ProviderDialog, "providerDialog").isVisible()


def test_the_welcome_does_not_appear_for_a_database_with_a_provider(
    tmp_path: Path, qtbot: QtBot
) -> None:
    store = Store.open(tmp_path / "mail.db", standard_drivers())
    add_provider(store)
    store.close()
    with running_window(tmp_path) as window:
        settle(window, qtbot)
        assert not window.findChildren(WelcomePanel)


def test_a_closed_welcome_appears_again_only_from_the_help_menu(
    tmp_path: Path, qtbot: QtBot
) -> None:
    with running_window(tmp_path) as window:
        panel = shown_panel(window, qtbot)
        child(panel, QToolButton, "welcomeCloseButton").click()
        assert panel.isHidden()
        other = Store.open(tmp_path / "mail.db", standard_drivers())
        qtbot.waitUntil(lambda: bool(other.settings.get("welcome_closed")))
        other.close()
    with running_window(tmp_path) as window:
        settle(window, qtbot)
        assert not window.findChildren(WelcomePanel)
        child(window, QAction, "welcomeAction").trigger()
        panel = shown_panel(window, qtbot)
        assert window.focusWidget() is child(panel, QPushButton, "addStepButton")


def test_the_welcome_appears_again_if_only_the_window_was_closed(
    tmp_path: Path, qtbot: QtBot
) -> None:
    for _ in range(2):
        with running_window(tmp_path) as window:
            shown_panel(window, qtbot)


def test_steps_done_by_another_program_are_noticed(tmp_path: Path, qtbot: QtBot) -> None:
    with running_window(tmp_path) as window:
        child(window, QAction, "pauseSendingAction").trigger()
        panel = shown_panel(window, qtbot)
        child(panel, QPushButton, "addStepButton").setFocus()
        other = Store.open(tmp_path / "mail.db", standard_drivers())
        provider = add_provider(other)
        qtbot.waitUntil(lambda: now(panel)[0] == "done", timeout=10_000)
        assert now(panel)[1:] == ["to be done now", "to be done later"]
        assert "office@example.org" in panel.steps[0].sentence
        # The focus goes on with the user, who may skip the second step.
        assert window.focusWidget() is child(panel, QPushButton, "testStepButton")
        assert child(panel, QPushButton, "sendStepButton").isEnabled()
        queue(other)
        attempt(other, provider, OutcomeKind.ACCEPTED)
        other.close()
        qtbot.waitUntil(lambda: heading(panel) == "You're set up", timeout=10_000)
        assert now(panel) == ["done"] * 3
        first_steps = window.findChildren(FirstSteps)[0]
        farewell = [t for t in first_steps.findChildren(QTimer) if t.isActive()]
        assert farewell
        farewell[0].start(0)  # the test need not wait that long
        qtbot.waitUntil(panel.isHidden)


def test_a_refused_message_does_not_complete_the_last_step(tmp_path: Path, qtbot: QtBot) -> None:
    store = Store.open(tmp_path / "mail.db", standard_drivers())
    provider = add_provider(store)
    queue(store)
    attempt(store, provider, OutcomeKind.FAILED)
    store.close()
    with running_window(tmp_path) as window:
        child(window, QAction, "welcomeAction").trigger()
        panel = shown_panel(window, qtbot)
        assert now(panel) == ["done", "to be done now", "to be done later"]


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("width", [640, 1100])
def test_the_welcome_is_as_high_as_its_texts_up_to_a_share_of_the_window(
    width: int, scale: int, tmp_path: Path, qtbot: QtBot
) -> None:
    with running_window(tmp_path) as window:
        font = window.font()
        font.setPointSizeF(font.pointSizeF() * scale)
        window.resize(width, 500)
        window.setFont(font)
        panel = shown_panel(window, qtbot)
        tabs = child(window, QTabWidget, "mainTabs")

        def fits() -> bool:
            inner = panel.widget()
            assert inner is not None
            gap = tabs.geometry().top() - panel.geometry().bottom()
            all_seen = inner.height() <= panel.viewport().height()
            tables_need_it = tabs.height() <= tabs.minimumSizeHint().height() + 1
            most = panel.height() == round(window.height() * 0.6)
            return 0 < gap < 12 and (all_seen or tables_need_it or most)

        qtbot.waitUntil(fits)
        assert panel.height() <= window.height() * 0.6
        for step in panel.steps:
            assert step.button.geometry().right() <= step.width()
            assert step.width() <= panel.viewport().width()
        window.resize(1700 - width, 500)
        qtbot.waitUntil(fits)


def test_a_panel_whose_size_is_settled_asks_for_no_layout(tmp_path: Path, qtbot: QtBot) -> None:
    """A layout that asks for the next one keeps a processor busy for as long as it is shown."""
    with running_window(tmp_path) as window:
        panel = shown_panel(window, qtbot)
        settle(window, qtbot)
        requests = LayoutRequests()
        for step in panel.steps:
            step.installEventFilter(requests)
        panel.steps[0].updateGeometry()
        QTest.qWait(200)  # nothing tells that nothing more comes
        assert requests.count < 10  # a panel without end asks some thousands of times


def test_every_button_is_reached_by_the_tab_key(tmp_path: Path, qtbot: QtBot) -> None:
    with running_window(tmp_path) as window:
        shown_panel(window, qtbot)
        window.activateWindow()
        child(window, QLineEdit, "searchEdit").setFocus()
        met: list[str] = []
        for _ in range(8):
            focus = window.focusWidget()
            assert focus is not None
            QTest.keyClick(focus, Qt.Key.Key_Tab)
            focus = window.focusWidget()
            assert focus is not None
            met.append(focus.objectName())
        # The steps that can't be done yet are disabled.
        assert met[:3] == ["addStepButton", "welcomeDemoButton", "welcomeCloseButton"]
        assert {"providersTable", "searchEdit"} <= set(met)


def test_the_demo_starts_as_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("STARTED_BY", str(tmp_path))
    assert start_demo()

    def started() -> list[psutil.Process]:
        return [each for each in psutil.process_iter() if is_it(each)]

    def is_it(process: psutil.Process) -> bool:
        try:
            demo = process.cmdline()[-1:] == ["--demo"]
            return demo and process.environ().get("STARTED_BY") == str(tmp_path)
        except psutil.Error:
            return False

    qtbot.waitUntil(lambda: bool(started()))
    (process,) = started()
    process.terminate()
    qtbot.waitUntil(lambda: not started(), timeout=20_000)
