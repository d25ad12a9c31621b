"""The sender's notices appear one at a time, each with a button that leads to its cause."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from mailadmin.delivery import (
    Activity,
    Condition,
    Notice,
    NoticeKind,
    ProviderCondition,
    SenderState,
)
from mailadmin.domain.provider import StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.tables.query import UNDECIDED, OneOf
from mailadmin.ui.providers.dialog import ProviderDialog
from mailadmin.ui.threads.sender import Sender
from mailadmin.ui.window.main_window import MainWindow
from tests.smtp_providers import smtp_provider
from tests.ui.application import running_window
from tests.ui.finding import child

RELAY = smtp_provider("Relay", "smtp.example.org", 587, "a@example.org")


@pytest.fixture
def relay(tmp_path: Path) -> StoredProvider:
    store = Store.open(tmp_path / "mail.db", standard_drivers())
    try:
        return store.providers.add(RELAY)
    finally:
        store.close()


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot, relay: StoredProvider) -> Iterator[MainWindow]:
    with running_window(tmp_path) as shown:
        label = child(shown, QLabel, "senderStateLabel")
        qtbot.waitUntil(lambda: label.text() == "Nothing to send")
        yield shown


def tell(window: MainWindow, notice: Notice) -> None:
    window.findChildren(Sender)[0].noticed.emit(notice)


def state(window: MainWindow, state: SenderState) -> None:
    window.findChildren(Sender)[0].stateChanged.emit(state)


def press(window: MainWindow) -> None:
    button = child(window.notice, QToolButton, "inlineMessageAction")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_notice_of_a_resting_provider_goes_when_it_works_again(
    window: MainWindow, relay: StoredProvider
) -> None:
    tell(window, Notice(NoticeKind.PROVIDER_RESTING, relay, "Connection refused."))
    assert "“Relay” failed several times in a row" in window.notice.text
    assert "Connection refused." in window.notice.text
    probing = {relay.id: ProviderCondition(Condition.PROBING)}
    state(window, SenderState(Activity.SENDING, conditions=probing))
    assert window.notice.text
    ready = {relay.id: ProviderCondition(Condition.READY)}
    state(window, SenderState(Activity.SENDING, conditions=ready))
    assert not window.notice.text


def test_the_button_of_a_notice_opens_the_provider(
    window: MainWindow, relay: StoredProvider, qtbot: QtBot
) -> None:
    tell(window, Notice(NoticeKind.PROVIDER_RESTING, relay, "Connection refused."))
    press(window)
    qtbot.waitUntil(lambda: bool(window.findChildren(ProviderDialog)))
    assert window.findChildren(ProviderDialog)[0].provider_id == relay.id
    assert not window.notice.text


def test_the_notice_of_a_decision_leads_to_the_mail_in_question(
    window: MainWindow, relay: StoredProvider
) -> None:
    tell(window, Notice(NoticeKind.NEEDS_DECISION, relay, "The connection was lost."))
    assert "Nobody knows whether mail sent through “Relay” arrived" in window.notice.text
    press(window)
    assert window.current_tab.key == "queue"
    assert window.current_tab.model.query.filter_of("status") == OneOf((UNDECIDED,))
    assert not window.notice.text


def test_notices_wait_for_each_other_and_outdated_ones_are_dropped(
    window: MainWindow, relay: StoredProvider
) -> None:
    tell(window, Notice(NoticeKind.PROVIDER_PAUSED, relay, "535 no."))
    tell(window, Notice(NoticeKind.PROVIDER_RESTING, relay, "Refused."))
    tell(window, Notice(NoticeKind.NEEDS_DECISION, relay, "Lost."))
    assert "535 no." in window.notice.text
    ready = {relay.id: ProviderCondition(Condition.READY)}
    state(window, SenderState(Activity.IDLE, conditions=ready))
    assert "535 no." in window.notice.text
    window.notice.dismiss()
    assert "Lost." in window.notice.text  # the notice between them was outdated and never shown
    window.notice.dismiss()
    assert not window.notice.text
