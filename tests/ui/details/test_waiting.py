"""While another message is being read, no button of the details acts on the wrong one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.store import Store
from mailadmin.ui.details.loaded_message import LoadedMessage
from mailadmin.ui.details.message_details import MessageDetails
from mailadmin.ui.details.rows import QUEUE_ROW, RowKind
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.ui.finding import child
from tests.ui.stored_mail import add_provider, attempt, queue


@pytest.fixture
def tab(
    qtbot: QtBot, store: Store, background: Background, icons: Icons, settings: QSettings
) -> QueueTab:
    """A Queue of four messages, of which the first may have arrived."""
    queue(store, 4)
    attempt(store, add_provider(store), OutcomeKind.UNCERTAIN)
    tab = QueueTab(store, background, icons=icons, settings=settings)
    qtbot.addWidget(tab)
    with qtbot.waitSignal(tab.model.completed):
        tab.refresh()
    return tab


@pytest.fixture
def details(tab: QueueTab, qtbot: QtBot) -> MessageDetails:
    tab.open_details(1)
    details = child(tab, MessageDetails, "messageDetails")
    qtbot.waitUntil(lambda: shown(details) == "ann0@example.org")
    return details


@pytest.fixture
def reading(details: MessageDetails, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No other message can be read until this event is set."""
    gate = threading.Event()

    def load(store: Store, row_id: int) -> LoadedMessage:
        assert gate.wait(60)
        return QUEUE_ROW.load(store, row_id)

    monkeypatch.setattr(details, "_kind", RowKind(load, QUEUE_ROW.title))
    yield gate
    gate.set()


def shown(details: MessageDetails) -> str:
    return child(details, QLabel, "detailsEmail").text()


def step(details: MessageDetails, name: str = "nextMessageAction") -> None:
    child(details, QAction, name).trigger()


def usable(details: MessageDetails, *names: str) -> list[bool]:
    return [child(details, QPushButton, name).isEnabled() for name in names]


ACTING = (
    "saveMessageButton",
    "sendAgainButton",
    "detailsHistoryButton",
    "treatAsSentButton",
    "resendUncertainButton",
)


def test_the_message_shown_when_save_was_pressed_is_saved(
    details: MessageDetails,
    qtbot: QtBot,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "saved.eml"

    def ask(_parent: object, _title: str, proposed: str, _kinds: str) -> tuple[str, str]:
        assert proposed == "Your invoice 0.eml"
        details.show_row(2)  # the dialog has an event loop of its own
        qtbot.waitUntil(lambda: shown(details) == "ann1@example.org")
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    child(details, QPushButton, "saveMessageButton").click()
    message = child(details, InlineMessage, "detailsMessage")
    qtbot.waitUntil(lambda: message.text.startswith("Saved as "))
    first = store.messages.content(store.queue.get(1).stored_id)
    assert path.read_bytes() == first


def test_a_message_is_saved_though_the_next_one_can_not_be_read(
    details: MessageDetails,
    qtbot: QtBot,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "saved.eml"

    def ask(*_: object) -> tuple[str, str]:
        store.queue.delete([2])
        details.show_row(2)
        qtbot.waitUntil(lambda: shown(details) == "")
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    child(details, QPushButton, "saveMessageButton").click()
    message = child(details, InlineMessage, "detailsMessage")
    qtbot.waitUntil(lambda: message.text.startswith("Saved as "))
    assert path.exists()


def test_buttons_are_disabled_while_another_message_is_read(
    details: MessageDetails, qtbot: QtBot, reading: threading.Event
) -> None:
    assert usable(details, *ACTING) == [True] * 5
    step(details)
    assert details.windowTitle() == "Queue: email 1"
    assert child(details, QWidget, "decisionBar").isVisible()  # the layout stays
    assert usable(details, *ACTING) == [False] * 5
    step(details)
    reading.set()
    qtbot.waitUntil(lambda: shown(details) == "ann2@example.org")
    assert details.windowTitle() == "Queue: email 3"
    assert usable(details, *ACTING[:3]) == [True] * 3
    assert not child(details, QWidget, "decisionBar").isVisible()


def test_buttons_are_disabled_for_a_row_that_can_not_be_read(
    details: MessageDetails, qtbot: QtBot, store: Store
) -> None:
    store.queue.delete([2])
    step(details)
    qtbot.waitUntil(lambda: shown(details) == "")
    assert details.windowTitle() == "Queue: email 2"
    assert usable(details, *ACTING[:3]) == [False] * 3


def test_the_focus_returns_to_the_button_after_reading(
    details: MessageDetails, qtbot: QtBot, reading: threading.Event
) -> None:
    with qtbot.waitActive(details):
        details.activateWindow()
    save = child(details, QPushButton, "saveMessageButton")
    save.setFocus()
    step(details)
    assert not save.hasFocus()
    step(details)
    reading.set()
    qtbot.waitUntil(lambda: shown(details) == "ann2@example.org")
    assert save.hasFocus()


def test_the_focus_stays_where_the_user_moved_it_meanwhile(
    details: MessageDetails, qtbot: QtBot, reading: threading.Event
) -> None:
    with qtbot.waitActive(details):
        details.activateWindow()
    child(details, QPushButton, "saveMessageButton").setFocus()
    step(details)
    moved_to = child(details, QTabWidget, "detailsTabs").tabBar()
    assert details.focusWidget() is not moved_to
    moved_to.setFocus()
    reading.set()
    qtbot.waitUntil(lambda: shown(details) == "ann1@example.org")
    assert details.focusWidget() is moved_to


def test_neighbours_are_looked_up_only_when_rows_of_the_table_change(
    details: MessageDetails,
    tab: QueueTab,
    qtbot: QtBot,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = child(details, QAction, "previousMessageAction")
    details.show_row(2)
    assert before.isEnabled()
    asked: list[int] = []
    neighbour = details._neighbour

    def counted(row_id: int, step: int) -> int | None:
        asked.append(step)
        return neighbour(row_id, step)

    monkeypatch.setattr(details, "_neighbour", counted)
    for _ in range(10):
        tab.refresh_details()
    assert asked == []
    store.queue.delete([1])
    tab.refresh()
    qtbot.waitUntil(lambda: tab.model.total == 3)
    assert sorted(asked) == [-1, 1]
    assert not before.isEnabled()
