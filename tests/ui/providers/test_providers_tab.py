"""The Providers tab with a real store: columns, actions, the rule about the last enabled one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton, QToolButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from mailadmin.credentials import CredentialState, MemoryCredentials, NoKeyring, Secret
from mailadmin.delivery import Condition, ProviderCondition
from mailadmin.domain.health import Breaker, ProviderHealth
from mailadmin.domain.provider import Encryption, Provider, StoredProvider
from mailadmin.drivers.folder import FolderSettings
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.tables.query import OneOf, TableQuery, ValueCount
from mailadmin.ui.providers.columns import HealthCell
from mailadmin.ui.providers.dialog import ProviderDialog
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.providers.rows import ProviderRows
from mailadmin.ui.providers.standing import ProviderStandings
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.change_events import ChangeEvents
from mailadmin.ui.widgets.mark import Mark
from tests.servers.aiosmtpd_server import AiosmtpdServer
from tests.smtp_providers import smtp_provider, with_changes
from tests.ui.finding import child, select_row
from tests.ui.provider_dialogs import provider_of

TITLES = [
    "ID",
    "Caption",
    "Driver",
    "Host",
    "Port",
    "Username",
    "Send from",
    "Send from name",
    "Encryption",
    "Enabled",
    "Health",
]
HEALTH = 10
LOCKED = ProviderCondition(Condition.PASSWORD_NEEDED, None, "Unlock the keyring.")
FIRST = smtp_provider("First", "smtp.example.org", 587, "a@example.org", "ann", "Ann")
SECOND = smtp_provider(
    "Second", "localhost", 2525, "b@example.org", encryption=Encryption.NONE, enabled=False
)


class Keyless(MemoryCredentials):
    """Can't remove a password."""

    def remove(self, provider: Provider) -> None:
        raise NoKeyring("There is no keyring.")


@pytest.fixture
def credentials() -> MemoryCredentials:
    return MemoryCredentials()


@pytest.fixture
def tab(
    qtbot: QtBot,
    store: Store,
    credentials: MemoryCredentials,
    background: Background,
    icons: Icons,
) -> Iterator[ProvidersTab]:
    tab = ProvidersTab(store, credentials, standard_drivers(), background, icons=icons)
    tab.setWindowTitle("Providers")
    events = ChangeEvents(store, background, tab)
    events.changed.connect(lambda topic: tab.refresh() if topic in tab.topics else None)
    tab.resize(1000, 400)
    with qtbot.waitSignal(tab.model.loadedFirst):
        tab.refresh()
    with qtbot.waitExposed(tab):
        tab.show()
    tab.table.setFocus()
    yield tab
    for dialog in tab.findChildren(ProviderDialog):
        dialog.done(0)
    events.stop()
    tab.close()


@pytest.fixture
def pair(qtbot: QtBot, store: Store, tab: ProvidersTab) -> tuple[StoredProvider, StoredProvider]:
    """One enabled and one disabled provider, both shown."""
    found = store.providers.add(FIRST), store.providers.add(SECOND)
    qtbot.waitUntil(lambda: shown(tab, 1)[1] == "Second")
    return found


def shown(tab: ProvidersTab, row: int) -> list[str]:
    return [tab.model.index(row, section).data() or "" for section in range(11)]


def action(tab: ProvidersTab, name: str) -> QAction:
    return child(tab, QAction, name)


def select(qtbot: QtBot, tab: ProvidersTab, row: int) -> None:
    select_row(tab.table, row)
    qtbot.waitUntil(action(tab, "editProviderAction").isEnabled)


def opened(qtbot: QtBot, tab: ProvidersTab) -> ProviderDialog:
    qtbot.waitUntil(lambda: len(tab.findChildren(ProviderDialog)) == 1)
    return tab.findChildren(ProviderDialog)[0]


def test_the_tooltips_of_names_in_other_scripts_show_both_forms(
    qtbot: QtBot, store: Store, tab: ProvidersTab
) -> None:
    host, sender = "smtp.straße.example", "a@xn--strae-oqa.example"
    store.providers.add(with_changes(FIRST, host=host, send_from=sender))
    qtbot.waitUntil(lambda: shown(tab, 0)[1] == "First")
    assert (shown(tab, 0)[3], shown(tab, 0)[6]) == (host, sender)
    hints = [tab.model.index(0, n).data(Qt.ItemDataRole.ToolTipRole) for n in (3, 6)]
    assert hints == [f"{host} (smtp.xn--strae-oqa.example)", f"{sender} (a@straße.example)"]


