"""Opens the provider dialog and operates it by the object names of its contract."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.credentials import CredentialStore, MemoryCredentials
from mailadmin.domain.provider import Encryption, Provider, StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.providers.dialog import ProviderDialog
from mailadmin.ui.providers.form import ProviderForm
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.mark import Mark
from tests.servers.aiosmtpd_server import USERNAME, AiosmtpdServer
from tests.smtp_providers import smtp_provider
from tests.ui.finding import child

ENCRYPTIONS = tuple(Encryption)


class OpenDialog:
    """A shown `ProviderDialog` and its fields."""

    def __init__(self, qtbot: QtBot, dialog: ProviderDialog) -> None:
        self.qtbot = qtbot
        self.dialog = dialog
        self.saved: list[StoredProvider] = []
        self.gone: list[bool] = []
        dialog.saved.connect(self.saved.append)
        dialog.finished.connect(lambda _: self.gone.append(True))
        dialog.open()
        if self.form.password is not None:
            qtbot.waitUntil(lambda: "Looking" not in self.edit("passwordEdit").placeholderText())

    @property
    def form(self) -> ProviderForm:
        return self.dialog.form

    def edit(self, name: str) -> QLineEdit:
        return child(self.dialog, QLineEdit, name)

    def button(self, name: str) -> QPushButton:
        return child(self.dialog, QPushButton, name)

    def combo(self, name: str) -> QComboBox:
        return child(self.dialog, QComboBox, name)

    def spin(self, name: str) -> QSpinBox:
        return child(self.dialog, QSpinBox, name)

    def check(self, name: str) -> QCheckBox:
        return child(self.dialog, QCheckBox, name)

    def type(self, name: str, text: str) -> None:
        """Replace the text of a field as a user does."""
        edit = self.edit(name)
        edit.setFocus()
        edit.selectAll()
        QTest.keyClick(edit, Qt.Key.Key_Delete)
        QTest.keyClicks(edit, text)

    def choose(self, encryption: Encryption) -> None:
        self.combo("encryptionCombo").setCurrentIndex(ENCRYPTIONS.index(encryption))

    def click(self, name: str) -> None:
        QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def problem(self, field: str) -> str:
        """Return the problem beside a field, "" if there is none."""
        label = child(self.dialog, QLabel, f"{field}Problem")
        return label.text() if label.isVisible() else ""

    def fill(self, **values: str) -> None:
        """Enter caption, host and sender of a provider that can be saved, or the given values."""
        entered = {"caption": "Main", "host": "smtp.example.org", "sendFrom": "news@example.org"}
        for name, text in (entered | values).items():
            self.type(f"{name}Edit", text)

    def save(self) -> StoredProvider:
        self.click("saveButton")
        self.qtbot.waitUntil(lambda: bool(self.saved) and bool(self.gone))
        return self.saved[-1]

    @property
    def result(self) -> str:
        """The text beside the test button."""
        return child(self.dialog, Mark, "testResult").word.text()

    @property
    def transcript(self) -> str:
        return child(self.dialog, QPlainTextEdit, "transcriptText").toPlainText()

    @property
    def reason(self) -> str:
        """The sentence that says why the test failed."""
        return child(self.dialog, QLabel, "testSentence").text()

    def stages(self) -> dict[str, str]:
        """Return the state of each stage, as a screen reader reads it."""
        names = ("dns", "connect", "tls", "auth", "mail")
        marks = [child(self.dialog, Mark, f"{name}Stage") for name in names]
        return dict(mark.accessibleName().split(": ") for mark in marks)

    def run_test(self) -> str:
        """Press Test connection and wait for its result."""
        self.click("testConnectionButton")
        self.qtbot.waitUntil(lambda: self.result not in {"", "Testing…"})
        return self.result

    def box(self) -> QMessageBox:
        """Return the question that is open over the dialog."""
        return child(self.dialog, QMessageBox, "unsavedChangesDialog")


class Dialogs:
    """Opens provider dialogs on one store, with one store of passwords."""

    def __init__(
        self, qtbot: QtBot, store: Store, background: Background, icons: Icons, window: QWidget
    ) -> None:
        self.qtbot = qtbot
        self.store = store
        self.background = background
        self.icons = icons
        self.window = window
        self.credentials: CredentialStore = MemoryCredentials()

    def open(self, provider: Provider | None = None) -> OpenDialog:
        dialog = ProviderDialog(
            provider,
            store=self.store,
            credentials=self.credentials,
            drivers=standard_drivers(),
            icons=self.icons,
            background=self.background,
            parent=self.window,
        )
        return OpenDialog(self.qtbot, dialog)


def provider_of(server: AiosmtpdServer, ca_file: Path | None = None) -> Provider:
    """Return the provider settings with which `server` accepts mail."""
    plain = server.encryption is Encryption.NONE
    return smtp_provider(
        caption="Test server",
        host="localhost" if not plain else "127.0.0.1",
        port=server.port,
        send_from="news@example.org",
        username="" if plain else USERNAME,
        encryption=server.encryption,
        ca_file="" if ca_file is None else str(ca_file),
    )
