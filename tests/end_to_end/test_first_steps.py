"""From an empty database through the welcome to a test message that a server has accepted.

Nothing is simulated: window, keyring, SMTP server with TLS and AUTH, database file.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.credentials import CredentialResolver
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.providers.dialog import ProviderDialog
from mailadmin.ui.welcome.first_steps import FirstSteps
from mailadmin.ui.welcome.panel import WelcomePanel
from mailadmin.ui.welcome.trial_dialog import TrialDialog
from mailadmin.ui.window.main_window import MainWindow
from tests.secret_service import SecretService
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, AiosmtpdServer
from tests.servers.certificates import Certificates
from tests.ui.application import running_window
from tests.ui.finding import child

_TIMEOUT = 20_000  # milliseconds


def click(parent: QWidget, name: str) -> None:
    QTest.mouseClick(child(parent, QPushButton, name), Qt.MouseButton.LeftButton)


def shown_panel(window: MainWindow, qtbot: QtBot) -> WelcomePanel:
    qtbot.waitUntil(lambda: bool(window.findChildren(WelcomePanel)), timeout=_TIMEOUT)
    panel = child(window, WelcomePanel, "welcomePanel")
    qtbot.waitUntil(panel.isVisible)
    return panel


def enter(dialog: ProviderDialog, port: int, ca_file: Path, password: str = PASSWORD) -> None:
    child(dialog, QLineEdit, "captionEdit").setText("Our relay")
    child(dialog, QLineEdit, "hostEdit").setText("localhost")
    child(dialog, QSpinBox, "portSpin").setValue(port)
    child(dialog, QLineEdit, "usernameEdit").setText(USERNAME)
    child(dialog, QLineEdit, "passwordEdit").setText(password)
    child(dialog, QLineEdit, "sendFromEdit").setText("office@example.org")
    child(dialog, QComboBox, "trustCombo").setCurrentIndex(1)
    child(dialog, QLineEdit, "caFileEdit").setText(str(ca_file))


def heading(panel: WelcomePanel) -> str:
    return child(panel, QLabel, "welcomeHeading").text()


@pytest.mark.parametrize("test_when", ["before saving", "from the welcome", "never"])
def test_from_an_empty_database_to_an_accepted_test_message(
    test_when: str,
    tmp_path: Path,
    qtbot: QtBot,
    secret_service: SecretService,
    starttls_server: AiosmtpdServer,
    certificates: Certificates,
) -> None:
    database = tmp_path / "mail.db"
    with running_window(tmp_path, database=database, credentials=CredentialResolver()) as window:
        panel = shown_panel(window, qtbot)
        assert [step.button.isEnabled() for step in panel.steps] == [True, False, False]
        click(panel, "addStepButton")
        dialog = child(window, ProviderDialog, "providerDialog")
        enter(dialog, starttls_server.port, certificates.ca_file)
        if test_when == "before saving":
            _pass_test(dialog, qtbot)
        with qtbot.waitSignal(dialog.finished, timeout=_TIMEOUT):
            click(dialog, "saveButton")
        qtbot.waitUntil(lambda: "Our relay" in panel.steps[0].sentence, timeout=_TIMEOUT)
        tested = test_when == "before saving"
        qtbot.waitUntil(lambda: panel.steps[1].button.isHidden() is tested, timeout=_TIMEOUT)
        if test_when == "from the welcome":
            click(panel, "testStepButton")
            qtbot.waitUntil(lambda: bool(window.findChildren(ProviderDialog)), timeout=_TIMEOUT)
            dialog = child(window, ProviderDialog, "providerDialog")
            _passed(dialog, qtbot)
            qtbot.waitUntil(panel.steps[1].button.isHidden, timeout=_TIMEOUT)
            dialog.reject()
        assert starttls_server.received == []
        click(panel, "sendStepButton")
        trial = child(window, TrialDialog, "trialDialog")
        send = child(trial, QPushButton, "trialSendButton")
        qtbot.waitUntil(send.isEnabled, timeout=_TIMEOUT)
        QTest.keyClick(child(trial, QLineEdit, "trialToEdit"), Qt.Key.Key_Return)
        mark = child(trial, QWidget, "trialMark")
        qtbot.waitUntil(lambda: mark.accessibleName() == "Accepted by the server", timeout=_TIMEOUT)
        assert child(trial, QPlainTextEdit, "trialReply").toPlainText() == "250 2.0.0 accepted"
        qtbot.waitUntil(lambda: heading(panel) == "You're set up", timeout=_TIMEOUT)
        assert all(step.button.isHidden() for step in panel.steps)
        farewell = window.findChildren(FirstSteps)[0].findChildren(QTimer)[0]
        assert not farewell.isActive()  # the reply is to be read first
        QTest.keyClick(child(trial, QPushButton, "trialCloseButton"), Qt.Key.Key_Return)
        qtbot.waitUntil(farewell.isActive)
        assert panel.isVisible()  # the user has time to read what comes next
        log = child(window, QTableView, "logTable")
        qtbot.waitUntil(lambda: log.model().rowCount() == 1, timeout=_TIMEOUT)
    (received,) = starttls_server.received
    assert received.recipients == ("office@example.org",)
    assert received.envelope_from == "office@example.org"
    assert received.encrypted
    assert received.signed_in_as == USERNAME
    assert b"Subject: Test message from Mail Admin" in received.content
    store = Store.open(database, standard_drivers())
    assert store.queue.count() == 0
    assert store.settings.get("welcome_closed") is True
    store.close()


def _pass_test(dialog: ProviderDialog, qtbot: QtBot) -> None:
    click(dialog, "testConnectionButton")
    _passed(dialog, qtbot)


def _passed(dialog: ProviderDialog, qtbot: QtBot) -> None:
    result = child(dialog, QWidget, "testResult")
    qtbot.waitUntil(lambda: result.accessibleName() == "Connection works", timeout=_TIMEOUT)


def test_a_waiting_test_message_is_sent_once_its_wrong_password_is_corrected(
    tmp_path: Path,
    qtbot: QtBot,
    secret_service: SecretService,
    starttls_server: AiosmtpdServer,
    certificates: Certificates,
) -> None:
    with running_window(tmp_path, credentials=CredentialResolver()) as window:
        panel = shown_panel(window, qtbot)
        click(panel, "addStepButton")
        dialog = child(window, ProviderDialog, "providerDialog")
        enter(dialog, starttls_server.port, certificates.ca_file, "wrong")
        with qtbot.waitSignal(dialog.finished, timeout=_TIMEOUT):
            click(dialog, "saveButton")
        action = child(window, QAction, "sendTestMessageAction")
        qtbot.waitUntil(action.isEnabled, timeout=_TIMEOUT)
        action.trigger()
        trial = child(window, TrialDialog, "trialDialog")
        send = child(trial, QPushButton, "trialSendButton")
        qtbot.waitUntil(send.isEnabled, timeout=_TIMEOUT)
        send.click()
        mark = child(trial, QWidget, "trialMark")
        qtbot.waitUntil(lambda: mark.accessibleName() == "Paused", timeout=_TIMEOUT)
        sentence = child(trial, QLabel, "trialSentence").text()
        assert "535" in sentence
        assert "Check user name and password of the provider." in sentence
        click(trial, "trialRemedyButton")
        qtbot.waitUntil(lambda: bool(window.findChildren(ProviderDialog)), timeout=_TIMEOUT)
        dialog = child(window, ProviderDialog, "providerDialog")
        child(dialog, QLineEdit, "passwordEdit").setText(PASSWORD)
        with qtbot.waitSignal(dialog.finished, timeout=_TIMEOUT):
            click(dialog, "saveButton")
        qtbot.waitUntil(lambda: mark.accessibleName() == "Accepted by the server", timeout=_TIMEOUT)
    assert len(starttls_server.received) == 1
