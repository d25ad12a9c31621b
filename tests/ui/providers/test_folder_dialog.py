"""The dialog with the driver folder: its one field, the other driver's, and its connection test."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QToolButton, QWidget

from mailadmin.credentials import CredentialState, Lookup, MemoryCredentials, Secret
from mailadmin.domain.provider import Encryption, Provider, StoredProvider
from mailadmin.drivers.folder import FolderSettings
from mailadmin.store import Store
from mailadmin.ui.widgets.mark import Mark
from tests.smtp_providers import settings_of, smtp_provider
from tests.ui.finding import child
from tests.ui.provider_dialogs import Dialogs, OpenDialog


class Watched(MemoryCredentials):
    """Notes who asks for a password."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup:
        self.asked.append(provider.caption)
        return super().look_up(provider, interactive=interactive)


@pytest.fixture
def credentials(dialogs: Dialogs) -> Watched:
    dialogs.credentials = watched = Watched()
    return watched


@pytest.fixture
def spool(store: Store, tmp_path: Path) -> StoredProvider:
    folder = tmp_path / "spool"
    folder.mkdir()
    return store.providers.add(Provider("Spool", FolderSettings(str(folder)), "a@example.org"))


def choose_driver(dialog: OpenDialog, name: str) -> None:
    """As a person does in the list; the group is exchanged in the next turn of the loop."""
    old = dialog.form.connection
    combo = dialog.combo("driverCombo")
    combo.setCurrentText(name)
    combo.textActivated.emit(name)
    dialog.qtbot.waitUntil(lambda: dialog.form.connection is not old)


def has(dialog: OpenDialog, name: str) -> bool:
    found = dialog.dialog.findChildren(QWidget, name)
    return any(widget.isVisible() for widget in found)


def test_a_new_provider_offers_all_drivers(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    combo = dialog.combo("driverCombo")
    assert [combo.itemText(row) for row in range(combo.count())] == ["smtp", "folder"]
    assert (combo.currentText(), combo.isEnabled()) == ("smtp", True)
    assert combo.accessibleName() == "Driver"


def test_the_fields_are_those_of_the_driver_and_what_is_common_stays(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    dialog.fill(caption="Both", host="relay.example.org", sendFrom="news@example.org")
    dialog.type("usernameEdit", "ann")
    dialog.spin("weightSpin").setValue(7)
    choose_driver(dialog, "folder")
    assert dialog.combo("driverCombo").currentText() == "folder"
    assert dialog.edit("captionEdit").text() == "Both"
    assert dialog.edit("sendFromEdit").text() == "news@example.org"
    assert dialog.spin("weightSpin").value() == 7
    assert dialog.edit("folderEdit").text() == ""
    gone = ("hostEdit", "portSpin", "usernameEdit", "passwordEdit", "encryptionCombo", "trustCombo")
    assert not any(has(dialog, name) for name in gone)
    dialog.type("folderEdit", "/var/spool/mailadmin")
    dialog.type("captionEdit", "Changed")
    choose_driver(dialog, "smtp")
    assert dialog.edit("captionEdit").text() == "Changed"
    assert dialog.edit("hostEdit").text() == "relay.example.org"
    assert dialog.edit("usernameEdit").text() == "ann"
    assert not has(dialog, "folderEdit")
    choose_driver(dialog, "folder")
    assert dialog.edit("folderEdit").text() == "/var/spool/mailadmin"


def test_a_folder_is_saved_without_a_password(
    dialogs: Dialogs, store: Store, tmp_path: Path, credentials: Watched
) -> None:
    dialog = dialogs.open()
    choose_driver(dialog, "folder")
    dialog.type("captionEdit", "Spool")
    dialog.type("sendFromEdit", "news@example.org")
    dialog.type("folderEdit", f" {tmp_path} ")
    saved = dialog.save()
    assert saved.settings == FolderSettings(str(tmp_path))
    assert store.providers.list() == [saved]
    assert (saved.host, saved.port, saved.username, saved.encryption) == (None,) * 4
    assert credentials.look_up(saved).state is CredentialState.MISSING


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "This has to be given."), ("spool/mail", "Give the whole path")],
)
def test_a_folder_that_can_not_be_is_said_beside_the_field(
    dialogs: Dialogs, store: Store, text: str, expected: str
) -> None:
    dialog = dialogs.open()
    choose_driver(dialog, "folder")
    dialog.type("captionEdit", "Spool")
    dialog.type("sendFromEdit", "news@example.org")
    if text:
        dialog.type("folderEdit", text)
    dialog.click("saveButton")
    assert expected in dialog.problem("folder")
    assert store.providers.list() == []
    dialog.type("folderEdit", "/var/spool")
    assert dialog.problem("folder") == ""


