"""The password in the provider dialog: where it is, where it goes, what happens when it can't."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton

from mailadmin.credentials import (
    CredentialState,
    KeyringLocked,
    Lookup,
    MemoryCredentials,
    NoKeyring,
    Secret,
)
from mailadmin.domain.errors import CredentialError
from mailadmin.domain.provider import Provider
from mailadmin.store import Store
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.smtp_providers import smtp_provider
from tests.ui.finding import child
from tests.ui.provider_dialogs import Dialogs, OpenDialog

CANARY = "canary-5f2b"
PROVIDER = smtp_provider("Main", "smtp.example.org", 587, "news@example.org", username="news")


class BrokenKeyring(MemoryCredentials):
    """Keeps passwords for this run only, as `problem` stands in the way of more."""

    def __init__(self, problem: CredentialError) -> None:
        super().__init__()
        self.problem = problem

    def look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup:
        kept = super().look_up(provider, interactive=interactive)
        if kept.state is CredentialState.STORED:
            return kept
        locked = isinstance(self.problem, KeyringLocked)
        state = CredentialState.LOCKED if locked else CredentialState.NO_KEYRING
        return Lookup(state, None, "keyring", str(self.problem), self.problem)

    def save(self, provider: Provider, secret: Secret) -> None:
        raise self.problem

    def keep_for_session(self, provider: Provider, secret: Secret) -> None:
        MemoryCredentials.save(self, provider, secret)

    def available(self) -> bool:
        return False


class HangingKeyring(MemoryCredentials):
    """Answers nothing until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()
        self.asked = threading.Event()

    def save(self, provider: Provider, secret: Secret) -> None:
        self.asked.set()
        assert self.released.wait(60)
        super().save(provider, secret)


@pytest.fixture
def stored(store: Store) -> Provider:
    return store.providers.add(PROVIDER)


def placeholder(dialog: OpenDialog) -> str:
    return dialog.edit("passwordEdit").placeholderText()


