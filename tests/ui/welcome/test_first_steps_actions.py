"""The ways to the test message, and the connection tests that count for the welcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.welcome.trial_dialog import TrialDialog
from mailadmin.ui.window.main_window import MainWindow
from tests.servers.aiosmtpd_server import AiosmtpdServer
from tests.ui.application import running_window
from tests.ui.finding import child, select_row
from tests.ui.provider_dialogs import Dialogs, provider_of
from tests.ui.stored_mail import add_provider


@pytest.fixture
def two_providers(tmp_path: Path) -> Path:
    """The path of a database with an enabled and a disabled provider."""
    path = tmp_path / "mail.db"
    store = Store.open(path, standard_drivers())
    add_provider(store)
    second = add_provider(store, "Second", send_from="second@example.org")
    store.providers.update(replace(second, enabled=False))
    store.close()
    return path


@pytest.fixture
def window(two_providers: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with running_window(tmp_path, database=two_providers) as window:
        qtbot.waitUntil(lambda: window.tab(ProvidersTab).model.complete)
        yield window


def test_send_test_message_is_in_both_menus_for_an_enabled_provider(
    window: MainWindow, qtbot: QtBot
) -> None:
    action = child(window, QAction, "sendTestMessageAction")
    table = window.tab(ProvidersTab).table
    assert action in table.context_menu().actions()
    menus = [each.menu() for each in window.menuBar().actions()]
    assert any(isinstance(menu, QMenu) and action in menu.actions() for menu in menus)
    qtbot.waitUntil(action.isEnabled)  # no row is selected, and one provider is enabled
    select_row(table, 1)
    qtbot.waitUntil(lambda: not action.isEnabled())
    assert "Enable" in action.toolTip()
    select_row(table, 0)
    qtbot.waitUntil(action.isEnabled)


def test_one_dialog_sends_test_messages_through_the_selected_provider(
    window: MainWindow, qtbot: QtBot
) -> None:
    providers = window.tab(ProvidersTab)
    select_row(providers.table, 1)
    toggle = child(window, QAction, "toggleProviderAction")
    qtbot.waitUntil(lambda: toggle.text() == "&Enable")
    toggle.trigger()
    action = child(window, QAction, "sendTestMessageAction")
    qtbot.waitUntil(action.isEnabled)
    action.trigger()
    dialog = child(window, TrialDialog, "trialDialog")
    combo = child(dialog, QComboBox, "trialProviderCombo")
    qtbot.waitUntil(lambda: combo.currentText().startswith("Second"))
    assert not dialog.isModal()
    select_row(providers.table, 0)
    action.trigger()
    assert child(window, TrialDialog, "trialDialog") is dialog
    assert combo.currentText().startswith("Relay")
    child(dialog, QPushButton, "trialCloseButton").click()
    qtbot.waitUntil(lambda: not window.findChildren(TrialDialog))
    action.trigger()
    assert child(window, TrialDialog, "trialDialog").isVisible()


def test_a_passed_test_counts_only_for_the_stored_values(
    dialogs: Dialogs, plain_server: AiosmtpdServer
) -> None:
    provider = dialogs.store.providers.add(provider_of(plain_server))
    opened = dialogs.open(provider)
    proved: list[int] = []
    opened.dialog.proved.connect(proved.append)
    assert opened.run_test() == "Connection works"
    assert proved == [provider.id]
    opened.type("captionEdit", "Another name")
    assert opened.run_test() == "Connection works"
    assert proved == [provider.id]  # the test was of entered values that are not stored yet
    opened.save()
    assert proved == [provider.id] * 2


def test_a_test_does_not_count_for_values_changed_after_it(
    dialogs: Dialogs, plain_server: AiosmtpdServer
) -> None:
    opened = dialogs.open(replace(provider_of(plain_server)))
    proved: list[int] = []
    opened.dialog.proved.connect(proved.append)
    assert opened.run_test() == "Connection works"
    opened.type("hostEdit", "localhost")
    opened.save()
    assert proved == []