def test_columns_and_values(tab: ProvidersTab, pair: tuple[StoredProvider, StoredProvider]) -> None:
    first, second = pair
    headings = [tab.model.headerData(n, Qt.Orientation.Horizontal) for n in range(11)]
    assert headings == TITLES
    assert tab.table.objectName() == "providersTable"
    assert tab.table.accessibleName() == "Providers"
    assert shown(tab, 0) == [
        *[str(first.id), "First", "smtp", "smtp.example.org", "587", "ann"],
        *["a@example.org", "Ann", "TLS", "Yes", "Not used yet"],
    ]
    assert shown(tab, 1) == [
        *[str(second.id), "Second", "smtp", "localhost", "2525", ""],
        *["b@example.org", "", "None", "No", "Disabled"],
    ]
    for row in range(2):
        for column in (9, HEALTH):
            icon = tab.model.index(row, column).data(Qt.ItemDataRole.DecorationRole)
            assert icon is not None


def test_a_driver_without_connection_has_empty_cells(
    qtbot: QtBot, store: Store, tab: ProvidersTab
) -> None:
    store.providers.add(Provider("Spool", FolderSettings("/var/spool"), "a@example.org"))
    store.providers.add(FIRST)
    qtbot.waitUntil(lambda: tab.model.total == 2 and shown(tab, 0)[1] == "Spool")
    assert shown(tab, 0)[1:9] == ["Spool", "folder", "", "", "", "a@example.org", "", ""]
    rows = ProviderRows(store, HealthCell(tab.icons, ProviderStandings()))
    found = {each.value: each.count for each in rows.value_counts(TableQuery("id"), "encryption")}
    assert found == {"": 1, "TLS": 1}
    only = TableQuery("host", descending=False, filters=(("encryption", OneOf(("",))),))
    assert [each.caption for each in store.providers.list(only)] == ["Spool"]
    by_host = store.providers.list(TableQuery("host", descending=False))
    assert [each.caption for each in by_host] == ["Spool", "First"]
    assert store.providers.list(TableQuery("id", search="spool"))[0].caption == "Spool"


@pytest.mark.usefixtures("pair")
def test_qt_s_contract(qtmodeltester: ModelTester, tab: ProvidersTab) -> None:
    qtmodeltester.check(tab.model)  # type: ignore[no-untyped-call]


def test_an_empty_table_says_what_to_do(qtbot: QtBot, tab: ProvidersTab) -> None:
    assert "No provider yet" in tab.empty_sentence()
    button = child(tab, QToolButton, "emptyButton")
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert opened(qtbot, tab).windowTitle() == "New provider"


def test_actions_need_a_row(tab: ProvidersTab) -> None:
    assert action(tab, "newProviderAction").isEnabled()
    for name in ("edit", "delete", "toggle", "test"):
        assert not action(tab, f"{name}ProviderAction").isEnabled(), name


@pytest.mark.parametrize("by", ["action", "double click", "Enter"])
def test_editing_opens_the_row(
    qtbot: QtBot, tab: ProvidersTab, pair: tuple[StoredProvider, StoredProvider], by: str
) -> None:
    select(qtbot, tab, 1)
    if by == "action":
        action(tab, "editProviderAction").trigger()
    elif by == "Enter":
        QTest.keyClick(tab.table, Qt.Key.Key_Return)
    else:
        place = tab.table.visualRect(tab.model.index(1, 1)).center()
        viewport = tab.table.viewport()
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    assert pair[1].caption in opened(qtbot, tab).windowTitle()


