"""The main job in the window: set up and test a provider, import a file, see SUCCESS.

Nothing is simulated: window, GNOME Keyring, Postfix with TLS and AUTH, database file.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.credentials import CredentialResolver, CredentialState
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.paths import AppPaths
from mailadmin.store import Store
from mailadmin.ui.app import build
from mailadmin.ui.providers.dialog import ProviderDialog
from mailadmin.ui.window.main_window import MainWindow
from tests.secret_service import SecretService
from tests.servers.certificates import Certificates
from tests.servers.postfix import PASSWORD, USERNAME, Postfix
from tests.ui.finding import child

LETTER = (
    b"From: Office <office@example.org>\nTo: Ann <ann@example.net>\nBcc: bob@example.net\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nMessage-ID: <letter-1@example.org>\n"
    b"Date: Thu, 1 Jan 2026 12:00:00 +0000\n\n"
    b"Dear Ann,\n\n.a line with a dot\n..two\n\ttab and trailing space \nBye\n"
)


def cell(table: QTableView, row: int, title: str) -> str:
    """Return the text of a cell, by its column's title."""
    model = table.model()
    headings = [
        model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())
    ]
    return str(model.index(row, headings.index(title)).data())


def fill(dialog: ProviderDialog, port: int, encryption: Encryption, ca_file: Path) -> None:
    """Enter a provider's values into the dialog."""
    child(dialog, QLineEdit, "captionEdit").setText("Our Postfix")
    child(dialog, QLineEdit, "hostEdit").setText("localhost")
    combo = child(dialog, QComboBox, "encryptionCombo")
    combo.setCurrentIndex(combo.findText(encryption.value))
    child(dialog, QSpinBox, "portSpin").setValue(port)
    child(dialog, QLineEdit, "usernameEdit").setText(USERNAME)
    child(dialog, QLineEdit, "passwordEdit").setText(PASSWORD)
    child(dialog, QLineEdit, "sendFromEdit").setText("office@example.org")
    child(dialog, QLineEdit, "sendFromNameEdit").setText("Office")
    child(dialog, QComboBox, "trustCombo").setCurrentIndex(1)
    child(dialog, QLineEdit, "caFileEdit").setText(str(ca_file))


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.SSL])
def test_an_imported_message_arrives_through_a_new_provider(
    encryption: Encryption,
    tmp_path: Path,
    qtbot: QtBot,
    secret_service: SecretService,
    postfix_server: Postfix,
    certificates: Certificates,
) -> None:
    starttls = encryption is Encryption.TLS
    port = postfix_server.starttls_port if starttls else postfix_server.implicit_tls_port
    database = tmp_path / "mail.db"
    _, window = build(["mailadmin"], database, paths=AppPaths.below(tmp_path))
    window.show()
    try:
        child(window, QAction, "newProviderAction").trigger()
        dialog = child(window, ProviderDialog, "providerDialog")
        fill(dialog, port, encryption, certificates.ca_file)
        child(dialog, QPushButton, "testConnectionButton").click()
        result = child(dialog, QWidget, "testResult")
        qtbot.waitUntil(lambda: result.accessibleName() == "Connection works")
        with qtbot.waitSignal(dialog.saved) as saved:
            child(dialog, QPushButton, "saveButton").click()
        assert saved.args is not None
        provider = saved.args[0]
        _import_letter(tmp_path, window, qtbot)
        status = child(window, QLabel, "senderStateLabel")
        qtbot.waitUntil(lambda: status.text() == "Nothing to send")
    finally:
        window.close()
        window.deleteLater()
    # The arrived bytes are those of the file without Bcc, which no recipient may see.
    sent = LETTER.replace(b"Bcc: bob@example.net\n", b"")
    for mailbox in ("ann", "bob"):
        (arrived,) = postfix_server.wait_for_mail(mailbox)
        assert arrived.endswith(sent)
        assert b"ESMTPSA" in arrived  # encrypted and signed in (RFC 3848)
    # The password is in the keyring and in no file.
    resolver = CredentialResolver()
    lookup = resolver.look_up(provider)
    resolver.close()
    assert lookup.state is CredentialState.STORED
    assert lookup.source == "keyring"
    for path in tmp_path.rglob("*"):
        if path.is_file() and secret_service.folder not in path.parents:
            assert PASSWORD.encode() not in path.read_bytes(), path


def _import_letter(folder: Path, window: MainWindow, qtbot: QtBot) -> None:
    letter = folder / "letter.eml"
    letter.write_bytes(LETTER)
    window.filesDropped.emit([letter])
    log = child(window, QTableView, "logTable")
    queue = child(window, QTableView, "queueTable")
    qtbot.waitUntil(lambda: log.model().rowCount() == 2)
    qtbot.waitUntil(lambda: {cell(log, row, "Status") for row in (0, 1)} == {"SUCCESS"})
    qtbot.waitUntil(lambda: queue.model().rowCount() == 0)
    recipients = {cell(log, row, "Email") for row in (0, 1)}
    assert recipients == {"ann@example.net", "bob@example.net"}
    assert {cell(log, row, "Active queue ID") for row in (0, 1)} == {""}
    assert all(re.search(r"250 2\.0\.0", cell(log, row, "Reason")) for row in (0, 1))


def test_deleting_the_provider_removes_its_password(
    tmp_path: Path,
    qtbot: QtBot,
    secret_service: SecretService,
    postfix_server: Postfix,
    certificates: Certificates,
) -> None:
    database = tmp_path / "mail.db"
    _, window = build(["mailadmin"], database, paths=AppPaths.below(tmp_path))
    window.show()
    try:
        child(window, QAction, "newProviderAction").trigger()
        dialog = child(window, ProviderDialog, "providerDialog")
        fill(dialog, postfix_server.starttls_port, Encryption.TLS, certificates.ca_file)
        with qtbot.waitSignal(dialog.saved) as saved:
            child(dialog, QPushButton, "saveButton").click()
        assert saved.args is not None
        table = child(window, QTableView, "providersTable")
        qtbot.waitUntil(lambda: table.model().rowCount() == 1)
        table.selectionModel().select(
            table.model().index(0, 0),
            QItemSelectionModel.SelectionFlag.SelectCurrent
            | QItemSelectionModel.SelectionFlag.Rows,
        )
        delete = child(window, QAction, "deleteProviderAction")
        qtbot.waitUntil(delete.isEnabled)
        assert secret_service.stored("mailadmin", saved.args[0].uid) == [PASSWORD]
        delete.trigger()
        box = child(window, QMessageBox, "deleteProviderDialog")
        child(box, QPushButton, "confirmButton").click()
        qtbot.waitUntil(lambda: table.model().rowCount() == 0)
        uid = saved.args[0].uid
        qtbot.waitUntil(lambda: not secret_service.stored("mailadmin", uid))
        store = Store.open(database, standard_drivers())
        assert store.providers.list() == []
        store.close()
    finally:
        window.close()
        window.deleteLater()
