"""Details of an email: headers, text, attachments, attempts; nothing is loaded, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.core.domain import OutcomeKind
from mailadmin.store import Store
from mailadmin.ui.background import Background
from mailadmin.ui.details_rows import LOG_ROW, QUEUE_ROW
from mailadmin.ui.icons import Icons
from mailadmin.ui.inline_message import InlineMessage
from mailadmin.ui.message_details import MessageDetails
from tests.ui.finding import child
from tests.ui.mail import add_provider, attempt, queue

Open = Callable[..., MessageDetails]


@pytest.fixture
def show(qtbot: QtBot, store: Store, background: Background, icons: Icons) -> Open:
    def show(queue_id: int = 0, *, email_id: int = 0) -> MessageDetails:
        dialog = (
            MessageDetails(store, LOG_ROW, email_id, background=background, icons=icons)
            if email_id
            else MessageDetails(store, QUEUE_ROW, queue_id, background=background, icons=icons)
        )
        qtbot.addWidget(dialog)
        dialog.show()
        status = child(dialog, QLabel, "detailsStatus")
        qtbot.waitUntil(lambda: status.text() != "Reading…")
        return dialog

    return show


def text(dialog: MessageDetails, name: str) -> str:
    return child(dialog, QPlainTextEdit, name).toPlainText()


def test_a_queued_message(store: Store, show: Open) -> None:
    (queue_id,) = queue(store, files=2)
    dialog = show(queue_id)
    assert child(dialog, QLabel, "detailsEmail").text() == "ann0@example.org"
    assert child(dialog, QLabel, "detailsSubject").text() == "Your invoice 0"
    assert child(dialog, QLabel, "detailsStatus").text().startswith("QUEUED · next attempt ")
    stored = store.messages.get(store.outbox.get(queue_id).message_id)
    assert child(dialog, QLineEdit, "detailsSha256").text() == stored.sha256
    assert "here it is." in text(dialog, "detailsText")
    assert "From: Example Office <office@example.org>" in text(dialog, "detailsHeaders")
    attachments = child(dialog, QTreeWidget, "detailsAttachments")
    assert attachments.topLevelItemCount() == 2
    item = attachments.topLevelItem(0)
    assert item is not None
    assert [item.text(column) for column in range(3)] == [
        "invoice 0.pdf",
        "application/pdf",
        "400 bytes",
    ]


def test_attempts_with_the_verbatim_reply(store: Store, show: Open) -> None:
    provider = add_provider(store)
    (queue_id,) = queue(store)
    attempt(store, provider, OutcomeKind.DEFERRED)
    dialog = show(queue_id)
    attempts = child(dialog, QTreeWidget, "attemptsTable")
    assert attempts.topLevelItemCount() == 2  # the next one too
    item = attempts.topLevelItem(0)
    assert item is not None
    assert [item.text(column) for column in (0, 3, 4, 5)] == ["1", "Relay", "RCPT TO", "Deferred"]
    assert text(dialog, "replyText") == "451-4.7.1 Later\n451 4.7.1 please"
    assert child(dialog, QTabWidget, "detailsTabs").tabText(0) == "A&ttempts (1)"


def test_a_log_entry(store: Store, show: Open) -> None:
    provider = add_provider(store)
    queue(store)
    attempt(store, provider, OutcomeKind.ACCEPTED)
    dialog = show(email_id=1)
    assert child(dialog, QLabel, "detailsStatus").text() == "SUCCESS"
    assert text(dialog, "replyText") == "250 2.0.0 Ok: queued as 4F2A"


def test_a_row_that_is_gone_is_told(store: Store, show: Open) -> None:
    (queue_id,) = queue(store)
    store.outbox.delete([queue_id])
    dialog = show(queue_id)
    assert "no longer in the queue" in child(dialog, InlineMessage, "detailsMessage").text


def test_what_happens_while_it_is_open_is_shown(qtbot: QtBot, store: Store, show: Open) -> None:
    (queue_id,) = queue(store)
    dialog = show(queue_id)
    status = child(dialog, QLabel, "detailsStatus")
    attempts = child(dialog, QTreeWidget, "attemptsTable")
    provider = add_provider(store)
    attempt(store, provider, OutcomeKind.DEFERRED)
    dialog.refresh()
    qtbot.waitUntil(lambda: status.text().startswith("DEFERRED"))
    assert attempts.topLevelItemCount() == 2  # the next one too
    store.outbox.send_now([queue_id])
    attempt(store, provider, OutcomeKind.ACCEPTED)  # it leaves the queue
    dialog.refresh()
    qtbot.waitUntil(lambda: status.text() == "SUCCESS")
    assert attempts.topLevelItemCount() == 2


def test_closing_while_it_reads_is_harmless(
    qtbot: QtBot, store: Store, background: Background, icons: Icons
) -> None:
    (queue_id,) = queue(store)
    for _ in range(5):
        dialog = MessageDetails(store, QUEUE_ROW, queue_id, background=background, icons=icons)
        dialog.show()
        dialog.close()
    qtbot.wait(100)


def test_what_may_have_arrived_is_decided_here_too(qtbot: QtBot, store: Store, show: Open) -> None:
    (queue_id,) = queue(store)
    attempt(store, add_provider(store), OutcomeKind.UNCERTAIN)
    dialog = show(queue_id)
    bar = child(dialog, QWidget, "decisionBar")
    qtbot.waitUntil(bar.isVisible)
    child(dialog, QPushButton, "treatAsSentButton").click()
    qtbot.waitUntil(lambda: bool(dialog.findChildren(QMessageBox)))
    child(dialog.findChildren(QMessageBox)[0], QPushButton, "confirmButton").click()
    qtbot.waitUntil(lambda: store.outbox.count() == 0)
    dialog.refresh()
    qtbot.waitUntil(lambda: not bar.isVisible())


def test_about_other_mail_there_is_nothing_to_decide(
    qtbot: QtBot, store: Store, show: Open
) -> None:
    (queue_id,) = queue(store)
    dialog = show(queue_id)
    store.outbox.hold([queue_id])
    dialog.refresh()
    status = child(dialog, QLabel, "detailsStatus")
    qtbot.waitUntil(lambda: status.text().startswith("HELD"))
    assert not child(dialog, QWidget, "decisionBar").isVisible()