def test_what_was_wrong_with_the_other_driver_is_forgotten(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    dialog.fill(host="no host")
    dialog.click("saveButton")
    assert dialog.problem("host")
    choose_driver(dialog, "folder")
    dialog.type("folderEdit", "/var/spool")
    assert dialog.save().driver == "folder"


def test_the_folder_is_chosen_with_its_button(
    dialogs: Dialogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def choose(*values: object) -> str:
        asked.extend(values[1:])
        return str(tmp_path)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    dialog = dialogs.open()
    choose_driver(dialog, "folder")
    button = child(dialog.dialog, QToolButton, "browseFolderButton")
    assert button.accessibleName()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.edit("folderEdit").text() == str(tmp_path)
    assert asked == ["Folder", ""]


def test_the_test_has_the_stages_of_the_driver(
    dialogs: Dialogs, spool: StoredProvider, credentials: Watched
) -> None:
    dialog = dialogs.open(spool)

    def stages() -> dict[str, str]:
        marks = [
            child(dialog.dialog, Mark, f"{name}Stage") for name in ("folder", "write", "space")
        ]
        return dict(mark.accessibleName().split(": ") for mark in marks)

    assert dialog.run_test() == "Connection works"
    assert stages() == {"Folder": "passed", "Write": "passed", "Space": "passed"}
    assert "A file was written and removed again." in dialog.transcript
    Path(spool.values()["folder"]).rmdir()  # type: ignore[arg-type]
    assert dialog.run_test() == "Folder failed"
    assert stages() == {"Folder": "failed", "Write": "skipped", "Space": "skipped"}
    assert "does not exist. Make it, or choose another." in dialog.reason
    assert credentials.asked == []


def test_the_stages_change_with_the_driver(dialogs: Dialogs, tmp_path: Path) -> None:
    dialog = dialogs.open()
    dialog.fill(host="127.0.0.1", sendFrom="a@example.org")
    dialog.choose(Encryption.NONE)
    dialog.spin("portSpin").setValue(1)
    assert dialog.run_test() == "TCP failed"
    choose_driver(dialog, "folder")
    assert dialog.result == ""
    dialog.type("folderEdit", str(tmp_path))
    assert dialog.run_test() == "Connection works"
    assert has(dialog, "spaceStage")
    assert not has(dialog, "dnsStage")


def test_the_driver_of_a_stored_provider_stays_and_says_why(
    dialogs: Dialogs, spool: StoredProvider
) -> None:
    combo = dialogs.open(spool).combo("driverCombo")
    assert (combo.currentText(), combo.isEnabled()) == ("folder", False)
    assert "Add a new provider for another driver." in combo.toolTip()
    assert combo.accessibleDescription() == combo.toolTip()


def test_nothing_is_to_be_saved_after_it_was_only_looked_at(
    dialogs: Dialogs, spool: StoredProvider
) -> None:
    dialog = dialogs.open(spool)
    assert not dialog.dialog.has_changes()
    dialog.type("folderEdit", "/elsewhere")
    assert dialog.dialog.has_changes()


def test_the_tab_key_goes_through_the_new_fields(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    choose_driver(dialog, "folder")
    dialog.edit("captionEdit").setFocus()
    order = []
    for _ in range(5):
        focused = dialog.dialog.focusWidget()
        assert focused is not None
        order.append(focused.objectName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert order == [
        "captionEdit",
        "driverCombo",
        "folderEdit",
        "browseFolderButton",
        "sendFromEdit",
    ]


def test_a_password_typed_before_is_not_kept_for_the_folder(
    dialogs: Dialogs, credentials: Watched
) -> None:
    dialog = dialogs.open()
    dialog.fill()
    dialog.type("passwordEdit", "secret")
    choose_driver(dialog, "folder")
    dialog.type("folderEdit", "/var/spool")
    saved = dialog.save()
    assert credentials.look_up(saved).secret is None


def test_a_provider_of_an_unknown_driver_is_shown_and_keeps_its_settings(
    dialogs: Dialogs, store: Store
) -> None:
    stored = store.providers.add(smtp_provider("Later", "h.example", 25, "a@example.org"))
    connection = apsw.Connection(str(store.location.path))
    connection.execute("UPDATE provider SET driver = 'graph', settings = '{\"tenant\": 1}'")
    connection.close()
    dialog = dialogs.open(store.providers.get(stored.id))
    assert dialog.combo("driverCombo").currentText() == "graph"
    note = child(dialog.dialog, QLabel, "driverNote")
    assert "has no driver “graph”" in note.text()
    assert note.isVisible()
    assert dialog.run_test() == "driver failed"
    dialog.type("captionEdit", "Renamed")
    saved = dialog.save()
    assert (saved.caption, saved.settings.to_json()) == ("Renamed", '{"tenant": 1}')


def test_the_fields_of_smtp_are_as_they_were(dialogs: Dialogs, store: Store) -> None:
    provider = store.providers.add(
        smtp_provider("Main", "smtp.example.org", 2525, "a@example.org", "ann")
    )
    dialog = dialogs.open(provider)
    dialog.type("hostEdit", "other.example.org")
    assert settings_of(dialog.save()).host == "other.example.org"


def test_a_saved_password_is_told_of_once(
    dialogs: Dialogs, store: Store, credentials: Watched
) -> None:
    told: list[str] = []
    credentials.listen(told.append)
    dialog = dialogs.open()
    dialog.fill(username="ann")
    dialog.type("passwordEdit", "secret")
    saved = dialog.save()
    assert told == [saved.uid]
    assert credentials.look_up(saved).secret == Secret("secret")
    assert store.providers.list() == [saved]
