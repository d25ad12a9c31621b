"""Providers to a file and from one, through the window, without passwords."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from mailadmin.credentials import MemoryCredentials, Secret
from mailadmin.domain.provider import Provider, StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.providers.import_plan import under_own_uids
from mailadmin.providers.provider_file import to_text
from mailadmin.store import Store
from mailadmin.store.providers import Providers
from mailadmin.ui.providers.import_dialog import ProviderImportDialog
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.providers.transfer import ProviderTransfer
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.smtp_providers import smtp_provider, with_changes
from tests.ui.finding import child

RELAY = smtp_provider(
    "Relay", "smtp.example.org", 587, "ann@example.org", username="ann", uid="relay"
)
OTHER = smtp_provider("Other", "mx.example.net", 587, "bob@example.net", uid="other")
NEW = smtp_provider("New", "mx.example.com", 587, "cem@example.com", username="cem", uid="new")
CANARY = "canary-3b8a"


@pytest.fixture
def stored(store: Store) -> list[StoredProvider]:
    return [store.providers.add(RELAY), store.providers.add(OTHER)]


@pytest.fixture
def credentials() -> MemoryCredentials:
    return MemoryCredentials()


@pytest.fixture
def tab(
    qtbot: QtBot,
    store: Store,
    background: Background,
    icons: Icons,
    credentials: MemoryCredentials,
) -> ProvidersTab:
    tab = ProvidersTab(store, credentials, standard_drivers(), background, icons=icons)
    qtbot.addWidget(tab)
    with qtbot.waitExposed(tab):
        tab.show()
    return tab


def choose_file(tab: ProvidersTab, action: str, path: Path) -> None:
    child(tab, QAction, action).trigger()
    dialog = child(tab, QFileDialog, action.replace("Action", "FileDialog"))
    dialog.done(0)
    dialog.fileSelected.emit(str(path))


def previewed(
    qtbot: QtBot, tab: ProvidersTab, path: Path, *providers: Provider, **more: str
) -> ProviderImportDialog:
    """The dialog for a file with these; `more` goes into the last of them."""
    content = json.loads(to_text(providers))
    if more:
        content["providers"][-1] |= more
    path.write_text(json.dumps(content), "utf-8")
    choose_file(tab, "importProvidersAction", path)
    qtbot.waitUntil(lambda: bool(tab.findChildren(ProviderImportDialog)))
    return child(tab, ProviderImportDialog, "providerImportDialog")


def items(dialog: ProviderImportDialog) -> list[QTreeWidgetItem]:
    rows = range(dialog.list.topLevelItemCount())
    return [item for row in rows if (item := dialog.list.topLevelItem(row)) is not None]


def press_import(dialog: ProviderImportDialog) -> None:
    button = child(dialog, QPushButton, "importProvidersButton")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def checkable(item: QTreeWidgetItem) -> bool:
    return bool(item.flags() & Qt.ItemFlag.ItemIsUserCheckable)


def checked(item: QTreeWidgetItem) -> bool:
    return item.checkState(0) is Qt.CheckState.Checked


def told(qtbot: QtBot, tab: ProvidersTab, text: str) -> None:
    qtbot.waitUntil(lambda: tab.message.text == text)
    assert (
        tab.findChildren(ProviderImportDialog) == []
        or not child(tab, ProviderImportDialog, "providerImportDialog").isVisible()
    )


def test_all_providers_are_exported_without_passwords(
    qtbot: QtBot,
    tab: ProvidersTab,
    stored: list[StoredProvider],
    credentials: MemoryCredentials,
    tmp_path: Path,
) -> None:
    credentials.save(stored[0], Secret(CANARY))
    path = tmp_path / "providers.json"
    choose_file(tab, "exportProvidersAction", path)
    told(qtbot, tab, f"2 providers were exported to {path}, without passwords.")
    assert path.read_text("utf-8") == to_text(stored)
    assert CANARY not in path.read_text("utf-8")


def test_an_export_that_fails_says_so(qtbot: QtBot, tab: ProvidersTab, tmp_path: Path) -> None:
    choose_file(tab, "exportProvidersAction", tmp_path / "absent" / "providers.json")
    qtbot.waitUntil(lambda: "can't be written: No such file" in tab.message.text)


def test_the_preview_says_what_will_happen(
    qtbot: QtBot, tab: ProvidersTab, stored: list[StoredProvider], tmp_path: Path
) -> None:
    changed = replace(RELAY, weight=7)
    twin = replace(NEW, uid="twin", caption="other")
    dialog = previewed(
        qtbot, tab, tmp_path / "p.json", changed, stored[1], NEW, twin, replace(NEW, uid="x"),
        host="smtp://x", password=CANARY,
    )  # fmt: skip
    relay, other, new, double, faulty = items(dialog)
    assert [checkable(item) for item in items(dialog)] == [True, False, True, True, False]
    assert [checked(item) for item in (relay, new, double)] == [False, True, True]
    assert relay.text(2) == "If checked, it will be changed: weight."
    assert "weight: 1 → 7" in relay.toolTip(2)
    assert dialog.detail.text() == "If checked, it will be changed: weight.\nweight: 1 → 7"
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    assert dialog.detail.text() == "It is there already, the same."
    assert other.text(2) == "It is there already, the same."
    assert new.text(1) == "mx.example.com"
    assert new.text(2) == "It will be added."
    assert double.text(2) == "It will be added. Another provider has the same caption."
    assert faulty.text(2).startswith("password: Passwords are never read from a file.")
    summary = child(dialog, QLabel, "providerImportSummary").text()
    assert summary == (
        "New: 2. There already, with other values: 1. Check those to be changed. "
        "There already, the same: 1. Can't be used: 1."
    )
    assert not any(CANARY in label.text() for label in dialog.findChildren(QLabel))
    assert CANARY not in faulty.text(2) + faulty.toolTip(2)


def test_new_ones_come_in_without_password(
    qtbot: QtBot,
    tab: ProvidersTab,
    store: Store,
    stored: list[StoredProvider],
    credentials: MemoryCredentials,
    tmp_path: Path,
) -> None:
    path = tmp_path / "p.json"
    credentials.save(NEW, Secret(CANARY))  # for another database
    dialog = previewed(qtbot, tab, path, with_changes(RELAY, port=2525), NEW)
    assert "Passwords are in no file" in child(dialog, QLabel, "importPasswordNote").text()
    press_import(dialog)
    told(qtbot, tab, "1 provider was added. Enter the passwords of the new ones with Edit.")
    added = store.providers.get(3)
    assert added == StoredProvider.of(replace(NEW, uid=added.uid), 3)
    assert credentials.look_up(added).secret is None
    assert store.providers.list()[:2] == stored  # not checked, not changed
    qtbot.waitUntil(lambda: not tab.findChildren(ProviderImportDialog))
    dialog = previewed(qtbot, tab, path, NEW)
    assert not checkable(items(dialog)[0])
    assert not child(dialog, QPushButton, "importProvidersButton").isEnabled()


def test_known_ones_are_changed_if_checked_and_keep_their_password(
    qtbot: QtBot,
    tab: ProvidersTab,
    store: Store,
    stored: list[StoredProvider],
    credentials: MemoryCredentials,
    tmp_path: Path,
) -> None:
    credentials.save(stored[0], Secret(CANARY))
    dialog = previewed(qtbot, tab, tmp_path / "p.json", with_changes(RELAY, host="mx.еvil.example"))
    button = child(dialog, QPushButton, "importProvidersButton")
    assert not button.isEnabled()
    assert not dialog.disabled.isEnabled()
    assert dialog.message.text == ""
    items(dialog)[0].setCheckState(0, Qt.CheckState.Checked)
    assert dialog.message.text == (
        "The password of “Relay” will be used with mx.еvil.example (mx.xn--vil-qdd.example)."
    )
    press_import(dialog)
    told(qtbot, tab, "1 provider was changed.")
    changed = store.providers.get(1)
    assert changed == with_changes(stored[0], host="mx.еvil.example")
    assert credentials.look_up(changed).secret == Secret(CANARY)


def test_whose_password_it_is_and_of_how_many_is_said(
    qtbot: QtBot, tab: ProvidersTab, store: Store, tmp_path: Path
) -> None:
    many = [replace(RELAY, uid=f"relay{number}", caption=f"R{number}") for number in range(7)]
    for provider in many:
        store.providers.add(provider)
    moved = [with_changes(each, caption="Harmless", host="mx.evil.example") for each in many]
    dialog = previewed(qtbot, tab, tmp_path / "p.json", *moved)
    for item in items(dialog):
        item.setCheckState(0, Qt.CheckState.Checked)
    assert dialog.message.text.splitlines() == [
        *(f"The password of “R{number}” will be used with mx.evil.example." for number in range(4)),
        "So it is with the passwords of 3 others: see the list.",
    ]


@pytest.mark.usefixtures("stored")
def test_what_somebody_else_brought_in_meanwhile_is_not_doubled(
    qtbot: QtBot, tab: ProvidersTab, store: Store, tmp_path: Path
) -> None:
    dialog = previewed(qtbot, tab, tmp_path / "p.json", NEW)
    (own,) = under_own_uids([NEW], store.providers.list())
    store.providers.bring_in([own])
    press_import(dialog)
    told(qtbot, tab, "Nothing was changed: all of them are there already.")
    assert store.providers.get(3) == StoredProvider.of(own, 3)
    assert len(store.providers.list()) == 3


@pytest.mark.usefixtures("stored")
def test_disabled_if_wished(qtbot: QtBot, tab: ProvidersTab, store: Store, tmp_path: Path) -> None:
    dialog = previewed(qtbot, tab, tmp_path / "p.json", NEW)
    dialog.disabled.click()
    press_import(dialog)
    qtbot.waitUntil(lambda: len(store.providers.list()) == 3)
    assert not store.providers.get(3).enabled


def test_what_the_store_refuses_is_said_in_the_dialog(
    qtbot: QtBot, tab: ProvidersTab, store: Store, tmp_path: Path
) -> None:
    dialog = previewed(qtbot, tab, tmp_path / "p.json", NEW)
    dialog.disabled.click()
    press_import(dialog)
    qtbot.waitUntil(lambda: "No provider would be enabled" in dialog.message.text)
    assert store.providers.list() == []
    dialog.disabled.click()
    press_import(dialog)
    qtbot.waitUntil(lambda: len(store.providers.list()) == 1)


def test_the_dialog_stays_until_it_is_known_how_it_ends(
    qtbot: QtBot,
    tab: ProvidersTab,
    background: Background,
    tmp_path: Path,
) -> None:
    dialog = previewed(qtbot, tab, tmp_path / "providers.json", NEW)
    gate = threading.Event()
    background.write(lambda: gate.wait(60))  # what was asked for before
    press_import(dialog)
    dialog.close()
    dialog.reject()
    stayed = dialog.isVisible()
    gate.set()
    assert stayed
    told(qtbot, tab, "1 provider was added. Enter the passwords of the new ones with Edit.")


def test_a_bug_lets_the_dialog_be_closed(
    qtbot: QtBot,
    tab: ProvidersTab,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    dialog = previewed(qtbot, tab, tmp_path / "providers.json", NEW)
    monkeypatch.setattr(Providers, "bring_in", lambda *_, **__: 1 // 0)
    with qtbot.captureExceptions() as problems:
        press_import(dialog)
        qtbot.waitUntil(dialog.isEnabled)
    assert [kind for kind, *_ in problems] == [ZeroDivisionError]
    dialog.reject()
    assert not dialog.isVisible()
    capfd.readouterr()


def test_files_that_are_none(qtbot: QtBot, tab: ProvidersTab, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text("{}")
    choose_file(tab, "importProvidersAction", path)
    qtbot.waitUntil(lambda: "not a file of providers" in tab.message.text)
    tab.message.dismiss()
    choose_file(tab, "importProvidersAction", tmp_path / "absent.json")
    qtbot.waitUntil(lambda: "can't be read: No such file" in tab.message.text)
    assert tab.findChildren(ProviderImportDialog) == []


def test_an_empty_file_says_so(qtbot: QtBot, tab: ProvidersTab, tmp_path: Path) -> None:
    dialog = previewed(qtbot, tab, tmp_path / "p.json")
    summary = child(dialog, QLabel, "providerImportSummary")
    assert summary.text() == "The file holds no provider."
    assert not child(dialog, QPushButton, "importProvidersButton").isEnabled()


def test_captions_are_harmless(qtbot: QtBot, tab: ProvidersTab, tmp_path: Path) -> None:
    dialog = previewed(
        qtbot, tab, tmp_path / "p.json", replace(NEW, caption="<b>x</b>\u202egpj"), port="x"
    )
    (item,) = items(dialog)
    assert "\u202e" not in item.text(0) + item.toolTip(0)
    assert "&lt;b&gt;" in item.toolTip(0)


def test_it_is_made_when_it_is_needed(tab: ProvidersTab) -> None:
    assert tab.findChildren(ProviderTransfer) == []