def test_a_typed_password_is_stored_under_the_providers_uid(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    dialog.fill(username="news", password=CANARY)
    saved = dialog.save()
    assert dialogs.credentials.look_up(saved).secret == Secret(CANARY)
    assert CANARY not in repr(saved)


def test_a_stored_password_is_never_in_the_field(dialogs: Dialogs, stored: Provider) -> None:
    dialogs.credentials.save(stored, Secret(CANARY))
    dialog = dialogs.open(stored)
    assert dialog.edit("passwordEdit").text() == ""
    assert "type to replace" in placeholder(dialog)
    dialog.type("captionEdit", "Other")
    dialog.save()
    assert dialogs.credentials.look_up(stored).secret == Secret(CANARY)


def test_what_is_typed_replaces_it(dialogs: Dialogs, stored: Provider) -> None:
    dialogs.credentials.save(stored, Secret("old"))
    dialog = dialogs.open(stored)
    dialog.type("passwordEdit", CANARY)
    dialog.save()
    assert dialogs.credentials.look_up(stored).secret == Secret(CANARY)


def test_a_stored_password_can_be_removed(dialogs: Dialogs, stored: Provider) -> None:
    dialogs.credentials.save(stored, Secret(CANARY))
    dialog = dialogs.open(stored)
    dialog.click("removePasswordButton")
    assert "removed" in placeholder(dialog)
    assert dialogs.credentials.look_up(stored).secret == Secret(CANARY)
    dialog.save()
    assert dialogs.credentials.look_up(stored).state is CredentialState.MISSING


def test_it_is_masked_until_it_is_revealed(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    edit = dialog.edit("passwordEdit")
    reveal = child(dialog.dialog, QToolButton, "revealPasswordButton")
    assert edit.echoMode() is QLineEdit.EchoMode.Password
    assert not reveal.isEnabled()
    dialog.type("passwordEdit", CANARY)
    QTest.mouseClick(reveal, Qt.MouseButton.LeftButton)
    assert edit.echoMode() is QLineEdit.EchoMode.Normal
    QTest.mouseClick(reveal, Qt.MouseButton.LeftButton)
    assert edit.echoMode() is QLineEdit.EchoMode.Password


def test_closing_forgets_what_was_typed(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    edit = dialog.edit("passwordEdit")
    dialog.type("passwordEdit", CANARY)
    dialog.dialog.done(0)
    assert edit.text() == ""


def test_a_missing_password_is_said(dialogs: Dialogs, stored: Provider) -> None:
    assert placeholder(dialogs.open(stored)) == "No password stored"


@pytest.mark.parametrize(
    "problem",
    [KeyringLocked("The keyring is locked."), NoKeyring("There is no keyring.")],
    ids=["locked", "none"],
)
def test_without_a_usable_keyring_it_can_be_kept_for_the_session(
    dialogs: Dialogs, stored: Provider, problem: CredentialError
) -> None:
    dialogs.credentials = BrokenKeyring(problem)
    dialog = dialogs.open(stored)
    state = child(dialog.dialog, QLabel, "passwordState")
    session = dialog.check("sessionPasswordCheck")
    assert state.isVisible()
    assert state.text() == str(problem)
    assert session.isVisible()
    assert not session.isChecked()
    dialog.type("passwordEdit", CANARY)
    session.setChecked(True)
    dialog.save()
    assert dialogs.credentials.look_up(stored).secret == Secret(CANARY)


def test_when_it_cannot_be_kept_nothing_is_lost_and_nothing_half_done(
    dialogs: Dialogs, stored: Provider, store: Store
) -> None:
    dialogs.credentials = BrokenKeyring(NoKeyring("There is no keyring."))
    dialog = dialogs.open(stored)
    dialog.type("captionEdit", "Changed")
    dialog.type("passwordEdit", CANARY)
    dialog.click("saveButton")
    dialog.qtbot.waitUntil(lambda: bool(dialog.problem("password")))
    assert dialog.problem("password") == "There is no keyring."
    assert dialog.edit("captionEdit").text() == "Changed"
    assert dialog.edit("passwordEdit").text() == CANARY
    assert dialog.dialog.focusWidget() is dialog.edit("passwordEdit")
    assert store.providers.list() == [stored]
    dialog.check("sessionPasswordCheck").setChecked(True)
    assert dialog.save() == replace(stored, caption="Changed")


def test_a_keyring_that_hangs_freezes_nothing_and_can_be_given_up(
    dialogs: Dialogs, stored: Provider, store: Store
) -> None:
    keyring = HangingKeyring()
    dialogs.credentials = keyring
    dialog = dialogs.open(stored)
    dialog.type("passwordEdit", CANARY)
    dialog.click("saveButton")
    assert keyring.asked.wait(60)
    assert dialog.button("saveButton").text() == "Saving…"
    assert not dialog.edit("captionEdit").isEnabled()
    dialog.click("cancelButton")
    message = child(dialog.dialog, InlineMessage, "providerMessage")
    assert message.isVisible()
    assert dialog.edit("passwordEdit").text() == CANARY
    assert dialog.edit("captionEdit").isEnabled()
    assert not dialog.gone
    keyring.released.set()
    dialog.save()
    assert keyring.look_up(stored).secret == Secret(CANARY)
    assert store.providers.list() == [stored]


def test_no_password_stays_behind_for_a_provider_that_was_never_stored(
    dialogs: Dialogs, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = dialogs.open()
    dialog.fill(username="news", password=CANARY)
    blocked = child(dialog.dialog, InlineMessage, "providerMessage")

    def refuse(provider: Provider) -> Provider:
        raise KeyringLocked("The disk is full.")  # any KnownError will do

    monkeypatch.setattr(store.providers, "add", refuse)
    dialog.click("saveButton")
    dialog.qtbot.waitUntil(blocked.isVisible)
    memory = dialogs.credentials
    assert isinstance(memory, MemoryCredentials)
    assert len(memory._secrets) == 1
    dialog.click("cancelButton")
    child(dialog.box(), QPushButton, "discardChangesButton").click()
    dialog.qtbot.waitUntil(lambda: not memory._secrets)