def test_the_last_enabled_one_can_be_neither_disabled_nor_deleted(
    qtbot: QtBot, tab: ProvidersTab, store: Store, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    toggle, delete = action(tab, "toggleProviderAction"), action(tab, "deleteProviderAction")
    select(qtbot, tab, 0)
    qtbot.waitUntil(lambda: "First" in toggle.toolTip())
    assert not toggle.isEnabled()
    assert not delete.isEnabled()
    for forbidden in (toggle, delete):
        assert "First" in forbidden.toolTip()
        assert forbidden.statusTip() == forbidden.toolTip()
    select(qtbot, tab, 1)
    qtbot.waitUntil(lambda: toggle.isEnabled() and toggle.text() == "&Enable")
    toggle.trigger()
    qtbot.waitUntil(lambda: shown(tab, 1)[9] == "Yes")
    select(qtbot, tab, 0)
    qtbot.waitUntil(lambda: toggle.isEnabled() and toggle.text() == "&Disable")
    toggle.trigger()
    qtbot.waitUntil(lambda: shown(tab, 0)[9] == "No")
    assert [provider.enabled for provider in store.providers.list()] == [False, True]


def test_the_only_one_can_be_deleted_when_no_other_is_left(
    qtbot: QtBot, tab: ProvidersTab, store: Store, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    delete = action(tab, "deleteProviderAction")
    select(qtbot, tab, 0)
    qtbot.waitUntil(lambda: not delete.isEnabled())
    store.providers.remove(pair[1].id)
    qtbot.waitUntil(delete.isEnabled)


def test_deleting_asks_and_removes_the_password(
    qtbot: QtBot,
    tab: ProvidersTab,
    store: Store,
    credentials: MemoryCredentials,
    pair: tuple[StoredProvider, StoredProvider],
) -> None:
    first, second = pair
    credentials.save(second, Secret("x"))
    select(qtbot, tab, 1)
    delete = action(tab, "deleteProviderAction")
    delete.trigger()
    box = child(tab, QMessageBox, "deleteProviderDialog")
    assert "Second" in box.text()
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert store.providers.list() == [first, second]
    qtbot.waitUntil(lambda: not tab.findChildren(QMessageBox))
    delete.trigger()
    child(child(tab, QMessageBox, "deleteProviderDialog"), QPushButton, "confirmButton").click()
    qtbot.waitUntil(lambda: tab.model.rowCount() == 1)
    assert store.providers.list() == [first]
    qtbot.waitUntil(lambda: credentials.look_up(second).state is CredentialState.MISSING)


@pytest.mark.parametrize("credentials", [Keyless()])
def test_a_password_that_stays_behind_is_told(
    qtbot: QtBot, tab: ProvidersTab, store: Store, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    store.providers.update(with_changes(pair[1], username="bob"))
    select(qtbot, tab, 1)
    action(tab, "deleteProviderAction").trigger()
    child(child(tab, QMessageBox, "deleteProviderDialog"), QPushButton, "confirmButton").click()
    qtbot.waitUntil(lambda: "There is no keyring." in tab.message.text)


def test_what_another_window_deleted_is_said_and_gone(
    qtbot: QtBot, tab: ProvidersTab, store: Store, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    provider_id = pair[1].id
    select(qtbot, tab, 1)
    store.providers.remove(provider_id)
    tab.open_provider(provider_id)
    qtbot.waitUntil(lambda: "doesn't exist any more" in tab.message.text)
    qtbot.waitUntil(lambda: tab.model.rowCount() == 1)
    assert not tab.findChildren(ProviderDialog)


def test_a_pause_and_a_missing_password_show_in_the_row(
    qtbot: QtBot, tab: ProvidersTab, store: Store, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    provider_id = pair[0].id
    enabled, health = tab.model.index(0, 9), tab.model.index(0, HEALTH)
    assert health.data() == "Not used yet"
    tab.show_conditions({provider_id: LOCKED})
    assert health.data() == "Password needed"
    assert "Unlock the keyring." in health.data(Qt.ItemDataRole.ToolTipRole)
    tab.show_conditions({})
    assert health.data() == "Not used yet"
    store.providers.pause(provider_id, "535 5.7.8 no")
    qtbot.waitUntil(lambda: health.data() == "Paused")
    assert "535 5.7.8 no" in health.data(Qt.ItemDataRole.ToolTipRole)
    assert enabled.data() == "Yes"
    assert tab.model.index(1, HEALTH).data() == "Disabled"


def test_what_the_sender_says_repaints_the_health(
    qtbot: QtBot, tab: ProvidersTab, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    provider_id = pair[0].id
    with qtbot.waitSignal(tab.model.dataChanged) as changed:
        tab.show_conditions({provider_id: ProviderCondition(Condition.OFFLINE)})
    assert changed.args[0].column() == HEALTH
    assert tab.model.index(0, HEALTH).data() == "Offline"
    with qtbot.assertNotEmitted(tab.model.dataChanged):
        tab.show_conditions({provider_id: ProviderCondition(Condition.OFFLINE)})


def test_what_is_stored_of_the_health_is_shown_when_it_changes(
    qtbot: QtBot, tab: ProvidersTab, store: Store, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    provider_id = pair[0].id
    cell = tab.model.index(0, HEALTH)
    now = datetime.now(UTC)
    store.health.note_failure(provider_id, now, "Connection refused.")
    store.health.save_breaker(provider_id, Breaker(5, now + timedelta(minutes=5), 60.0))
    qtbot.waitUntil(lambda: str(cell.data()).startswith("Resting until"))
    hint = cell.data(Qt.ItemDataRole.ToolTipRole)
    assert "5 failures in a row: Connection refused." in hint
    store.health.save_breaker(provider_id, Breaker())
    store.health.note_success(provider_id, now)
    qtbot.waitUntil(lambda: cell.data() == "Healthy")


def test_nobody_asks_for_the_health_of_a_tab_that_is_not_seen(
    qtbot: QtBot,
    tab: ProvidersTab,
    store: Store,
    pair: tuple[StoredProvider, StoredProvider],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    get = store.health.get

    def counted(ids: Sequence[int]) -> dict[int, ProviderHealth]:
        asked.append(ids)
        return get(ids)

    tab.hide()
    monkeypatch.setattr(store.health, "get", counted)
    store.providers.remove(pair[1].id)
    qtbot.waitUntil(lambda: tab.model.total == 1)
    with qtbot.waitCallback() as later:
        tab.background.run(lambda: None, later)
    assert not asked
    tab.show()
    qtbot.waitUntil(lambda: asked == [[pair[0].id]])


def test_the_health_sorts_by_its_words(
    qtbot: QtBot, tab: ProvidersTab, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    del pair
    for order, wanted in (
        (Qt.SortOrder.AscendingOrder, ["Disabled", "Not used yet"]),
        (Qt.SortOrder.DescendingOrder, ["Not used yet", "Disabled"]),
    ):
        tab.model.sort(HEALTH, order)
        qtbot.waitUntil(
            lambda wanted=wanted: (  # type: ignore[misc]
                [tab.model.index(row, HEALTH).data() for row in range(2)] == wanted
            )
        )


def test_the_health_is_filtered_as_it_changes(
    qtbot: QtBot, tab: ProvidersTab, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    tab.filters.choose("health", OneOf(("KEY",)))
    qtbot.waitUntil(lambda: tab.model.total == 0)
    tab.show_conditions({pair[0].id: LOCKED})
    qtbot.waitUntil(lambda: tab.model.total == 1)
    counts = tab.model.source.value_counts(tab.model.query, "health")
    assert counts == [ValueCount("KEY", 1), ValueCount("OFF", 1)]
    assert tab.model.source.value_counts(tab.model.query, "enabled") == [ValueCount("true", 1)]
    tab.show_conditions({})
    qtbot.waitUntil(lambda: tab.model.total == 0)


def test_a_health_found_by_a_filter_is_still_read(
    qtbot: QtBot, tab: ProvidersTab, store: Store, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    tab.filters.choose("health", OneOf(("PAUSED",)))
    qtbot.waitUntil(lambda: tab.model.total == 0)
    store.providers.pause(pair[0].id, "535 5.7.8 wrong password")
    qtbot.waitUntil(lambda: tab.model.total == 1)


def test_lists_of_values_ask_for_what_the_database_has(
    qtbot: QtBot, tab: ProvidersTab, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    del pair
    for key, value, count in (
        ("enabled", "true", 1),
        ("enabled", "false", 1),
        ("encryption", "TLS", 1),
        ("driver", "smtp", 2),
    ):
        tab.filters.choose(key, OneOf((value,)))
        qtbot.waitUntil(lambda count=count: tab.model.total == count)  # type: ignore[misc]
        assert ValueCount(value, count) in tab.model.source.value_counts(tab.model.query, key)
        tab.filters.reset()
        qtbot.waitUntil(lambda: tab.model.total == 2)


def test_testing_opens_the_details_and_starts(
    qtbot: QtBot, tab: ProvidersTab, store: Store, plain_server: AiosmtpdServer
) -> None:
    store.providers.add(provider_of(plain_server))
    qtbot.waitUntil(lambda: shown(tab, 0)[1] == "Test server")
    select(qtbot, tab, 0)
    action(tab, "testProviderAction").trigger()
    mark = child(opened(qtbot, tab), Mark, "testResult")
    qtbot.waitUntil(lambda: mark.word.text() == "Connection works")


def test_searching_looks_into_every_text(
    qtbot: QtBot, tab: ProvidersTab, pair: tuple[StoredProvider, StoredProvider]
) -> None:
    del pair
    tab.set_search("localhost")
    qtbot.waitUntil(lambda: tab.model.rowCount() == 1)
    assert shown(tab, 0)[1] == "Second"


@pytest.mark.parametrize("column", range(10))
def test_every_column_sorts(
    qtbot: QtBot, tab: ProvidersTab, pair: tuple[StoredProvider, StoredProvider], column: int
) -> None:
    del pair
    key = tab.model.columns[column].key

    def values() -> list[Any]:
        return [getattr(tab.model.value_at(row), key, None) for row in range(2)]

    wanted = sorted(values())
    for order in (Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder):
        tab.table.sortByColumn(column, order)
        backwards = order is Qt.SortOrder.DescendingOrder
        qtbot.waitUntil(lambda: values() == (wanted[::-1] if backwards else wanted))  # noqa: B023
