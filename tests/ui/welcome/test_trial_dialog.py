"""The test message dialog: what is prefilled, queued and shown until the message is accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.delivery import Activity, SenderState
from mailadmin.domain.claim import ClaimRequest
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.message import read_overview
from mailadmin.store import Store
from mailadmin.ui.providers.standing import ProviderStandings
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.welcome.trial_dialog import TrialDialog
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.widgets.mark import Mark
from tests.ui.finding import child
from tests.ui.stored_mail import add_provider, attempt, queue


class OpenTrial:
    """A shown dialog that hears of every change, as in the window."""

    def __init__(self, qtbot: QtBot, dialog: TrialDialog, store: Store) -> None:
        self.qtbot = qtbot
        self.dialog = dialog
        self.store = store
        self.accepted: list[int] = []
        dialog.acceptedByServer.connect(self.accepted.append)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        with qtbot.waitExposed(dialog):
            dialog.show()

    def edit(self, name: str) -> QLineEdit:
        return child(self.dialog, QLineEdit, f"trial{name}Edit")

    @property
    def text(self) -> QPlainTextEdit:
        return child(self.dialog, QPlainTextEdit, "trialTextEdit")

    @property
    def through(self) -> QComboBox:
        return child(self.dialog, QComboBox, "trialProviderCombo")

    @property
    def send_button(self) -> QPushButton:
        return child(self.dialog, QPushButton, "trialSendButton")

    @property
    def words(self) -> str:
        return child(self.dialog, Mark, "trialMark").word.text()

    @property
    def sentence(self) -> str:
        return child(self.dialog, QLabel, "trialSentence").text()

    @property
    def reply(self) -> str:
        return child(self.dialog, QPlainTextEdit, "trialReply").toPlainText()

    @property
    def problem(self) -> str:
        label = child(self.dialog, QLabel, "toProblem")
        return label.text() if label.isVisible() else ""

    def ready(self) -> None:
        """Wait until a message can be sent, whenever its provider was added."""
        self.dialog.follow(Topic.PROVIDERS)
        self.qtbot.waitUntil(self.send_button.isEnabled)

    def send(self) -> int:
        """Send the message; return its queue ID."""
        before = set(self.store.queue.ids())
        self.ready()
        self.send_button.click()
        self.qtbot.waitUntil(lambda: bool(set(self.store.queue.ids()) - before))
        (queue_id,) = set(self.store.queue.ids()) - before
        self.qtbot.waitUntil(lambda: self.dialog._queue_id == queue_id)
        return queue_id

    def told(self, words: str) -> None:
        """Wait until the result begins with these words."""
        self.dialog.follow(Topic.QUEUE)
        self.qtbot.waitUntil(lambda: self.words == words)


@pytest.fixture
def provider(store: Store) -> StoredProvider:
    return add_provider(store)


@pytest.fixture
def trial(qtbot: QtBot, store: Store, background: Background, icons: Icons) -> OpenTrial:
    dialog = TrialDialog(store, background, icons=icons, standings=ProviderStandings())
    qtbot.addWidget(dialog)
    return OpenTrial(qtbot, dialog, store)


def test_the_choice_of_a_provider_has_a_name_for_screen_readers(trial: OpenTrial) -> None:
    assert trial.through.accessibleName() == "Provider it is sent through"


@pytest.mark.usefixtures("provider")
def test_the_prefilled_message_is_queued_before_all_others(trial: OpenTrial, store: Store) -> None:
    queue(store, 3)
    trial.ready()
    assert trial.through.currentText() == "Relay – Example Office <office@example.org>"
    assert trial.edit("To").text() == "office@example.org"
    assert trial.edit("To").hasFocus()
    queue_id = trial.send()
    row = store.queue.get(queue_id)
    assert (row.email, row.provider_id) == ("office@example.org", 1)
    content = read_overview(store.messages.content(row.stored_id))
    assert ("Subject", "Test message from Mail Admin") in content.headers
    assert "through “Relay”" in content.text
    trial.told("Queued")
    assert not trial.send_button.isEnabled()  # a message is on its way
    # The user waits for it: it is sent before the others.
    (claim,) = store.claims.claim("x", ClaimRequest(store.providers.get(1), 1), lease=60).claims
    assert claim.queue_id == queue_id


@pytest.mark.usefixtures("provider")
def test_ctrl_return_sends_from_the_text_where_return_is_a_new_line(
    trial: OpenTrial, qtbot: QtBot, store: Store
) -> None:
    trial.ready()
    trial.text.setFocus()
    QTest.keyClick(trial.text, Qt.Key.Key_Return)
    assert store.queue.count() == 0
    QTest.keyClick(trial.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: store.queue.count() == 1)


@pytest.mark.usefixtures("provider")
def test_prefilled_texts_follow_the_provider_until_the_user_edits_them(
    trial: OpenTrial, store: Store, qtbot: QtBot
) -> None:
    add_provider(store, "Second", send_from="second@example.org")
    trial.dialog.follow(Topic.PROVIDERS)
    qtbot.waitUntil(lambda: trial.through.count() == 2)
    trial.dialog.choose(2)
    assert trial.edit("To").text() == "second@example.org"
    assert "“Second”" in trial.text.toPlainText()
    trial.edit("To").setText("me@example.net")
    trial.dialog.choose(1)
    assert trial.edit("To").text() == "me@example.net"
    assert "“Relay”" in trial.text.toPlainText()


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("to", ["", "nobody", "a@x.org, b@x.org"])
def test_exactly_one_valid_recipient_is_required(to: str, trial: OpenTrial, store: Store) -> None:
    trial.ready()
    trial.edit("To").setText(to)
    trial.send_button.click()
    assert trial.problem
    assert store.queue.count() == 0
    trial.edit("To").setText("me@example.net")
    trial.send()
    assert not trial.problem


def test_without_an_enabled_provider_the_dialog_asks_for_one(
    trial: OpenTrial, store: Store, qtbot: QtBot
) -> None:
    message = child(trial.dialog, InlineMessage, "trialMessage")
    qtbot.waitUntil(lambda: "no enabled provider" in message.text)
    assert not trial.send_button.isEnabled()
    add_provider(store)
    trial.dialog.follow(Topic.PROVIDERS)
    trial.ready()
    assert message.text == ""


def test_a_provider_deleted_meanwhile_is_reported(
    trial: OpenTrial, provider: StoredProvider, store: Store, qtbot: QtBot
) -> None:
    trial.ready()
    store.providers.remove(provider.id)
    trial.send_button.click()
    message = child(trial.dialog, InlineMessage, "trialMessage")
    qtbot.waitUntil(lambda: bool(message.text))
    assert store.queue.count() == 0
    assert not child(trial.dialog, Mark, "trialMark").isVisible()


def test_an_accepted_message_is_shown_with_the_server_s_reply(
    trial: OpenTrial, provider: StoredProvider, store: Store
) -> None:
    trial.send()
    attempt(store, provider, None)
    trial.told("Being sent…")
    trial.store._database.sql("UPDATE queue SET lease_until = '2000-01-01T00:00:00.000000+00:00'")
    store.claims.recover(lambda _: True, lambda *_: pytest.fail("it was not passed"))
    attempt(store, provider, OutcomeKind.ACCEPTED)
    trial.told("Accepted by the server")
    assert trial.reply == "250 2.0.0 Ok: queued as 4F2A"
    assert "office@example.org" in trial.sentence
    assert trial.accepted == [provider.id]
    assert trial.send_button.isEnabled()
    assert trial.send_button.text() == "&Send another one"
    # A second Return closes the dialog; after an edit Return sends again.
    assert child(trial.dialog, QPushButton, "trialCloseButton").isDefault()
    QTest.keyClicks(trial.edit("To"), "x")
    assert trial.send_button.isDefault()


def test_a_refused_message_is_shown_with_advice(
    trial: OpenTrial, provider: StoredProvider, store: Store
) -> None:
    trial.send()
    attempt(store, provider, OutcomeKind.FAILED)
    trial.told("Not accepted")
    assert "550 5.1.1" in trial.reply
    assert "Check the address of the recipient." in trial.sentence
    assert trial.accepted == []
    assert trial.send_button.isEnabled()


def test_a_message_that_waits_for_a_retry_is_replaced_by_the_next(
    trial: OpenTrial, provider: StoredProvider, store: Store
) -> None:
    first = trial.send()
    attempt(store, provider, OutcomeKind.DEFERRED)
    trial.told("Not accepted yet")
    assert "tried again" in trial.sentence
    trial.edit("To").setText("me@example.net")
    second = trial.send()
    assert list(store.queue.ids()) == [second] != [first]


def test_the_button_beside_a_pause_resumes_sending(
    trial: OpenTrial, provider: StoredProvider, qtbot: QtBot
) -> None:
    trial.dialog.follow_sender(SenderState(Activity.PAUSED))
    trial.send()
    trial.told("Sending is paused")
    with qtbot.waitSignal(trial.dialog.resumeRequested):
        child(trial.dialog, QPushButton, "trialRemedyButton").click()
    trial.dialog.follow_sender(SenderState(Activity.SENDING))
    assert trial.words == "Queued"


def test_the_button_beside_a_paused_provider_opens_it(
    trial: OpenTrial, provider: StoredProvider, store: Store, qtbot: QtBot
) -> None:
    trial.send()
    store.providers.pause(provider.id, "535 5.7.8 bad password")
    trial.told("Paused")
    assert "535 5.7.8 bad password" in trial.sentence
    with qtbot.waitSignal(trial.dialog.providerRequested) as asked:
        child(trial.dialog, QPushButton, "trialRemedyButton").click()
    assert asked.args == [provider.id]
    store.providers.set_enabled(provider.id, True)
    trial.told("Queued")
    disabled = replace(provider.without_id(), caption="Other", uid="other")
    store.providers.add(disabled)
    store.providers.set_enabled(provider.id, False)
    trial.told("Disabled")


def test_a_deleted_and_an_uncertain_message_are_shown_as_such(
    trial: OpenTrial, provider: StoredProvider, store: Store, qtbot: QtBot
) -> None:
    store.queue.delete([trial.send()])
    trial.told("Deleted")
    trial.send()
    attempt(store, provider, OutcomeKind.UNCERTAIN)
    trial.told("Needs your decision")
    with qtbot.waitSignal(trial.dialog.queueRequested):
        child(trial.dialog, QPushButton, "trialRemedyButton").click()


@pytest.mark.usefixtures("provider")
def test_a_test_message_expires_after_a_day(trial: OpenTrial, store: Store) -> None:
    queue_id = trial.send()
    ((until,),) = store._database.sql("SELECT expires_at FROM queue WHERE id = ?", (queue_id,))
    left = datetime.fromisoformat(until) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(days=1)
    assert store.queue.get(queue_id).status is QueueStatus.QUEUED
