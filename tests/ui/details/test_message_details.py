"""The details of an email: headers, text, attachments, attempts, saving and sending again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QFileDialog,
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

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus
from mailadmin.message import prepare
from mailadmin.store import Store
from mailadmin.ui.details.message_details import MessageDetails
from mailadmin.ui.details.rows import LOG_ROW, QUEUE_ROW
from mailadmin.ui.details.send_again_dialog import SendAgainDialog
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.ui.finding import child
from tests.ui.stored_mail import add_provider, attempt, queue

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


def test_the_details_of_a_queued_message_show_all_its_parts(store: Store, show: Open) -> None:
    (queue_id,) = queue(store, files=2)
    dialog = show(queue_id)
    assert child(dialog, QLabel, "detailsEmail").text() == "ann0@example.org"
    assert child(dialog, QLabel, "detailsSubject").text() == "Your invoice 0"
    assert child(dialog, QLabel, "detailsStatus").text().startswith("QUEUED · next attempt ")
    stored = store.messages.get(store.queue.get(queue_id).stored_id)
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


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("bob@straße.example", "bob@straße.example (bob@xn--strae-oqa.example)"),
        ("bob@xn--strae-oqa.example", "bob@xn--strae-oqa.example (bob@straße.example)"),
    ],
)
def test_both_forms_of_an_address_are_shown(
    store: Store, show: Open, address: str, shown: str
) -> None:
    message = prepare(b"From: ann@example.org\r\n\r\nx\r\n", recipients=[address])
    ((queue_id,),) = store.queue.enqueue([message])
    assert child(show(queue_id), QLabel, "detailsEmail").text() == shown


def test_the_details_show_an_attempt_with_its_verbatim_reply(store: Store, show: Open) -> None:
    provider = add_provider(store)
    (queue_id,) = queue(store)
    attempt(store, provider, OutcomeKind.DEFERRED)
    dialog = show(queue_id)
    attempts = child(dialog, QTreeWidget, "attemptsTable")
    assert attempts.topLevelItemCount() == 2  # the next attempt is listed too
    item = attempts.topLevelItem(0)
    assert item is not None
    assert [item.text(column) for column in (0, 3, 4, 5)] == ["1", "Relay", "RCPT TO", "Deferred"]
    assert text(dialog, "replyText") == "451-4.7.1 Later\n451 4.7.1 please"
    assert child(dialog, QTabWidget, "detailsTabs").tabText(0) == "A&ttempts (1)"


def test_the_details_of_a_log_entry_show_its_status_and_reply(store: Store, show: Open) -> None:
    provider = add_provider(store)
    queue(store)
    attempt(store, provider, OutcomeKind.ACCEPTED)
    dialog = show(email_id=1)
    assert child(dialog, QLabel, "detailsStatus").text() == "SUCCESS"
    assert text(dialog, "replyText") == "250 2.0.0 Ok: queued as 4F2A"


def test_the_details_say_that_a_row_is_no_longer_in_the_queue(store: Store, show: Open) -> None:
    (queue_id,) = queue(store)
    store.queue.delete([queue_id])
    dialog = show(queue_id)
    assert "no longer in the queue" in child(dialog, InlineMessage, "detailsMessage").text


def test_open_details_show_later_attempts(qtbot: QtBot, store: Store, show: Open) -> None:
    (queue_id,) = queue(store)
    dialog = show(queue_id)
    status = child(dialog, QLabel, "detailsStatus")
    attempts = child(dialog, QTreeWidget, "attemptsTable")
    provider = add_provider(store)
    attempt(store, provider, OutcomeKind.DEFERRED)
    dialog.refresh()
    qtbot.waitUntil(lambda: status.text().startswith("DEFERRED"))
    assert attempts.topLevelItemCount() == 2  # the next attempt is listed too
    store.queue.send_now([queue_id])
    attempt(store, provider, OutcomeKind.ACCEPTED)  # it leaves the queue
    dialog.refresh()
    qtbot.waitUntil(lambda: status.text() == "SUCCESS")
    assert attempts.topLevelItemCount() == 2


def test_closing_the_details_while_they_are_read_is_harmless(
    qtbot: QtBot, store: Store, background: Background, icons: Icons
) -> None:
    (queue_id,) = queue(store)
    for _ in range(5):
        dialog = MessageDetails(store, QUEUE_ROW, queue_id, background=background, icons=icons)
        dialog.show()
        dialog.close()
    qtbot.wait(100)


def test_uncertain_mail_can_be_decided_in_the_details(
    qtbot: QtBot, store: Store, show: Open
) -> None:
    (queue_id,) = queue(store)
    attempt(store, add_provider(store), OutcomeKind.UNCERTAIN)
    dialog = show(queue_id)
    bar = child(dialog, QWidget, "decisionBar")
    qtbot.waitUntil(bar.isVisible)
    child(dialog, QPushButton, "treatAsSentButton").click()
    qtbot.waitUntil(lambda: bool(dialog.findChildren(QMessageBox)))
    child(dialog.findChildren(QMessageBox)[0], QPushButton, "confirmButton").click()
    qtbot.waitUntil(lambda: store.queue.count() == 0)
    dialog.refresh()
    qtbot.waitUntil(lambda: not bar.isVisible())


def test_the_details_of_held_mail_offer_no_decision(qtbot: QtBot, store: Store, show: Open) -> None:
    (queue_id,) = queue(store)
    dialog = show(queue_id)
    store.queue.hold([queue_id])
    dialog.refresh()
    status = child(dialog, QLabel, "detailsStatus")
    qtbot.waitUntil(lambda: status.text().startswith("HELD"))
    assert not child(dialog, QWidget, "decisionBar").isVisible()


def store_raw(store: Store, content: bytes) -> int:
    ((queue_id,),) = store.queue.enqueue([prepare(content, recipients=["ann@example.org"])])
    return queue_id


def message_of(dialog: MessageDetails) -> InlineMessage:
    return child(dialog, InlineMessage, "detailsMessage")


# headers and source -----------------------------------------------------------------------------


def test_header_fields_are_decoded_and_unfolded(store: Store, show: Open) -> None:
    content = (
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_und_mehr?=\r\n"
        b"X-Long: one\r\n\ttwo\r\n  three\r\nFrom: a@x.org\r\n\r\nHi\r\n"
    )
    dialog = show(store_raw(store, content))
    lines = text(dialog, "detailsHeaders").split("\n")
    assert lines[:3] == ["Subject: Grüße und mehr", "X-Long: one\ttwo  three".replace("\t", " "),
                         "From: a@x.org"]  # fmt: skip
    assert text(dialog, "detailsSource").startswith("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n =?")


def test_the_source_of_a_large_message_is_cut(qtbot: QtBot, store: Store, show: Open) -> None:
    content = b"Subject: x\r\nFrom: a@x.org\r\n\r\n" + b"a line of text\r\n" * 100_000
    dialog = show(store_raw(store, content))
    qtbot.waitUntil(lambda: text(dialog, "detailsSource") != "")
    child(dialog, QTabWidget, "detailsTabs").setCurrentIndex(3)
    assert len(text(dialog, "detailsSource")) < 1024 * 1024
    cut = child(dialog, QLabel, "detailsSourceCut")
    assert cut.isVisible()
    assert "1.0 MB of 1.5 MB" in cut.text()


def test_the_attempts_of_a_damaged_message_are_shown(
    store: Store, show: Open, tmp_path: Path
) -> None:
    (queue_id,) = queue(store)
    attempt(store, add_provider(store), OutcomeKind.DEFERRED)
    store._database.sql("UPDATE message_content SET content = x'00'")
    dialog = show(queue_id)
    assert "was damaged on disk" in message_of(dialog).text
    assert text(dialog, "replyText").startswith("451")
    for name in ("saveMessageButton", "sendAgainButton"):
        assert not child(dialog, QPushButton, name).isEnabled()


def test_the_find_bar_finds_words_in_the_text_in_front(store: Store, show: Open) -> None:
    content = b"Subject: x\r\nFrom: a@x.org\r\n\r\n" + "Äpfel\r\nund äpfel\r\nBirnen\r\n".encode()
    dialog = show(store_raw(store, content))
    child(dialog, QTabWidget, "detailsTabs").setCurrentIndex(1)
    child(dialog, QAction, "findInTextAction").trigger()
    bar = child(dialog, QWidget, "findBar")
    edit = child(dialog, QLineEdit, "findEdit")
    shown = child(dialog, QPlainTextEdit, "detailsText")
    told = child(dialog, QLabel, "findTold")
    assert bar.isVisible()
    edit.setText("äpfel")
    places = [shown.textCursor().selectionStart()]
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Return):  # the next place, and then the first again
        QTest.keyClick(edit, key)
        places.append(shown.textCursor().selectionStart())
    assert places == [0, 10, 0]
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert shown.textCursor().selectionStart() == 10
    edit.setText("[Birnen.*")
    assert told.text() == "Not found"
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert dialog.isVisible()
    child(dialog, QTabWidget, "detailsTabs").setCurrentIndex(4)  # attachments can't be searched
    child(dialog, QAction, "findInTextAction").trigger()
    assert not bar.isVisible()


# save and send again ----------------------------------------------------------------------------


def test_saving_a_message_writes_its_exact_bytes(
    qtbot: QtBot, store: Store, show: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"Subject: ../a: b?\r\nFrom: a@x.org\r\n\r\n\x80\xff bytes\r\n.\r\n"
    queue_id = store_raw(store, content)
    proposed: list[str] = []

    def ask(parent: object, title: str, name: str, kinds: str) -> tuple[str, str]:
        del parent, title, kinds
        proposed.append(name)
        return str(tmp_path / "saved.eml"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    dialog = show(queue_id)
    child(dialog, QPushButton, "saveMessageButton").click()
    qtbot.waitUntil(lambda: message_of(dialog).text.startswith("Saved as "))
    assert proposed == ["a_ b_.eml"]
    stored = store.messages.content(store.queue.get(queue_id).stored_id)
    assert (tmp_path / "saved.eml").read_bytes() == stored
    assert stored.endswith(b"\x80\xff bytes\r\n.\r\n")
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "x.eml"), "")
    )
    child(dialog, QPushButton, "saveMessageButton").click()
    qtbot.waitUntil(lambda: message_of(dialog).text.startswith("The file can't be written"))


def send_again(dialog: MessageDetails, addresses: str) -> SendAgainDialog:
    child(dialog, QPushButton, "sendAgainButton").click()
    asked = child(dialog, SendAgainDialog, "sendAgainDialog")
    child(asked, QLineEdit, "sendAgainEdit").setText(addresses)
    child(asked, QPushButton, "sendAgainQueueButton").click()
    return asked


def test_send_again_queues_the_same_bytes(qtbot: QtBot, store: Store, show: Open) -> None:
    content = b"Subject: x\r\nFrom: a@x.org\r\nTo: ann@x.org\r\nMessage-ID: <1@x.org>\r\n\r\nHi\r\n"
    message = prepare(content, recipients=["ann@x.org"], envelope_from="bounces@x.org")
    store.queue.enqueue([message])
    dialog = show(1)
    send_again(dialog, "Bob <bob@example.org>, carol@example.org")
    qtbot.waitUntil(lambda: message_of(dialog).text == "Queued for 2 recipients.")
    rows = store.queue.rows([2, 3])
    assert [row.email for row in rows] == ["bob@example.org", "carol@example.org"]
    assert {row.status for row in rows} == {QueueStatus.QUEUED}
    again, first = store.messages.get(rows[0].stored_id), store.messages.get(1)
    assert again.id != first.id
    assert store.messages.content(again.id) == store.messages.content(1)
    assert (again.message_id, again.envelope_from) == ("<1@x.org>", "bounces@x.org")
    assert (again.subject, again.header_from) == (first.subject, first.header_from)
    with qtbot.waitSignal(dialog.queueRequested):
        child(dialog, QAction, "showQueueAction").trigger()


@pytest.mark.parametrize(
    ("addresses", "problem"),
    [
        ("", "at least one recipient"),
        ("nonsense", "is not an email address"),
        ("a@x.org, b", "is not an email address"),
    ],
)
def test_send_again_refuses_what_is_no_address(
    store: Store, show: Open, addresses: str, problem: str
) -> None:
    queue(store)
    asked = send_again(show(1), addresses)
    assert problem in child(asked, QLabel, "toProblem").text()
    assert asked.isVisible()
    assert store.queue.count() == 1
    asked.reject()


def test_send_again_reports_a_message_that_is_no_longer_stored(
    qtbot: QtBot, store: Store, show: Open
) -> None:
    queue(store)
    dialog = show(1)
    store.queue.delete([1])
    store._database.sql("DELETE FROM queue")
    store._database.sql("DELETE FROM message")
    asked = send_again(dialog, "bob@example.org")
    told = child(asked, InlineMessage, "inlineMessage")
    qtbot.waitUntil(lambda: "no longer stored" in told.text)
    assert child(asked, QLineEdit, "sendAgainEdit").text() == "bob@example.org"
    asked.reject()
